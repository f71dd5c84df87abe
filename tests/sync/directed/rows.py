"""Rows written with plain SQL on the server, and what a store shows of them."""

from __future__ import annotations

import json
from typing import Any

from localstore import Store, ids
from sync.postgres.connection import Connection
from tests.sync.trio import ADA, LAB


def item(server: Connection, title: str, *, owner: str = ADA, organization: str | None = LAB) -> str:
    """Insert an item as any program does; its id."""
    pk = ids.new_id()
    sql = "INSERT INTO items (id, owner_id, organization_id, title) VALUES (%s, %s, %s, %s)"
    server.execute(sql, (pk, owner, organization, title))
    return pk


def content(server: Connection, parent: str, text: str) -> str:
    """Insert a text of an item; its id."""
    pk = ids.new_id()
    server.execute("INSERT INTO contents (id, item_id, text) VALUES (%s, %s, %s)", (pk, parent, text))
    return pk


def titles(store: Store) -> set[str]:
    """The titles of a store's items."""
    return {row.title for row in store.items.rows(limit=1000).rows}


def texts(store: Store) -> set[str]:
    """The texts of a store's contents."""
    return {str(row[0]) for row in asked(store, "SELECT text FROM contents")}


def asked(store: Store, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a store's file answers."""
    with store.reading() as connection:
        return list(connection.execute(sql, values))


def written(store: Store, sql: str, *values: Any) -> None:
    """Write plain SQL into a store's file."""
    with store.database.writing() as connection:
        connection.execute(sql, values)


def server_titles(server: Connection) -> set[str]:
    """The titles of the server's items."""
    return {row[0] for row in server.execute("SELECT title FROM items")}


def waiting(store: Store) -> list[tuple[str, str]]:
    """The open conflicts: table and kind."""
    return asked(store, "SELECT tbl, kind FROM sync_conflict WHERE resolved_at IS NULL ORDER BY tbl, kind")


def kept(store: Store) -> str:
    """Everything that a store's conflicts and trash hold, as one text."""
    found = asked(store, "SELECT json_array(base, ours, theirs) FROM sync_conflict")
    return json.dumps([*found, *asked(store, "SELECT image FROM trash_rows")])


def marks(server: Connection, *stores: Store) -> list[Any]:
    """What quiet rounds leave as it is: the server's log and batches, the stores' notes."""
    sql = "SELECT (SELECT count(*) FROM localstore_sync.log), (SELECT count(*) FROM localstore_sync.batch)"
    tables = ("sync_dirty", "sync_outbox", "sync_conflict")
    counted = f"SELECT {', '.join(f'(SELECT count(*) FROM {table})' for table in tables)}"
    return [server.execute(sql).fetchone(), *(asked(store, counted) for store in stores)]
