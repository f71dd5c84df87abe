"""Notes of single rows: what differs from the server, what is kept from it, what waits for a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from localstore import ids, tables
from localstore.checking.finding import Finding, Inquiry
from localstore.connection import Connection
from localstore.models import BY_NAME, TABLES
from sync.checking.triggers import note_comparison
from sync.local.images import joined, name_of

_KNOWN = ", ".join(f"'{name_of(model)}'" for model in TABLES)


class Note(NamedTuple):
    """A dirty row whose base says nothing."""

    tbl: str
    pk: str
    why: str


def notes(asked: Inquiry) -> Iterator[Finding]:
    """Each local table of notes."""
    for table in ("sync_dirty", "sync_kept", "sync_loose"):
        yield from _foreign(asked, table)
    yield from _bases(asked)
    yield from _rows_gone(asked, "sync_kept")
    yield from _rows_gone(asked, "sync_loose")


def _foreign(asked: Inquiry, table: str) -> Iterator[Finding]:
    """Notes of tables or keys that no row can have."""
    where = f"tbl NOT IN ({_KNOWN}) OR length(pk) <> CASE tbl WHEN 'item_tag_links' THEN 73 ELSE 36 END"
    with asked.reading() as connection:
        rows = connection.execute(f"SELECT tbl, pk FROM {table} WHERE {where}").fetchall()
    if not rows:
        return
    message = f"{len(rows)} notes in {table} speak of rows that cannot be, such as {rows[0][0]} {rows[0][1][:40]!r}"
    found = Finding("sync", table, len(rows), f"{message}: 'check --repair' drops them", row=str(rows[0][1]))
    if asked.repair:
        with asked.store.database.writing() as connection:
            connection.execute(f"DELETE FROM {table} WHERE {where}")
        found = found.mended()
    yield found


def _bases(asked: Inquiry) -> Iterator[Finding]:
    """Bases that are no images of their rows. Without one, the merge asks a person instead of knowing."""
    sql = f"SELECT tbl, pk, CAST(base AS BLOB), base_vector FROM sync_dirty WHERE tbl IN ({_KNOWN})"
    with asked.reading() as connection:
        rows = connection.execute(f"{sql} AND (base IS NOT NULL OR base_vector IS NOT NULL)")
        found = [Note(tbl, pk, why) for tbl, pk, base, vector in rows if (why := _refusal(tbl, pk, base, vector))]
    if not found:
        return
    one = found[0]
    message = f"{len(found)} changed rows do not know what they were, such as {one.tbl} {ids.short(one.pk)} ({one.why})"
    advice = "'check --repair' drops that, and what differs is compared with the server"
    finding = Finding("sync", "sync_dirty", len(found), f"{message}: {advice}", row=one.pk)
    if asked.repair:
        asked.keep()
        with asked.store.database.writing() as connection:
            for note in found:
                _forget_base(connection, note)
            note_comparison(connection)
        finding = finding.mended()
    yield finding


def _refusal(tbl: str, pk: str, base: bytes | None, vector: bytes | None) -> str | None:
    """Say why a base is no image of its row."""
    if base is None:
        return "a vector without a base"
    if vector is not None and len(vector) % 4:
        return "its vector is cut off"
    model = BY_NAME[tbl]
    try:
        document = json.loads(base.decode("utf-8", "surrogatepass"))
        lacking = set(tables.columns(model)) - tables.blobs(model) - document.keys()
        if not lacking and tables.key_of(model, document) != pk:
            return "it is another row's"
    except (ValueError, AttributeError, TypeError, LookupError) as error:
        return f"not an image: {error}"
    return f"it lacks {', '.join(sorted(lacking))}" if lacking else None


def _forget_base(connection: Connection, note: Note) -> None:
    """A row that is here is sent as new, and compared there; a deletion that cannot be told is taken back."""
    if tables.fetch(connection, BY_NAME[note.tbl], note.pk) is None:
        connection.execute("DELETE FROM sync_dirty WHERE tbl = ? AND pk = ?", note[:2])
    else:
        sql = "UPDATE sync_dirty SET base = NULL, base_vector = NULL, held = NULL, generation = generation + 1"
        connection.execute(f"{sql} WHERE tbl = ? AND pk = ?", note[:2])


def _rows_gone(asked: Inquiry, table: str) -> Iterator[Finding]:
    """Notes of rows that are not here and of which nothing else is noted."""
    wheres = [
        f"tbl = '{name_of(model)}' AND NOT EXISTS (SELECT 1 FROM {name_of(model)} t WHERE {joined(model, 'x.pk')})"
        for model in TABLES
    ]
    where = (
        f"({' OR '.join(wheres)})"
        " AND NOT EXISTS (SELECT 1 FROM sync_dirty d WHERE d.tbl = x.tbl AND d.pk = x.pk)"
        " AND NOT EXISTS (SELECT 1 FROM sync_conflict c WHERE c.tbl = x.tbl AND c.pk = x.pk AND c.resolved_at IS NULL)"
    )
    with asked.reading() as connection:
        rows = connection.execute(f"SELECT tbl, pk FROM {table} x WHERE {where}").fetchall()
    if not rows:
        return
    tbl, pk = rows[0]
    message = f"{len(rows)} notes in {table} are of rows that are not here, such as {tbl} {ids.short(pk)}"
    found = Finding("sync", table, len(rows), f"{message}: 'check --repair' drops them", row=str(pk))
    if asked.repair:
        with asked.store.database.writing() as connection:
            connection.execute(f"DELETE FROM {table} AS x WHERE {where}")
        found = found.mended()
    yield found
