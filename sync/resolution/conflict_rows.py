"""Open conflicts as a list shows them: no version is read, so that a page costs the same whatever waits in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localstore import tables, values
from localstore.connection import Connection
from localstore.rows import Page, check_limit, read_cursor
from sync.conflicts import decode
from sync.resolution.conflict_labels import label
from sync.shapes import Image, Kind

if TYPE_CHECKING:
    from localstore.store import Store

_WAITS = f"resolved_at IS NULL AND kind <> '{Kind.PARKED}'"


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One conflict that waits for a person, without its versions."""

    id: str
    tbl: str
    pk: str
    kind: Kind
    label: str
    reason: str
    at: str


def rows(store: Store, limit: int, after: str | None = None) -> Page[ConflictRow]:
    """Return conflicts in the order and with the cursors of ``sync.conflicts.conflicts``."""
    check_limit(limit)
    keyset, at = ("", ()) if after is None else (" AND (at, id) < (?, ?)", read_cursor(after))
    sql = (
        f"SELECT id, tbl, pk, kind, reason, at FROM sync_conflict WHERE {_WAITS}{keyset}"
        " ORDER BY at DESC, id DESC LIMIT ?"
    )
    with store.reading() as connection:
        found = connection.execute(sql, (*at, limit + 1)).fetchall()
        shown = [_row(connection, *row) for row in found[:limit]]
    more = values.to_json([shown[-1].at, shown[-1].id]) if len(found) > limit else None
    return Page(shown, more)


def _row(connection: Connection, identifier: str, tbl: str, pk: str, kind: str, reason: str, at: str) -> ConflictRow:
    model = tables.model_of(tbl)
    gone = tables.fetch(connection, model, pk) is None
    name = label(connection, model, pk, _images(connection, identifier) if gone else ())
    return ConflictRow(identifier, tbl, pk, Kind(kind), name, reason, at)


def _images(connection: Connection, identifier: str) -> list[Image | None]:
    """Return what names a row that is not in the store."""
    sql = "SELECT tbl, ours, theirs, base FROM sync_conflict WHERE id = ?"
    tbl, *texts = connection.execute(sql, (identifier,)).fetchone()
    return [decode(tables.model_of(tbl), text) for text in texts]


def anchors(store: Store, step: int) -> list[str]:
    """Return the cursor before every *step*-th conflict but the first."""
    sql = (
        "SELECT at, id FROM (SELECT at, id, row_number() OVER (ORDER BY at DESC, id DESC) AS number"
        f" FROM sync_conflict WHERE {_WAITS}) WHERE number % ? = 0 ORDER BY number"
    )
    with store.reading() as connection:
        return [values.to_json(list(row)) for row in connection.execute(sql, (step,))]
