"""Whatever tool writes, by whatever way, on either side: it is noticed."""

from __future__ import annotations

import pytest

from localstore import ids
from sync import sync
from tests.localstore import foreign
from tests.sync.directed.rows import asked, content, item, server_titles, texts, titles
from tests.sync.trio import ADA, LAB, World


def test_an_or_replace_by_another_tool_is_pushed(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "as it was")
    sync(store)
    sql = "INSERT OR REPLACE INTO items (id, owner_id, organization_id, title) VALUES (?, ?, ?, ?)"
    foreign.write(store.path, (sql, (pk, ADA, LAB, "replaced")))
    sync(store)
    assert server_titles(server) == {"replaced"}


def test_a_row_that_an_or_replace_deleted_by_its_second_key_is_deleted_there(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    item(server, "holds files")
    server.execute("INSERT INTO file_assets (owner_id, filename, path) VALUES (%s, 'old', 'file://h/x')", (ADA,))
    sync(store)
    sql = "INSERT OR REPLACE INTO file_assets (id, owner_id, filename, path) VALUES (?, ?, 'new', 'file://h/x')"
    foreign.write(store.path, (sql, (ids.new_id(), ADA)))
    sync(store)
    sync(store)
    assert [row[0] for row in server.execute("SELECT filename FROM file_assets")] == ["new"]
    assert asked(store, "SELECT filename FROM file_assets") == [("new",)]


def test_children_orphaned_with_foreign_keys_off_do_not_stop_the_round(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "parent")
    content(server, pk, "child")
    sync(store)
    foreign.write(store.path, ("DELETE FROM items WHERE id = ?", (pk,)), keys=False)
    store.items.add("goes on")
    sync(store)
    sync(store)
    assert server_titles(server) == {"goes on"}


def test_a_new_row_below_a_parent_that_is_not_there_waits_alone(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    sql = "INSERT INTO contents (id, item_id, text) VALUES (?, ?, 'orphan')"
    foreign.write(store.path, (sql, (ids.new_id(), ids.new_id())), keys=False)
    store.items.add("goes on")
    sync(store)
    assert server_titles(server) == {"goes on"}
    assert texts(store) == {"orphan"}


def test_truncate_is_a_deletion_of_every_row(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    content(server, item(server, "one"), "its text")
    item(server, "two")
    sync(store)
    server.execute("TRUNCATE items CASCADE")
    sync(store)
    assert (titles(store), texts(store)) == (set(), set())


def test_writes_in_the_replica_role_are_noticed(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    server.execute("SET session_replication_role = replica")
    item(server, "replicated")
    sync(store)
    assert titles(store) == {"replicated"}


def test_rows_that_came_by_copy_are_noticed(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    with server.cursor().copy("COPY items (owner_id, organization_id, title) FROM STDIN") as copy:
        copy.write_row((ADA, LAB, "copied"))
    sync(store)
    assert titles(store) == {"copied"}


UPSERT = """
INSERT INTO items (id, owner_id, title) SELECT id, owner_id, 'x' FROM items
ON CONFLICT (id) DO UPDATE SET title = 'upserted'
"""
MOVED = """
WITH gone AS (DELETE FROM items RETURNING *) INSERT INTO items (owner_id, organization_id, title)
SELECT owner_id, organization_id, 'moved' FROM gone
"""


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("UPDATE items SET title = 'upper'", {"upper"}),
        ("DELETE FROM items", set()),
        (UPSERT, {"upserted"}),
        ("MERGE INTO items USING (SELECT 1) s ON true WHEN MATCHED THEN UPDATE SET title = 'merged'", {"merged"}),
        (MOVED, {"moved"}),
    ],
)
def test_plain_sql_of_every_kind_is_noticed(trio: World, statement: str, left: set[str]) -> None:
    store, server = trio.store("ada"), trio.plain()
    item(server, "before")
    sync(store)
    server.execute(statement.encode())
    sync(store)
    assert titles(store) == left


def test_a_changed_key_is_a_deletion_and_a_new_row(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk, new = item(server, "moved"), ids.new_id()
    sync(store)
    server.execute("UPDATE items SET id = %s WHERE id = %s", (new, pk))
    sync(store)
    assert asked(store, "SELECT id FROM items") == [(new,)]


def test_rows_imported_in_bulk_are_pushed(trio: World) -> None:
    from localstore.records import ContentRecord, ItemRecord

    store, server = trio.store("ada"), trio.plain()
    sync(store)
    with store.bulk(source="notes") as bulk:
        bulk.put(ItemRecord("imported", key="1", contents=[ContentRecord("its text", key="0")]))
    sync(store)
    assert server_titles(server) == {"imported"}
    assert server.execute("SELECT text FROM contents").fetchall() == [("its text",)]
