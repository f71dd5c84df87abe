"""Capture: whatever tool writes to a linked file, the rows that differ from the server are noted with their base."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localstore import Store, tables, triggers
from localstore.models import BY_NAME
from localstore.records import ItemRecord
from sync.local import capture, dirty
from sync.shapes import vector_hash
from tests.localstore import foreign
from tests.localstore.world import populate
from tests.sync.local.linked import LAB, Linked

HOUR = "2030-01-01T00:00:00.000000Z"


@pytest.fixture
def item(linked: Linked) -> str:
    found = linked.item("First", text="attention", tags=["todo"])
    linked.in_step()
    return found


# -- what is noted -------------------------------------------------------------------------------------------


def test_a_new_row_is_noted_without_a_base(linked: Linked) -> None:
    pk = linked.item("New", text="words", tags=["a"])
    assert {tbl for tbl, _ in linked.noted()} == {"items", "contents", "tags", "item_tag_links", "events"}
    change = linked.dirty("items", pk)
    assert change
    assert change.base is None
    assert change.ours
    assert change.ours["title"] == "New"


def test_an_edit_keeps_the_row_as_it_was_before_the_first_of_them(linked: Linked, item: str) -> None:
    before = linked.image("items", item)
    linked.store.items.edit(item, title="Second")
    linked.store.items.edit(item, title="Third")
    assert linked.base("items", item) == before


def test_an_edit_by_plain_sql_keeps_the_stamp_of_before(linked: Linked, item: str) -> None:
    before = linked.image("items", item)
    linked.write(f"UPDATE items SET title = 'Other' WHERE id = '{item}'")  # a trigger moves updated_at
    assert linked.base("items", item) == before
    assert linked.image("items", item)["updated_at"] > before["updated_at"]


def test_a_deletion_keeps_the_rows_that_went_with_it(linked: Linked, item: str) -> None:
    text = linked.value("SELECT id FROM contents")
    before = linked.image("contents", text)
    linked.write(f"DELETE FROM items WHERE id = '{item}'")
    assert linked.base("contents", text) == before
    change = linked.dirty("items", item)
    assert change
    assert change.ours is None
    assert ("item_tag_links", f"{item}/{linked.value('SELECT id FROM tags')}") in linked.noted()


def test_a_row_deleted_and_made_again_is_changed_from_what_it_was(linked: Linked, item: str) -> None:
    before = linked.image("items", item)
    linked.store.items.delete(item)
    linked.store.undo()
    assert linked.base("items", item) == before


def test_a_key_that_is_emptied_by_a_deletion_is_an_edit(linked: Linked, item: str) -> None:
    linked.lab()
    linked.write(f"UPDATE items SET organization_id = '{LAB}' WHERE id = '{item}'")
    linked.in_step()
    linked.write(f"DELETE FROM organizations WHERE id = '{LAB}'")
    assert linked.base("items", item)["organization_id"] == LAB


def test_a_changed_key_is_a_deletion_and_a_new_row(linked: Linked) -> None:
    old, new = "0" * 8 + "-0000-7000-8000-" + "0" * 12, "1" * 8 + "-0000-7000-8000-" + "1" * 12
    linked.write(f"INSERT INTO tags (id, name) VALUES ('{old}', 'a')")
    linked.in_step()
    linked.write(f"UPDATE tags SET id = '{new}' WHERE id = '{old}'")
    assert linked.base("tags", old)["name"] == "a"
    made = linked.dirty("tags", new)
    assert made
    assert made.base is None


def test_a_link_is_noted_by_both_its_keys(linked: Linked, item: str) -> None:
    tag = linked.value("SELECT id FROM tags")
    linked.write(f"DELETE FROM item_tag_links WHERE item_id = '{item}'")
    assert linked.base("item_tag_links", f"{item}/{tag}") == {"item_id": item, "tag_id": tag}


def test_each_touch_raises_the_generation_and_lets_a_held_row_go(linked: Linked, item: str) -> None:
    linked.store.items.edit(item, title="Second")
    first = linked.dirty("items", item)
    assert first
    with linked.store.database.writing() as connection:
        assert dirty.hold(connection, first.key, first.generation, "refused")
    linked.store.items.edit(item, title="Third")
    then = linked.dirty("items", item)
    assert then
    assert then.generation > first.generation
    assert linked.value("SELECT held FROM sync_dirty WHERE pk = ?", item) is None


def test_a_row_noted_anew_is_never_of_the_generation_it_had(linked: Linked, item: str) -> None:
    linked.store.items.edit(item, title="Second")
    first = linked.dirty("items", item)
    linked.in_step()
    linked.store.items.edit(item, title="Third")
    then = linked.dirty("items", item)
    assert first
    assert then
    assert then.generation != first.generation


def test_a_deleted_event_is_not_noted(linked: Linked, item: str) -> None:
    pruned = linked.store.events.prune(HOUR)
    assert pruned
    assert {pk for tbl, pk in linked.noted() if tbl == "events"} == {linked.value("SELECT id FROM events")}


def test_every_table_is_captured(linked: Linked) -> None:
    populate(linked.store)
    assert {tbl for tbl, _ in linked.noted()} == set(BY_NAME)
    stored = linked.rows(" UNION ALL ".join(f"SELECT '{t}', {tables.key_sql(m)} FROM {t}" for t, m in BY_NAME.items()))
    assert set(stored) - linked.noted() == {("users", linked.store.local_user_id)}


# -- vectors -------------------------------------------------------------------------------------------------


@pytest.fixture
def embedding(linked: Linked, item: str) -> str:
    linked.store.ai_models.add("m", "p")
    found = linked.store.embeddings.put_one("m", [1.0, 2.0], content=linked.value("SELECT id FROM contents")).id
    linked.in_step()
    return str(found)


def vectors(linked: Linked) -> list[bytes | None]:
    return [row[0] for row in linked.rows("SELECT base_vector FROM sync_dirty WHERE tbl = 'embeddings'")]


def test_the_base_knows_its_vector_by_hash(linked: Linked, embedding: str) -> None:
    before = linked.image("embeddings", embedding)
    linked.store.embeddings.put_one("m", [3.0, 4.0], content=before["content_id"])
    assert linked.base("embeddings", embedding)["vector"] == vector_hash(before["vector"])
    assert vectors(linked) == [before["vector"]]


def test_a_vector_that_stayed_is_not_kept_twice(linked: Linked, embedding: str) -> None:
    before = linked.image("embeddings", embedding)
    linked.write("UPDATE embeddings SET meta_data = '{}'")
    assert vectors(linked) == [None]
    assert linked.base("embeddings", embedding)["vector"] == vector_hash(before["vector"])
    linked.write("UPDATE embeddings SET vector = zeroblob(8)")
    assert vectors(linked) == [before["vector"]]


def test_a_vector_deleted_and_made_again_otherwise_is_a_change(linked: Linked, embedding: str) -> None:
    before = linked.image("embeddings", embedding)
    linked.write("DELETE FROM embeddings")
    marks = ", ".join("?" * len(before))
    again = before | {"vector": bytes(8)}
    with linked.store.database.writing() as connection:
        connection.execute(f"INSERT INTO embeddings VALUES ({marks})", tuple(again.values()))
    assert linked.base("embeddings", embedding)["vector"] == vector_hash(before["vector"])


# -- other tools ---------------------------------------------------------------------------------------------


def test_another_program_with_an_older_sqlite_is_noted(linked: Linked, item: str) -> None:
    before = linked.image("items", item)
    foreign.write(linked.store.path, f"UPDATE items SET title = 'Foreign' WHERE id = '{item}'")
    foreign.write(linked.store.path, "INSERT INTO tags (name) VALUES ('foreign')")
    assert linked.base("items", item) == before
    assert [tbl for tbl, _ in linked.noted()].count("tags") == 1


@pytest.mark.parametrize("keys", [True, False])
def test_a_row_replaced_by_another_program_keeps_its_base(linked: Linked, item: str, keys: bool) -> None:
    text = linked.value("SELECT id FROM contents")
    before = linked.image("contents", text)
    sql = f"INSERT OR REPLACE INTO contents (id, item_id, text) VALUES ('{text}', '{item}', 'replaced')"
    foreign.write(linked.store.path, sql, keys=keys)
    assert linked.base("contents", text) == before


def test_a_row_pushed_out_by_another_with_its_unique_value_is_a_deletion(linked: Linked) -> None:
    pk = linked.store.organizations.add("Lab", slug="lab").id
    linked.in_step()
    foreign.write(linked.store.path, "INSERT OR REPLACE INTO organizations (name, slug) VALUES ('Other', 'lab')")
    assert linked.base("organizations", pk)["name"] == "Lab"
    change = linked.dirty("organizations", pk)
    assert change
    assert change.ours is None


def test_children_of_a_row_replaced_by_another_program_are_noted(linked: Linked, item: str) -> None:
    user = linked.store.local_user_id
    sql = f"INSERT OR REPLACE INTO items (id, owner_id, title) VALUES ('{item}', '{user}', 'replaced')"
    foreign.write(linked.store.path, sql)
    assert {tbl for tbl, _ in linked.noted()} == {"items", "contents", "item_tag_links", "events"}


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OR IGNORE INTO tags (id, name) SELECT id, name FROM tags",
        "INSERT OR REPLACE INTO tags SELECT * FROM tags",
        "UPDATE OR REPLACE tags SET color = 'red'",
        "INSERT INTO tags (id, name) SELECT id, name FROM tags WHERE true ON CONFLICT (id) DO UPDATE SET color = 'red'",
    ],
)
def test_statements_with_conflict_clauses_go_through(linked: Linked, item: str, sql: str) -> None:
    foreign.write(linked.store.path, sql)
    foreign.write(linked.store.path, sql)
    tag = linked.value("SELECT id FROM tags")
    assert linked.base("tags", tag)["color"] is None


def imported(store: Store) -> None:
    with store.bulk() as bulk:
        bulk.put(ItemRecord(title="Imported", tags=[]))


def test_an_import_is_noted(linked: Linked) -> None:
    imported(linked.store)
    assert ("items", linked.value("SELECT id FROM items")) in linked.noted()


def test_vectors_put_in_bulk_are_noted(linked: Linked, item: str) -> None:
    linked.store.ai_models.add("m", "p")
    linked.in_step()
    linked.store.embeddings.put("m", [linked.value("SELECT id FROM contents")], [[1.0, 2.0]])
    assert [tbl for tbl, _ in linked.noted()].count("embeddings") == 1


# -- the triggers themselves ---------------------------------------------------------------------------------


def test_nothing_is_noted_while_silent_and_all_is_afterwards(linked: Linked, item: str) -> None:
    with linked.store.database.writing() as connection:
        with capture.silent(connection):
            connection.execute("UPDATE items SET title = 'Silent'")
        connection.execute("UPDATE contents SET text = 'loud'")
    assert {tbl for tbl, _ in linked.noted()} == {"contents"}


def test_an_import_within_stays_silent_for_the_stores_own_triggers_only(linked: Linked, item: str) -> None:
    with linked.store.database.writing() as connection:
        connection.execute("INSERT INTO local_state (key, value) VALUES ('applying', 'import')")
        with capture.silent(connection):
            connection.execute("UPDATE items SET title = 'Silent'")
        assert connection.execute("SELECT value FROM local_state WHERE key = 'applying'").fetchone() == ("import",)
        connection.execute("UPDATE contents SET text = 'loud'; DELETE FROM local_state WHERE key = 'applying'")
    assert {tbl for tbl, _ in linked.noted()} == {"contents"}


def test_a_failure_while_silent_leaves_no_silence_behind(linked: Linked, item: str) -> None:
    with pytest.raises(ZeroDivisionError), linked.store.database.writing() as connection, capture.silent(connection):
        raise ZeroDivisionError
    linked.write("UPDATE items SET title = 'Loud'")
    assert ("items", item) in linked.noted()


def drop(linked: Linked) -> None:
    linked.write("DROP TRIGGER sync_items_insert")


def alter(linked: Linked) -> None:
    drop(linked)
    linked.write("CREATE TRIGGER sync_items_insert AFTER INSERT ON items BEGIN SELECT 1; END")


def add(linked: Linked) -> None:
    linked.write("CREATE TRIGGER sync_items_older AFTER INSERT ON items BEGIN SELECT 1; END")


@pytest.mark.parametrize(("harm", "unnoticed"), [(drop, True), (alter, False), (add, False)])
def test_triggers_that_are_missing_or_other_are_made_anew(
    linked: Linked, harm: Callable[[Linked], None], unnoticed: bool
) -> None:
    with linked.store.database.writing() as connection:
        assert not capture.ensure(connection)
    harm(linked)
    with linked.store.database.writing() as connection:
        assert capture.ensure(connection) == unnoticed
        assert not capture.ensure(connection)
    linked.item("Noted")
    assert "items" in {tbl for tbl, _ in linked.noted()}


def test_removed_triggers_note_nothing(linked: Linked) -> None:
    with linked.store.database.writing() as connection:
        capture.remove(connection)
    linked.item("Unnoticed")
    assert linked.noted() == set()


def test_the_triggers_are_none_of_the_stores_own() -> None:
    own = "\n".join(triggers.statements())
    assert not [name for name in capture.statements() if name in own]


def test_a_row_whose_statement_failed_is_not_noted(linked: Linked, item: str) -> None:
    with linked.store.database.writing() as connection, pytest.raises(Exception, match="UNIQUE"):
        connection.execute("INSERT INTO tags (id, name) SELECT id, 'again' FROM tags")
    assert linked.noted() == set()
