"""Rows that the server did not take, values that belong to others, rows that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from localstore import InvalidValue, Store, tables
from localstore.models import User
from sync import resolve
from sync.local import capture, dirty
from sync.shapes import Conflict, Key, Kind
from tests.sync.conflicts.waiting import dirty_keys, in_step, item, left, noted, open_kinds, put, refused, row

HELD = {("items", "refused")}


# -- refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["mine", "retry"])
def test_a_refused_row_is_pushed_again(store: Store, how: str) -> None:
    key = Key("items", store.items.add("Title").id)
    conflict = refused(store, key)
    assert dirty_keys(store) >= HELD
    resolve(store, conflict, how)
    assert (dirty_keys(store) & HELD, left(store)) == (set(), 0)


def test_giving_up_a_refused_edit_sets_the_row_back_to_what_the_server_has(store: Store) -> None:
    pk = store.items.add("Title", meta_data={"a": 1}).id
    in_step(store)
    store.items.edit(pk, title="Mine", meta_data={"a": 2})
    conflict = refused(store, Key("items", pk))
    resolve(store, conflict, "theirs")
    assert (item(store, pk)["title"], item(store, pk)["meta_data"], left(store)) == ("Title", '{"a":1}', 0)
    store.undo()
    assert (item(store, pk)["title"], left(store)) == ("Mine", 1)


def test_giving_up_a_refused_edit_leaves_nothing_to_push(store: Store) -> None:
    pk = store.items.add("Title", text="Text").id
    content = store.contents.of(pk)[0].id
    in_step(store)
    store.contents.edit(content, text="Mine")
    conflicts = [refused(store, Key("contents", content)), refused(store, Key("items", pk))]
    for conflict in reversed(conflicts):
        resolve(store, conflict, "theirs")
    with store.database.writing() as connection:
        assert {change.key.tbl for change in dirty.changes(connection, 100, 10_000)} <= {"events"}


def test_giving_up_a_refused_new_row_moves_it_to_the_trash(store: Store) -> None:
    pk = store.items.add("Title", text="Text").id
    conflict = refused(store, Key("items", pk))
    resolve(store, conflict, "theirs")
    assert (row(store, Key("items", pk)), store.trash.count(), left(store)) == (None, 1, 0)
    store.undo()
    assert (item(store, pk)["title"], store.trash.count(), left(store)) == ("Title", 0, 1)


def test_giving_up_a_refused_deletion_brings_the_row_back_with_its_parts(store: Store) -> None:
    pk = store.items.add("Title", text="Text").id
    in_step(store)
    store.items.delete(pk, cascade=True)
    conflict = refused(store, Key("items", pk))
    resolve(store, conflict, "theirs")
    assert (item(store, pk)["title"], len(store.contents.of(pk)), left(store)) == ("Title", 1, 0)


def test_giving_up_a_refused_vector_sets_the_old_numbers_back(store: Store) -> None:
    store.ai_models.add("m", "local")
    content = store.contents.of(store.items.add("Title", text="Text").id)[0].id
    pk = store.embeddings.add("m", [1.0, 2.0], content=content).id
    in_step(store)
    store.embeddings.add("m", [3.0, 4.0], content=content)
    conflict = refused(store, Key("embeddings", pk))
    resolve(store, conflict, "theirs")
    assert store.embeddings.get(pk).array.tolist() == [1.0, 2.0]


def test_a_refused_row_can_be_changed_and_is_pushed_again(store: Store) -> None:
    pk = store.items.add("Title").id
    conflict = refused(store, Key("items", pk))
    resolve(store, conflict, "value", {"title": "Shorter"})
    assert (item(store, pk)["title"], dirty_keys(store) & HELD, left(store)) == ("Shorter", set(), 0)


def test_a_refusal_of_a_row_that_went_through_since_just_closes(store: Store) -> None:
    pk = store.items.add("Title").id
    conflict = refused(store, Key("items", pk))
    in_step(store)
    resolve(store, conflict, "theirs")
    assert (item(store, pk)["title"], left(store)) == ("Title", 0)


def test_a_row_deleted_since_its_refusal_is_not_brought_back_by_trying_again(store: Store) -> None:
    pk = store.items.add("Title").id
    conflict = refused(store, Key("items", pk))
    store.items.delete(pk)
    resolve(store, conflict, "mine")
    assert (row(store, Key("items", pk)), left(store)) == (None, 0)


def test_the_stores_own_user_is_never_given_up(store: Store) -> None:
    store.users.edit("ada@example.org", full_name="Ada")
    conflict = refused(store, Key("users", store.local_user_id))
    with store.database.writing() as connection:
        connection.execute("UPDATE sync_dirty SET base = NULL WHERE tbl = 'users'")
    with pytest.raises(InvalidValue, match="the store's own user"):
        resolve(store, conflict, "theirs")
    assert left(store) == 1


# -- taken ------------------------------------------------------------------------------------------------


def renamed(store: Store) -> tuple[str, str]:
    """My organization had to give its slug up."""
    pk = store.organizations.add("Lab", "lab").id
    key = Key("organizations", pk)
    put(store, key, {"slug": "lab-2"})
    return pk, noted(store, Conflict(key, Kind.TAKEN, None, {"slug": "lab"}, {"slug": "lab-2"}, "taken"))


def test_a_value_that_was_taken_comes_back_once_it_is_free(store: Store) -> None:
    pk, conflict = renamed(store)
    resolve(store, conflict, "mine")
    assert (store.organizations.get("lab").id, left(store)) == (pk, 0)


def test_a_value_that_is_still_taken_names_its_holder_and_the_conflict_stays(store: Store) -> None:
    _, conflict = renamed(store)
    holder = store.organizations.add("Other", "lab").id
    with pytest.raises(InvalidValue, match=f"'lab' is taken by the organization {holder[-8:]}"):
        resolve(store, conflict, "retry")
    assert left(store) == 1


def test_theirs_keeps_the_name_that_ours_was_given(store: Store) -> None:
    pk, conflict = renamed(store)
    resolve(store, conflict, "theirs")
    assert (store.organizations.get("lab-2").id, left(store)) == (pk, 0)


def test_another_value_can_be_given_for_one_that_is_taken(store: Store) -> None:
    pk, conflict = renamed(store)
    resolve(store, conflict, "value", "laboratory")
    assert store.organizations.get("laboratory").id == pk


def test_a_row_that_was_set_aside_whole_comes_back_once_its_value_is_free(store: Store) -> None:
    pk = store.organizations.add("Lab", "lab").id
    key = Key("organizations", pk)
    ours = row(store, key)
    assert ours is not None
    with store.database.writing() as connection, capture.silent(connection):
        tables.delete(connection, tables.model_of(key.tbl), pk)
        dirty.forget(connection, key)
    conflict = noted(store, Conflict(key, Kind.TAKEN, None, tables.image(User, ours), None, "taken"))
    resolve(store, conflict, "mine")
    assert (store.organizations.get("lab").id, dirty_keys(store) >= {("organizations", None)}) == (pk, True)


# -- unreadable -------------------------------------------------------------------------------------------


def raw(store: Store, pk: str, **other: Any) -> dict[str, Any]:
    """An item as the server's texts."""
    return {
        "id": pk, "created_at": "2026-01-01 00:00:00+00", "updated_at": "2026-01-01 00:00:00+00",
        "owner_id": store.local_user_id, "organization_id": None, "type": "note", "title": "From there",
        "description": None, "meta_data": '{"a": 1.0}',
    } | other  # fmt: skip


NEW = "0190abcd-1111-7222-8333-444455556666"


def test_a_row_that_can_be_read_by_now_comes_in(store: Store) -> None:
    conflict = noted(store, Conflict(Key("items", NEW), Kind.UNREADABLE, None, None, raw(store, NEW), "year 20000"))
    resolve(store, conflict, "retry")
    assert (item(store, NEW)["title"], item(store, NEW)["meta_data"], left(store)) == ("From there", '{"a":1}', 0)
    assert dirty_keys(store) <= {("users", None)}


def test_a_row_that_still_cannot_be_read_says_why_and_stays(store: Store) -> None:
    texts = raw(store, NEW, created_at="20000-01-01 00:00:00+00")
    conflict = noted(store, Conflict(Key("items", NEW), Kind.UNREADABLE, None, None, texts, "year 20000"))
    with pytest.raises(InvalidValue, match="created_at"):
        resolve(store, conflict, "retry")
    assert open_kinds(store) == [Kind.UNREADABLE]


def test_a_row_whose_parent_is_still_missing_waits_on(store: Store) -> None:
    texts = raw(store, NEW, owner_id="0190abcd-1111-7222-8333-444455550000")
    conflict = noted(store, Conflict(Key("items", NEW), Kind.UNREADABLE, None, None, texts, "was odd"))
    with pytest.raises(InvalidValue, match="is tried again when it changes"):
        resolve(store, conflict, "retry")
    assert open_kinds(store) == [Kind.UNREADABLE]


@pytest.mark.parametrize("how", ["mine", "theirs", "both", "revive"])
def test_a_row_that_cannot_be_read_can_only_be_tried_again(store: Store, how: str) -> None:
    conflict = noted(store, Conflict(Key("items", NEW), Kind.UNREADABLE, None, None, raw(store, NEW), "odd"))
    with pytest.raises(InvalidValue, match=r"choose retry$"):
        resolve(store, conflict, how)
