"""Dirty rows: one note for each row that differs from the server, made by ``capture`` and kept in step here.

``base`` states what the person saw of the server's row when they changed it, never what the server has now.
"""

from __future__ import annotations

from collections.abc import Sequence

from localstore import tables
from localstore.connection import Connection
from localstore.models import TABLES
from localstore.sync_rules import RULES
from sync.local import choosing, sharing
from sync.local.capture import FRESH
from sync.local.images import joined, name_of, packed, unpacked
from sync.shapes import Change, Image, Key

COUNTED = 20_000
"""Above so many ready rows they are counted without asking which of them are shared."""


def changes(connection: Connection, limit_rows: int, limit_bytes: int) -> list[Change]:
    """Return the next rows to push: parents first, deletions last; about *limit_rows* or *limit_bytes* of them.

    Rows that turn out to be as the server has them, or not to be shared, are put aside in the caller's transaction.
    """
    return choosing.choose(connection, limit_rows, limit_bytes)


def mark_all(connection: Connection) -> None:
    """Note every row that is not noted yet as one that the server never had."""
    sharing.sort(connection, every_row=True)


def read(connection: Connection, key: Key) -> Change | None:
    """Return a dirty row, or None; one that was kept from the server has no base."""
    model = tables.model_of(key.tbl)
    sql = (
        "SELECT base, base_vector, generation, EXISTS (SELECT 1 FROM sync_kept k WHERE k.tbl = d.tbl AND k.pk = d.pk)"
        " FROM sync_dirty d WHERE tbl = ? AND pk = ?"
    )
    row = connection.execute(sql, key).fetchone()
    if row is None:
        return None
    base, vector, generation, kept = row
    ours = tables.fetch(connection, model, key.pk)
    known = None if kept or base is None else unpacked(model, base, vector, ours)
    return Change(key, known, ours, generation)


def count(connection: Connection) -> dict[str, int]:
    """Return how many rows of each table wait to be pushed."""
    rows = connection.execute("SELECT tbl, count(*) FROM sync_dirty WHERE held IS NULL GROUP BY tbl").fetchall()
    ready: dict[str, int] = dict(rows)
    if 0 < sum(ready.values()) <= COUNTED:
        share = sharing.Share.read(connection)
        ready = {tbl: _count_shared(connection, share, tbl) for tbl in ready}
    return {name: ready[name] for model in TABLES if ready.get(name := name_of(model))}


def _count_shared(connection: Connection, share: sharing.Share, tbl: str) -> int:
    model = tables.model_of(tbl)
    kept = "EXISTS (SELECT 1 FROM sync_kept k WHERE k.tbl = d.tbl AND k.pk = d.pk)"
    there = f"t.{tables.key_columns(model)[0]} IS NOT NULL"
    goes = sharing.goes_sql(connection, share, model)
    sql = (
        f"SELECT count(*) FROM sync_dirty d LEFT JOIN {tbl} t ON {joined(model, 'd.pk')}"
        " WHERE d.tbl = ? AND d.held IS NULL AND CASE"
        f" WHEN d.base IS NOT NULL AND NOT {kept} THEN {there} OR {int(RULES[tbl].deletes_travel)}"
        f" ELSE {there} AND ({goes}) END"
    )
    return int(connection.execute(sql, (tbl,)).fetchone()[0])


def held(connection: Connection) -> list[tuple[Key, str]]:
    """Return the rows that are set aside until they change, with the reason."""
    rows = connection.execute("SELECT tbl, pk, held FROM sync_dirty WHERE held IS NOT NULL")
    return [(Key(tbl, pk), reason) for tbl, pk, reason in rows]


# -- keeping in step ------------------------------------------------------------------------------------------


def clear_all(connection: Connection, notes: Sequence[tuple[str, str, int]]) -> bool:
    """Forget notes of these (table, key, generation); tell whether all of them were there as they are named."""
    before = connection.total_changes()
    connection.executemany("DELETE FROM sync_dirty WHERE tbl = ? AND pk = ? AND generation = ?", notes)
    return connection.total_changes() - before == len(notes)


def rebase(connection: Connection, key: Key, base: Image | None) -> None:
    """Note a row as one that the person changed from *base*; None: the server does not have it."""
    model = tables.model_of(key.tbl)
    text, vector = (None, None) if base is None else packed(model, base, tables.fetch(connection, model, key.pk))
    connection.execute(
        f"INSERT INTO sync_dirty (tbl, pk, base, base_vector, generation) VALUES (?, ?, ?, ?, {FRESH})"
        " ON CONFLICT (tbl, pk) DO UPDATE SET base = excluded.base, base_vector = excluded.base_vector,"
        " generation = generation + 1",
        (*key, text, vector),
    )
    connection.execute("DELETE FROM sync_kept WHERE tbl = ? AND pk = ?", key)


def remember(connection: Connection, key: Key, base: Image) -> None:
    """Note a row as changed from *base*, which a restored server has again; of several bases the oldest stays."""
    known = read(connection, key)
    if known and known.base and str(known.base.get("updated_at", "")) <= str(base.get("updated_at", "")):
        return
    rebase(connection, key, base)
    release(connection, key)


def hold(connection: Connection, key: Key, generation: int, reason: str) -> bool:
    """Set a row of this generation aside until it changes; tell whether it was."""
    sql = "UPDATE sync_dirty SET held = ? WHERE tbl = ? AND pk = ? AND generation = ?"
    connection.execute(sql, (reason, *key, generation))
    return connection.changes() > 0


def release(connection: Connection, key: Key) -> None:
    """Let a row be pushed again."""
    connection.execute("UPDATE sync_dirty SET held = NULL WHERE tbl = ? AND pk = ?", key)


def forget(connection: Connection, key: Key) -> None:
    """Forget all that is noted of a row: it is in step, or gone."""
    connection.execute("DELETE FROM sync_dirty WHERE tbl = ? AND pk = ?", key)
    connection.execute("DELETE FROM sync_kept WHERE tbl = ? AND pk = ?", key)
