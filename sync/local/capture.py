"""Capture: the triggers of a linked store that note which rows differ from the server, whatever tool writes.

Plain SQL that any SQLite runs, and no conflict clauses, as in ``localstore.triggers``; they are not among those, so
that an unlinked store pays nothing. The base is taken before a row changes: other triggers (``updated_at``) change it
again afterwards. A row is noted once; each touch raises its generation, which begins at a random number: a row that
was cleared and noted again is never taken for the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import apsw

from localstore import tables
from localstore.connection import Connection
from localstore.models import TABLES
from localstore.models import Row as Model
from localstore.sync_rules import RULES
from sync.local.images import image_sql, joined, name_of

APPLYING = "sync"
LIVE = f"NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying' AND value = '{APPLYING}')"
FRESH = "random() & 281474976710655"
"""Where a generation begins, in SQL: 48 random bits."""


def install(connection: Connection) -> None:
    """Make the triggers, in place of any before."""
    remove(connection)
    for sql in statements().values():
        connection.execute(sql)


def remove(connection: Connection) -> None:
    """Drop the triggers."""
    for name in present(connection):
        connection.execute(f"DROP TRIGGER {name}")


def ensure(connection: Connection) -> bool:
    """Make triggers anew that are missing or of another version; tell whether changes may have gone unnoticed."""
    there = present(connection)
    if there == statements():
        return False
    install(connection)
    return not there.keys() >= statements().keys()


def present(connection: Connection) -> dict[str, str]:
    """Return the triggers of the file by name."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'sync_*'")
    return dict(rows.fetchall())


@contextmanager
def silent(connection: Connection) -> Iterator[None]:
    """Keep these and the store's own triggers silent for the block, whose code does their work."""
    row = connection.execute("SELECT value FROM local_state WHERE key = 'applying'").fetchone()
    _set(connection, APPLYING)
    try:
        yield
    except BaseException:
        with suppress(apsw.Error):  # the transaction may be gone, and the flag with it
            _set(connection, row[0] if row else None)
        raise
    _set(connection, row[0] if row else None)


def _set(connection: Connection, value: str | None) -> None:
    connection.execute("DELETE FROM local_state WHERE key = 'applying'")
    if value is not None:
        connection.execute("INSERT INTO local_state (key, value) VALUES ('applying', ?)", (value,))


@cache
def statements() -> dict[str, str]:
    """Return the triggers by name."""
    return {name: sql for model in TABLES for name, sql in _of(model)}


def _of(model: type[Model]) -> Iterator[tuple[str, str]]:
    table = name_of(model)
    new, old, keys = tables.key_sql(model, "NEW"), tables.key_sql(model, "OLD"), ", ".join(tables.key_columns(model))
    there = f"EXISTS (SELECT 1 FROM {table} t WHERE {_same_key(model)})"
    yield _trigger(table, "insert", f"AFTER INSERT ON {table}", "", _touch(table, new), _note(table, new))
    # what a foreign OR REPLACE is about to delete unheard
    yield _trigger(table, "replace", f"BEFORE INSERT ON {table}", there, *_note_present(model, new))
    yield _trigger(table, "update", f"BEFORE UPDATE ON {table}", "", *_note_update(model))
    moved = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in tables.key_columns(model))
    yield _trigger(
        table, "key", f"BEFORE UPDATE OF {keys} ON {table}", f"({moved})", *_note_present(model, new, absent=True)
    )
    yield _trigger(table, "delete", f"AFTER DELETE ON {table}", "", *_note_delete(model, old))
    if any(field.unique and not field.primary_key for field in model._meta.sorted_fields):
        # the store's own triggers suspect a row while it is still there
        suspected = _note_present(model, "NEW.pk")
        yield _trigger(table, "suspect", "AFTER INSERT ON local_suspects", f"NEW.tbl = '{table}'", *suspected)


def _trigger(table: str, event: str, on: str, when: str, *body: str) -> tuple[str, str]:
    name = f"sync_{table}_{event}"
    lines = "\n  ".join(body)
    condition = f"{LIVE}{' AND ' + when if when else ''}"
    return name, f"CREATE TRIGGER {name} {on} FOR EACH ROW WHEN {condition} BEGIN\n  {lines}\nEND"


def _same_key(model: type[Model]) -> str:
    return " AND ".join(f"t.{name} = NEW.{name}" for name in tables.key_columns(model))


def _touch(table: str, pk: str, vector: str = "") -> str:
    more = f", base_vector = {vector}" if vector else ""
    return f"UPDATE sync_dirty SET generation = generation + 1, held = NULL{more} WHERE tbl = '{table}' AND pk = {pk};"


def _note(table: str, pk: str, base: str = "NULL", vector: str = "NULL") -> str:
    """Note a row unless the statement before found it noted."""
    return (
        "INSERT INTO sync_dirty (tbl, pk, base, base_vector, generation)"
        f" SELECT '{table}', {pk}, {base}, {vector}, {FRESH} WHERE changes() = 0;"
    )


def _note_update(model: type[Model]) -> tuple[str, str]:
    table, old = name_of(model), tables.key_sql(model, "OLD")
    kept = first = ""
    for name in tables.blobs(model):
        left = f"NEW.{name} IS NOT OLD.{name} OR {tables.key_sql(model, 'NEW')} IS NOT {old}"
        first = f"CASE WHEN {left} THEN OLD.{name} END"
        kept = f"CASE WHEN base IS NOT NULL AND base_vector IS NULL AND ({left}) THEN OLD.{name} ELSE base_vector END"
    return _touch(table, old, kept), _note(table, old, image_sql(model, "OLD"), first or "NULL")


def _note_delete(model: type[Model], old: str) -> tuple[str, ...]:
    table = name_of(model)
    if not RULES[table].deletes_travel:
        return tuple(
            f"DELETE FROM {note} WHERE tbl = '{table}' AND pk = {old};" for note in ("sync_dirty", "sync_kept")
        )
    kept = first = ""
    for name in tables.blobs(model):
        first, kept = f"OLD.{name}", f"COALESCE(base_vector, CASE WHEN base IS NOT NULL THEN OLD.{name} END)"
    return _touch(table, old, kept), _note(table, old, image_sql(model, "OLD"), first or "NULL")


def _note_present(model: type[Model], pk: str, *, absent: bool = False) -> tuple[str, str]:
    """Note the row that has this key now; one that is not there only when *absent*."""
    table, where = name_of(model), joined(model, pk)
    present = kept = ""
    for name in tables.blobs(model):
        present = f"(SELECT t.{name} FROM {table} t WHERE {where})"
        kept = f"COALESCE(base_vector, CASE WHEN base IS NOT NULL THEN {present} END)"
    image = f"(SELECT {image_sql(model, 't')} FROM {table} t WHERE {where})"
    note = _note(table, pk, image, present or "NULL")
    if not absent:
        note = note.replace("WHERE changes() = 0", f"WHERE changes() = 0 AND {image} IS NOT NULL")
    return _touch(table, pk, kept), note
