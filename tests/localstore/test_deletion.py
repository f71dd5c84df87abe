"""Deletion and the trash: what goes, what is set free, and that it comes back exactly."""

from __future__ import annotations

import pytest

from localstore import InvalidValue, NotFound, Store, Taken, ids
from localstore.models import BY_NAME
from tests.localstore import foreign
from tests.localstore.snapshots import everything
from tests.localstore.world import World, counts, dump, populate

# Written out from the architecture of the models: child, column, parent, what a plain deletion does.
KEYS = [
    ("organization_memberships", "user_id", "users", "goes"),
    ("organization_memberships", "organization_id", "organizations", "goes"),
    ("items", "owner_id", "users", "goes"),
    ("items", "organization_id", "organizations", "free"),
    ("contents", "item_id", "items", "goes"),
    ("embeddings", "model_id", "ai_models", "goes"),
    ("embeddings", "content_id", "contents", "goes"),
    ("embeddings", "item_id", "items", "goes"),
    ("file_assets", "owner_id", "users", "goes"),
    ("file_assets", "item_id", "items", "free"),
    ("events", "actor_id", "users", "free"),
    ("events", "organization_id", "organizations", "free"),
    ("events", "item_id", "items", "free"),
    ("events", "model_id", "ai_models", "free"),
    ("item_tag_links", "item_id", "items", "goes"),
    ("item_tag_links", "tag_id", "tags", "goes"),
    ("settings", "user_id", "users", "goes"),
    ("settings", "organization_id", "organizations", "goes"),
    ("api_keys", "user_id", "users", "goes"),
]
ROOTS = [table for table in World._fields if table != "item_tag_links"]


@pytest.fixture
def world(store: Store) -> World:
    return populate(store)


def delete(store: Store, table: str, pk: str, *, cascade: bool) -> str:
    return store.trash.delete([(table, pk)], cascade=cascade, label="gone", kind="deleted").id


@pytest.mark.parametrize(("child", "column", "parent", "fate"), KEYS, ids=lambda value: str(value))
def test_a_plain_deletion_follows_the_foreign_key(
    store: Store, world: World, child: str, column: str, parent: str, fate: str
) -> None:
    pk = getattr(world, parent)
    before = {key for key, row in dump(store)[child].items() if row[column] == pk}
    delete(store, parent, pk, cascade=False)
    after = dump(store)[child]
    assert before
    if fate == "goes":
        assert before.isdisjoint(after)
    else:
        assert {after[key][column] for key in before} == {None}


@pytest.mark.parametrize(("child", "column", "parent", "fate"), KEYS, ids=lambda value: str(value))
def test_a_cascade_takes_all_that_is_owned(
    store: Store, world: World, child: str, column: str, parent: str, fate: str
) -> None:
    pk = getattr(world, parent)
    before = {key for key, row in dump(store)[child].items() if row[column] == pk}
    delete(store, parent, pk, cascade=True)
    assert before
    assert before.isdisjoint(dump(store)[child])


def test_the_keys_above_are_all_there_are(store: Store) -> None:
    with store.reading() as connection:
        found = [
            (table, row[3], row[2], {"CASCADE": "goes", "SET NULL": "free"}[row[6]])
            for table in BY_NAME
            for row in connection.execute(f"PRAGMA foreign_key_list({table})")
        ]
    assert sorted(found) == sorted(KEYS)


@pytest.mark.parametrize("cascade", [False, True])
@pytest.mark.parametrize("table", ROOTS)
def test_a_preview_is_what_happens_and_changes_nothing(store: Store, world: World, table: str, cascade: bool) -> None:
    root, before = (table, getattr(world, table)), everything(store)
    preview = store.trash.preview([root], cascade=cascade)
    assert everything(store) == before
    whole = dump(store)
    entry = store.trash.delete([root], cascade=cascade, label="gone", kind="deleted")
    left = dump(store)
    gone = {name: n for name in whole if (n := len(whole[name]) - len(left[name]))}
    freed = {
        name: n for name in whole if (n := sum(nulls(row) > nulls(whole[name][k]) for k, row in left[name].items()))
    }
    assert (preview.deleted, preview.freed) == (entry.deleted, entry.freed) == (gone, freed)


def nulls(row: dict[str, object]) -> int:
    return list(row.values()).count(None)


@pytest.mark.parametrize("cascade", [False, True])
@pytest.mark.parametrize("table", ROOTS)
def test_restoring_puts_every_row_of_all_tables_back_exactly(
    store: Store, world: World, table: str, cascade: bool
) -> None:
    before = dump(store)
    entry = delete(store, table, getattr(world, table), cascade=cascade)
    assert dump(store) != before
    store.trash.restore(entry)
    after = dump(store)
    touched = world.items if table in ("contents", "file_assets") else None
    before["items"].get(touched or "", {}).pop("updated_at", None)
    after["items"].get(touched or "", {}).pop("updated_at", None)
    assert after == before
    assert store.trash.count() == 0


@pytest.mark.parametrize("table", ROOTS)
def test_undo_and_redo_of_a_deletion_are_exact(store: Store, world: World, table: str) -> None:
    before = dump(store, stamps=False)
    delete(store, table, getattr(world, table), cascade=False)
    without = dump(store, stamps=False)
    store.undo()
    assert dump(store, stamps=False) == before
    store.redo()
    assert dump(store, stamps=False) == without
    store.undo()
    assert dump(store, stamps=False) == before


def test_a_row_that_another_program_filled_with_odd_text_comes_back_exactly(store: Store, world: World) -> None:
    odd = 'tab\t quote\' "json" \\ \u2028 \ue000 😀 \x01\x1f end'
    foreign.write(store.path, ("UPDATE contents SET text = ?, role = ?", (odd + "\0nul", odd)))
    before = dump(store)
    store.trash.restore(delete(store, "items", world.items, cascade=True))
    assert dump(store) == before


def test_a_freed_row_edited_meanwhile_keeps_its_edit_and_its_time(store: Store, world: World) -> None:
    entry = delete(store, "organizations", world.organizations, cascade=False)
    edited = store.items.edit(world.items, title="Edited")
    store.trash.restore(entry)
    found = store.items.get(world.items)
    assert (found.title, found.organization_id) == ("Edited", world.organizations)
    assert found.updated_at >= edited.updated_at


def test_a_freed_row_that_went_elsewhere_meanwhile_stays_there(store: Store, world: World) -> None:
    entry = delete(store, "organizations", world.organizations, cascade=False)
    other = store.organizations.add("Other")
    store.items.edit(world.items, organization="other")
    store.trash.restore(entry)
    assert store.items.get(world.items).organization_id == other.id


def test_several_rows_go_and_come_back_together(store: Store) -> None:
    items = [store.items.add(title, text=title, tags=["a"]).id for title in "abc"]
    before = dump(store, stamps=True)
    entry = store.items.delete(*items)
    assert (entry.label, entry.deleted) == (
        "delete item 'a' and 2 more",
        {"items": 3, "contents": 3, "item_tag_links": 3},
    )
    store.trash.restore(entry.id)
    after = dump(store)
    assert {name: after[name] for name in after if name != "events"} == {n: before[n] for n in before if n != "events"}


# -- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "sql", "sentence"),
    [
        (
            "users",
            "INSERT INTO users (email) VALUES ('bob@example.org')",
            "a user with email 'bob@example.org' is there",
        ),
        (
            "organizations",
            "INSERT INTO organizations (name, slug) VALUES ('x', 'lab')",
            "an organization with slug 'lab'",
        ),
        (
            "file_assets",
            "INSERT INTO file_assets (owner_id, filename, path) SELECT id, 'x', 'file://h/f' FROM users LIMIT 1",
            "a file with path 'file://h/f' is there again",
        ),
        (
            "embeddings",
            "INSERT INTO embeddings (model_id, content_id, vector, dim)"
            " SELECT m.id, c.id, x'00000000', 1 FROM ai_models m, contents c",
            "an embedding with content_id '.*' is there again",
        ),
        ("api_keys", f"INSERT INTO api_keys (key_hash, user_id) SELECT '{'0' * 64}', id FROM users", "an API key with"),
        ("tags", "INSERT INTO tags (id, name) VALUES ('{pk}', 'other')", "a tag with id '{pk}' is there again"),
    ],
)
def test_a_row_whose_place_is_taken_is_not_restored(
    store: Store, world: World, table: str, sql: str, sentence: str
) -> None:
    pk = getattr(world, table)
    entry = delete(store, table, pk, cascade=False)
    foreign.write(
        store.path, sql.replace("{pk}", pk).replace("FROM users", "FROM users LIMIT 1").replace("1 LIMIT 1", "1")
    )
    store.catch_up()
    before = everything(store)
    with pytest.raises(Taken, match=sentence.replace("{pk}", pk)):
        store.trash.restore(entry)
    assert everything(store) == before


def test_a_tag_made_again_meanwhile_is_the_tag_that_is_restored(store: Store) -> None:
    store.items.add("first", tags=["Todo"])
    entry = store.tags.delete("todo")
    store.items.add("second", tags=["TODO"])
    store.trash.restore(entry.id)
    assert store.items.tag_counts() == {"TODO": 2}
    assert store.tags.count() == 1


def test_an_item_comes_back_although_its_tag_was_made_again_meanwhile(store: Store) -> None:
    store.items.add("first", tags=["Todo"])
    store.undo()
    store.items.add("second", tags=["TODO"])
    store.trash.restore(store.trash.entries()[0].id)
    assert {row.title: row.tags for row in store.items.rows().rows} == {"first": ("TODO",), "second": ("TODO",)}


def test_a_text_whose_item_is_gone_is_not_restored_before_it(store: Store, world: World) -> None:
    text = delete(store, "contents", world.contents, cascade=False)
    item = delete(store, "items", world.items, cascade=False)
    before = everything(store)
    with pytest.raises(
        InvalidValue, match=rf"the item {ids.short(world.items)} it belongs to was deleted: restore that"
    ):
        store.trash.restore(text)
    assert everything(store) == before
    store.trash.restore(item)
    store.trash.restore(text)
    assert store.contents.get(world.contents).text == "words"


def test_the_stores_own_user_stays(store: Store) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match="this is the store's own user, who owns what is made here: it stays"):
        store.users.delete(store.local_user_id)
    assert everything(store) == before


def test_deleting_what_is_gone_says_so(store: Store, world: World) -> None:
    delete(store, "tags", world.tags, cascade=False)
    before = everything(store)
    assert store.trash.preview([("tags", world.tags)]).deleted == {}
    with pytest.raises(NotFound, match="Nothing to delete: it is gone already"):
        delete(store, "tags", world.tags, cascade=False)
    assert everything(store) == before


def test_deleting_nothing_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue, match="no item named: give at least one id"):
        store.items.delete()


# -- the trash ----------------------------------------------------------------------------------------------


def test_an_entry_says_who_deleted_what_and_when(store: Store) -> None:
    item = store.items.add("Title", text="words")
    entry = store.items.delete(item.id)
    assert store.trash.entries() == [entry]
    assert (entry.actor_id, entry.label, entry.roots) == (
        store.local_user_id,
        "delete item 'Title'",
        (("items", item.id),),
    )
    assert store.trash.get(entry.id) == store.trash.get(item.id[-8:]) == entry


@pytest.mark.parametrize("ref", ["", "zzzz", "123", "\ud800"])
def test_what_no_entry_answers_to_is_not_found(store: Store, ref: str) -> None:
    store.items.delete(store.items.add("Title").id)
    with pytest.raises(NotFound, match="Nothing in the trash answers to"):
        store.trash.get(ref)


def test_emptying_is_for_good_and_undo_goes_on_before_it(store: Store) -> None:
    store.items.delete(store.items.add("Title").id)
    assert (store.trash.empty(), store.trash.count()) == (1, 0)
    before = everything(store)
    assert store.undo() == "add 'Title'"
    after = everything(store, local=False) | {"events": before["events"]}
    assert after == {name: before[name] for name in after}


def test_emptying_up_to_a_time_keeps_what_is_younger(store: Store) -> None:
    old, new = store.items.add("old"), store.items.add("new")
    first = store.items.delete(old.id)
    second = store.items.delete(new.id)
    assert store.trash.empty(older_than=second.deleted_at) == int(first.deleted_at < second.deleted_at)
    assert second in store.trash.entries()


def test_nothing_of_an_emptied_deletion_stays_in_the_file(store: Store) -> None:
    store.items.delete(store.items.add("Title", text="words").id)
    store.trash.empty()
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM trash_rows").fetchone() == (0,)


def test_counts_of_an_empty_world_are_those_of_the_local_user(store: Store) -> None:
    assert counts(dump(store)) == {"users": 1}
