"""Rows that one side deleted and the other edited, or that lost their parent."""

from __future__ import annotations

import pytest

from localstore import InvalidValue, Store, tables
from sync import resolve, resolve_fields
from sync.conflicts import count
from sync.local import capture, dirty
from sync.shapes import Conflict, Image, Key, Kind
from tests.sync.conflicts.waiting import (
    deleted_there,
    dirty_keys,
    in_step,
    item,
    left,
    noted,
    refused,
    row,
    trashed_there,
)


def full(store: Store) -> str:
    """An item with a text, its vector, a tag and a file."""
    made = store.items.add("Reading list", text="Attention", tags=["nlp"])
    store.ai_models.add("m", "local")
    store.embeddings.add("m", [1.0, 2.0], content=store.contents.of(made.id)[0].id)
    return made.id


def parts(store: Store) -> tuple[int, int, int, int]:
    with store.reading() as connection:
        names = ("items", "contents", "embeddings", "item_tag_links")
        one, two, three, four = (connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names)
    return one, two, three, four


def edited_and_deleted(store: Store, pk: str) -> str:
    """The server deleted an item of mine that I had edited."""
    base = item(store, pk)
    store.items.edit(pk, title="Edited here")
    ours = item(store, pk)
    trashed_there(store, Key("items", pk))
    return noted(store, Conflict(Key("items", pk), Kind.DELETED_THERE, base, ours, None, "edited here"))


@pytest.mark.parametrize("how", ["mine", "revive"])
def test_my_edited_row_comes_back_with_all_that_hung_on_it(store: Store, how: str) -> None:
    pk = full(store)
    conflict = edited_and_deleted(store, pk)
    assert parts(store) == (0, 0, 0, 0)
    resolve(store, conflict, how)
    assert (item(store, pk)["title"], parts(store), left(store)) == ("Edited here", (1, 1, 1, 1), 0)
    assert {tbl for tbl, _ in dirty_keys(store)} == {"items", "contents", "embeddings", "item_tag_links"}


def test_undo_takes_a_revived_row_away_with_its_parts_and_the_conflict_waits_again(store: Store) -> None:
    conflict = edited_and_deleted(store, full(store))
    resolve(store, conflict, "revive")
    store.undo()
    assert (parts(store), left(store)) == ((0, 0, 0, 0), 1)
    store.redo()
    assert (parts(store), left(store)) == ((1, 1, 1, 1), 0)


def test_theirs_lets_the_row_go(store: Store) -> None:
    conflict = edited_and_deleted(store, full(store))
    resolve(store, conflict, "theirs")
    assert (parts(store), left(store), dirty_keys(store)) == ((0, 0, 0, 0), 0, set())


def test_a_row_revived_by_others_meanwhile_takes_my_edit_without_its_old_times(store: Store) -> None:
    pk = store.items.add("Title").id
    conflict = edited_and_deleted(store, pk)
    with store.database.writing() as connection:
        store.trash.put_back(connection, store.trash.entries(1)[0].id)
        tables.update(
            connection,
            tables.model_of("items"),
            pk,
            {"title": "Theirs", "updated_at": "2098" + "-01-01T00:00:00.000000Z"},
        )
    resolve(store, conflict, "mine")
    assert item(store, pk)["title"] == "Edited here"
    assert item(store, pk)["updated_at"] > "2098"


def test_a_row_deleted_here_comes_back_as_the_server_edited_it_with_its_parts(store: Store) -> None:
    pk = full(store)
    base = item(store, pk)
    store.items.delete(pk, cascade=True)
    theirs = base | {"title": "Edited there"}
    conflict = noted(store, Conflict(Key("items", pk), Kind.DELETED_HERE, base, None, theirs, "edited there"))
    resolve(store, conflict, "theirs")
    assert (item(store, pk)["title"], parts(store), left(store)) == ("Edited there", (1, 1, 1, 1), 0)


def test_mine_leaves_a_row_deleted_here_deleted(store: Store) -> None:
    pk = store.items.add("Title").id
    base = item(store, pk)
    store.items.delete(pk)
    conflict = noted(store, Conflict(Key("items", pk), Kind.DELETED_HERE, base, None, base, "edited there"))
    resolve(store, conflict, "mine")
    assert (parts(store)[0], left(store)) == (0, 0)


# -- parents ----------------------------------------------------------------------------------------------


def orphan(store: Store, item_to_trash: bool = True) -> tuple[str, str, str]:
    """A new text of mine whose item the server deleted: item, text, conflict."""
    pk = store.items.add("Reading list", text="on the server").id
    in_step(store)
    new = store.contents.add(pk, "new here").id
    conflict = deleted_there(store, Key("contents", new), parent_gone=True)
    if item_to_trash:
        trashed_there(store, Key("items", pk))
    else:
        with store.database.writing() as connection, capture.silent(connection):
            tables.delete(connection, tables.model_of("items"), pk)
            dirty.forget(connection, Key("items", pk))
    return pk, new, conflict


def test_a_child_brings_its_parent_back_from_the_trash(store: Store) -> None:
    pk, new, conflict = orphan(store)
    resolve(store, conflict, "revive")
    assert item(store, pk)["title"] == "Reading list"
    assert [each.text for each in store.contents.of(pk)] == ["new here"]
    assert dirty_keys(store) >= {("items", None), ("contents", None)} and row(store, Key("contents", new))


def test_a_child_brings_its_parent_back_from_the_parents_own_conflict(store: Store) -> None:
    pk, _, conflict = orphan(store, item_to_trash=False)
    image: Image = {"id": pk, "owner_id": store.local_user_id, "organization_id": None, "type": "note"}
    image |= {"title": "Edited", "description": None, "meta_data": "{}"}
    image |= {"created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:00.000000Z"}
    noted(store, Conflict(Key("items", pk), Kind.DELETED_THERE, None, image, None, "edited here"))
    resolve(store, conflict, "mine")
    assert (item(store, pk)["title"], count(store)) == ("Edited", 0)


def test_a_child_brings_its_parent_back_from_the_image_that_came_with_the_conflict(store: Store) -> None:
    pk = store.items.add("Reading list").id
    parent = item(store, pk)
    new = store.contents.add(pk, "new here").id
    ours = row(store, Key("contents", new))
    with store.database.writing() as connection, capture.silent(connection):
        tables.delete(connection, tables.model_of("items"), pk)
    conflict = noted(store, Conflict(Key("contents", new), Kind.PARENT_GONE, None, ours, parent, "gone"))
    resolve(store, conflict, "revive")
    assert item(store, pk)["title"] == "Reading list"


def test_a_chain_of_parents_comes_back_each_from_the_conflict_of_what_hung_on_it(store: Store) -> None:
    pk = full(store)
    above = item(store, pk)
    text = store.contents.of(pk)[0].id
    with store.reading() as connection:
        vector = str(connection.execute("SELECT id FROM embeddings").fetchone()[0])
    keys = [Key("embeddings", vector), Key("contents", text)]
    below, middle = (row(store, key) for key in keys)
    with store.database.writing() as connection, capture.silent(connection):
        tables.delete(connection, tables.model_of("items"), pk)
    noted(store, Conflict(keys[1], Kind.PARENT_GONE, None, middle, above, "gone"))
    conflict = noted(store, Conflict(keys[0], Kind.PARENT_GONE, None, below, None, "gone"))
    resolve(store, conflict, "revive")
    assert (parts(store)[:3], left(store)) == ((1, 1, 1), 0)


def test_what_the_server_kept_without_its_secrets_comes_back_with_defaults(store: Store) -> None:
    pk = store.users.add("grace@example.org").id
    key = Key("users", pk)
    kept = {name: value for name, value in (row(store, key) or {}).items() if name != "hashed_password"}
    store.users.delete(pk)
    conflict = noted(store, Conflict(key, Kind.DELETED_HERE, None, None, kept, "made on the server"))
    resolve(store, conflict, "revive")
    assert (row(store, key) or {})["hashed_password"] == ""


def test_a_row_that_is_here_still_is_tried_again(store: Store) -> None:
    pk = store.items.add("Title").id
    key = Key("items", pk)
    refused(store, key)
    conflict = noted(store, Conflict(key, Kind.PARENT_GONE, None, item(store, pk), None, "its owner is gone"))
    resolve(store, conflict, "mine")
    assert ("items", None) in dirty_keys(store)


def test_a_parent_that_nothing_here_keeps_is_named_and_the_conflict_stays(store: Store) -> None:
    pk, _, conflict = orphan(store, item_to_trash=False)
    with pytest.raises(InvalidValue, match=f"the item {pk[-8:]} that this content belongs to is gone"):
        resolve(store, conflict, "revive")
    assert left(store) == 1
    resolve(store, conflict, "theirs")
    assert left(store) == 0


def test_a_nullable_key_to_something_gone_becomes_empty(store: Store) -> None:
    org = store.organizations.add("Lab", "lab").id
    pk = store.items.add("Title", organization="lab").id
    conflict = deleted_there(store, Key("items", pk))
    with store.database.writing() as connection, capture.silent(connection):
        tables.delete(connection, tables.model_of("organizations"), org)
    resolve(store, conflict, "revive")
    assert item(store, pk)["organization_id"] is None


def test_a_revived_organization_gets_its_items_back(store: Store) -> None:
    org = store.organizations.add("Lab", "lab").id
    pk = store.items.add("Title", organization="lab").id
    key = Key("organizations", org)
    ours = row(store, key)
    trashed_there(store, key)
    assert item(store, pk)["organization_id"] is None
    conflict = noted(store, Conflict(key, Kind.DELETED_THERE, ours, ours, None, "edited here"))
    resolve(store, conflict, "mine")
    assert item(store, pk)["organization_id"] == org


def test_a_row_can_be_revived_with_other_values(store: Store) -> None:
    pk = store.items.add("Title").id
    conflict = edited_and_deleted(store, pk)
    resolve_fields(store, conflict, {"title": "Chosen"})
    assert item(store, pk)["title"] == "Chosen"


def test_both_means_nothing_to_a_row_that_is_gone(store: Store) -> None:
    conflict = deleted_there(store, Key("items", store.items.add("Title").id))
    with pytest.raises(InvalidValue, match="choose mine, revive, theirs"):
        resolve(store, conflict, "both")


def test_a_value_that_is_taken_by_now_stops_a_revival_and_names_the_holder(store: Store) -> None:
    org = store.organizations.add("Lab", "lab").id
    conflict = deleted_there(store, Key("organizations", org))
    store.organizations.add("New lab", "lab")
    with pytest.raises(InvalidValue, match="'lab' is taken by the organization"):
        resolve(store, conflict, "revive")
    assert left(store) == 1
    resolve(store, conflict, "value", {"slug": "old-lab"})
    assert store.organizations.get("old-lab").id == org
