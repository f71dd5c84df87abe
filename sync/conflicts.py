"""Conflicts: what waits for a person. Pulls and pushes note them, ``sync.resolution.resolving`` settles them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from localstore import ids, tables, times, values
from localstore.connection import Connection
from localstore.errors import Ambiguous, NotFound
from localstore.events import SECRET
from localstore.models import Row
from localstore.rows import MIN_PART, Page, check_limit, read_cursor
from sync.resolution import conflict_fields, conflict_labels
from sync.resolution.conflict_fields import FieldConflict, Hidden
from sync.shapes import Conflict, Image, Key, Kind

if TYPE_CHECKING:
    from localstore.store import Store

__all__ = [
    "FieldConflict",
    "Hidden",
    "OpenConflict",
    "close",
    "conflicts",
    "count",
    "counts",
    "get",
    "note",
    "settle",
    "tidy",
]
KEPT = timedelta(days=30)
"""How long a settled conflict can still be looked up."""
NEWEST = (Kind.REFUSED, Kind.UNREADABLE, Kind.PARKED)
"""Kinds of which a row has one at a time: what they keep is also somewhere else, so the newest says all."""
_WAITS = f"resolved_at IS NULL AND kind <> '{Kind.PARKED}'"
_COLUMNS = "id, tbl, pk, kind, base, ours, theirs, reason, at"
HASH = 32
"""Characters of a vector's hash."""


@dataclass(frozen=True)
class OpenConflict:
    """A conflict as it waits. The images are those of ``sync.shapes.Conflict`` without secrets."""

    id: str
    tbl: str
    pk: str
    kind: Kind
    label: str
    """The row as a person calls it: ``item 'Reading list'``."""
    base: Image | None
    ours: Image | None
    theirs: Image | None
    reason: str
    at: str
    live: Image | None = None
    """The row as it is in the store now, without secrets; None when it is not there."""
    secrets: frozenset[str] = frozenset()
    """Columns whose values are in dispute and not shown."""

    @cached_property
    def fields(self) -> tuple[FieldConflict, ...]:
        """The columns, each with all versions in Python's own values."""
        gone = self.kind in (Kind.DELETED_THERE, Kind.PARENT_GONE)  # theirs may be what the row hung on
        images = {"base": self.base, "ours": self.ours, "theirs": None if gone else self.theirs}
        return conflict_fields.fields(tables.model_of(self.tbl), self.kind, images, self.live)


# -- noting -----------------------------------------------------------------------------------------------


def note(connection: Connection, conflicts: Iterable[Conflict], seq: int | None = None) -> int:
    """Store conflicts in the caller's transaction; return how many were not known. *seq*: the batch they came with.

    The same conflict of the same row, still open, is stored once.
    """
    new = 0
    moment = times.now()
    for each in conflicts:
        found = _known(connection, each)
        if found is None:
            _insert(connection, each, moment, seq)
            new += 1
        elif found:
            _renew(connection, found, each)
    return new


def _texts(conflict: Conflict) -> tuple[str | None, str | None, str | None]:
    return encode(conflict.base), encode(conflict.ours), encode(conflict.theirs)


def _known(connection: Connection, conflict: Conflict) -> str | None:
    """Return '' when it is stored already, the id of one that it takes the place of, or None."""
    where = "tbl = ? AND pk = ? AND kind = ? AND resolved_at IS NULL"
    if conflict.kind in NEWEST:
        sql = f"SELECT id FROM sync_conflict WHERE {where}"
        row = connection.execute(sql, (*conflict.key, conflict.kind)).fetchone()
        return str(row[0]) if row else None
    sql = f"SELECT 1 FROM sync_conflict WHERE {where} AND base IS ? AND ours IS ? AND theirs IS ?"
    found = connection.execute(sql, (*conflict.key, conflict.kind, *_texts(conflict))).fetchone()
    return "" if found else None


def _insert(connection: Connection, conflict: Conflict, moment: str, seq: int | None) -> None:
    sql = f"INSERT INTO sync_conflict ({_COLUMNS}, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    row = (ids.new_id(), *conflict.key, conflict.kind, *_texts(conflict), conflict.reason, moment, seq)
    connection.execute(sql, row)


def _renew(connection: Connection, identifier: str, conflict: Conflict) -> None:
    sql = (
        "UPDATE sync_conflict SET base = ?1, ours = ?2, theirs = ?3, reason = ?4 WHERE id = ?5"
        " AND (base IS NOT ?1 OR ours IS NOT ?2 OR theirs IS NOT ?3 OR reason <> ?4)"
    )
    connection.execute(sql, (*_texts(conflict), conflict.reason, identifier))


def encode(image: Mapping[str, Any] | None) -> str | None:
    """Return the text of an image: bytes in hex, as ``tables.image`` writes them."""
    if image is None:
        return None
    return values.to_json({name: v.hex() if isinstance(v, bytes) else v for name, v in image.items()})


def decode(model: type[Row], text: str | None, *, base: bool = False) -> Image | None:
    """Return an image out of its text; a vector that is known by its hash alone stays a text."""
    if text is None:
        return None
    image: Image = values.from_json(text)
    for name in tables.blobs(model) & image.keys():
        image[name] = _bytes(image[name], image.get("dim"), base=base)
    return image


def _bytes(value: Any, dim: Any, *, base: bool) -> Any:
    """Return a vector's bytes out of hex; a hash is as long as four numbers, and bases know their vector so."""
    if not isinstance(value, str) or (len(value) == HASH and (base or dim != 4)):
        return value
    try:
        return bytes.fromhex(value)
    except ValueError:
        return value


# -- settling ---------------------------------------------------------------------------------------------


def close(connection: Connection, identifier: str, resolution: str) -> bool:
    """Mark a conflict as settled, in the caller's transaction; tell whether it was open."""
    sql = "UPDATE sync_conflict SET resolved_at = ?, resolution = ? WHERE id = ? AND resolved_at IS NULL"
    connection.execute(sql, (times.now(), resolution, identifier))
    return connection.changes() > 0


def settle(connection: Connection, key: Key, resolution: str, kinds: Iterable[Kind] = NEWEST) -> int:
    """Close what settled itself on one row: it came in, it was taken; return how many."""
    sql = (
        "UPDATE sync_conflict SET resolved_at = ?, resolution = ? WHERE tbl = ? AND pk = ? AND resolved_at IS NULL"
        " AND kind IN (SELECT value FROM json_each(?))"
    )
    connection.execute(sql, (times.now(), resolution, *key, values.to_json(list(kinds))))
    return connection.changes()


def tidy(connection: Connection) -> None:
    """Close refusals of rows that were taken since, and forget what was settled long ago; once a round is enough."""
    sql = (
        "UPDATE sync_conflict SET resolved_at = ?, resolution = 'taken by the server' WHERE resolved_at IS NULL"
        " AND kind = ? AND NOT EXISTS (SELECT 1 FROM sync_dirty d"
        " WHERE d.tbl = sync_conflict.tbl AND d.pk = sync_conflict.pk)"
    )
    connection.execute(sql, (times.now(), Kind.REFUSED))
    before = datetime.now(UTC) - KEPT
    made = f"{int(before.timestamp() * 1000):012x}"  # ids begin with the time they were made at
    sql = "DELETE FROM sync_conflict WHERE id < ? AND resolved_at < ?"
    connection.execute(sql, (f"{made[:8]}-{made[8:]}", times.to_text(before)))


# -- looking ----------------------------------------------------------------------------------------------


def conflicts(store: Store, limit: int = 100, after: str | None = None) -> Page[OpenConflict]:
    """Return conflicts that wait for a person, the newest first; *after* is the ``next`` of the page before.

    Rows of the server that only wait for their parent (``Kind.PARKED``) are not among them.
    """
    check_limit(limit)
    keyset, at = ("", ()) if after is None else (" AND (at, id) < (?, ?)", read_cursor(after))
    sql = f"SELECT {_COLUMNS} FROM sync_conflict WHERE {_WAITS}{keyset} ORDER BY at DESC, id DESC LIMIT ?"
    with store.reading() as connection:
        found = connection.execute(sql, (*at, limit + 1)).fetchall()
        rows = [_open(connection, row) for row in found[:limit]]
    more = values.to_json([rows[-1].at, rows[-1].id]) if len(found) > limit else None
    return Page(rows, more)


def count(store: Store) -> int:
    """Return how many conflicts wait for a person."""
    with store.reading() as connection:
        return int(connection.execute(f"SELECT count(*) FROM sync_conflict WHERE {_WAITS}").fetchone()[0])


def counts(store: Store) -> dict[Kind, int]:
    """Return how many conflicts of each kind wait for a person."""
    sql = f"SELECT kind, count(*) FROM sync_conflict WHERE {_WAITS} GROUP BY kind"
    with store.reading() as connection:
        found = dict(connection.execute(sql).fetchall())
    return {kind: found[kind] for kind in Kind if kind in found}


def get(store: Store, ref: str) -> OpenConflict:
    """Return the open conflict with this id, a unique beginning or end of it, or ``@last``, the newest.

    Raises NotFound, which says how it was settled when it was, or Ambiguous.
    """
    with store.reading() as connection:
        sql = f"SELECT {_COLUMNS} FROM sync_conflict WHERE id = ?"
        return _open(connection, connection.execute(sql, (resolve_id(connection, ref),)).fetchone())


def resolve_id(connection: Connection, ref: str) -> str:
    """Return the whole id of the open conflict that *ref* stands for."""
    wanted = ref.strip().lower()
    if wanted == "@last":
        sql = f"SELECT id FROM sync_conflict WHERE {_WAITS} ORDER BY at DESC, id DESC LIMIT 1"
        known = connection.execute(sql).fetchall()
    else:
        known = _matching(connection, wanted, "resolved_at IS NULL")
    if len(known) == 1:
        return str(known[0][0])
    if known:
        raise Ambiguous(
            f"{ref!r} fits several conflicts: give more of the id.",
            [(pk, get_label(connection, pk)) for (pk,) in known],
        )
    raise _gone(connection, ref, wanted)


def _matching(connection: Connection, wanted: str, state: str) -> list[tuple[str]]:
    if not ids.is_id(wanted) and (len(wanted) < MIN_PART or not set(wanted) <= set("0123456789abcdef-")):
        return []
    sql = (
        f"SELECT id FROM sync_conflict WHERE {state} AND id >= ?1 AND id < ?1 || 'g'"
        f" UNION SELECT id FROM sync_conflict WHERE {state} AND substr(id, -length(?1)) = ?1 LIMIT 10"
    )
    return list(connection.execute(sql, (wanted,)))


def _gone(connection: Connection, ref: str, wanted: str) -> NotFound:
    settled = _matching(connection, wanted, "resolved_at IS NOT NULL")
    if len(settled) != 1:
        return NotFound(f"No conflict answers to {ref!r}: see 'localstore sync conflicts'.")
    sql = "SELECT resolution, resolved_at FROM sync_conflict WHERE id = ?"
    resolution, at = connection.execute(sql, settled[0]).fetchone()
    return NotFound(f"The conflict {ref!r} was settled at {at} ({resolution}): nothing waits there.")


def get_label(connection: Connection, identifier: str) -> str:
    """Return what a person calls the row of a conflict."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM sync_conflict WHERE id = ?", (identifier,)).fetchone()
    return _open(connection, row).label


def stored(connection: Connection, identifier: str) -> Conflict:
    """Return a conflict as it was noted, secrets included."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM sync_conflict WHERE id = ?", (identifier,)).fetchone()
    return _conflict(row)


def _conflict(row: tuple[Any, ...]) -> Conflict:
    _, tbl, pk, kind, base, ours, theirs, reason, _ = row
    model = tables.model_of(tbl)
    was = decode(model, base, base=True)
    if kind == Kind.UNREADABLE:
        return Conflict(Key(tbl, pk), Kind(kind), was, decode(model, ours), values.from_json(theirs), reason)
    return Conflict(Key(tbl, pk), Kind(kind), was, decode(model, ours), decode(model, theirs), reason)


def _open(connection: Connection, row: tuple[Any, ...]) -> OpenConflict:
    conflict = _conflict(row)
    key, model = conflict.key, tables.model_of(conflict.key.tbl)
    images = (conflict.ours, conflict.theirs, conflict.base)
    live = tables.fetch(connection, model, key.pk)
    hidden = frozenset(name for image in images if image for name in image if name in SECRET)
    base, ours, theirs, now = (_shown(image) for image in (conflict.base, conflict.ours, conflict.theirs, live))
    label = conflict_labels.label(connection, model, key.pk, images)
    return OpenConflict(row[0], *key, conflict.kind, label, base, ours, theirs, conflict.reason, row[8], now, hidden)


def _shown(image: Mapping[str, Any] | None) -> Image | None:
    """Return an image with what must not be shown replaced by a sign that it is there."""
    if image is None:
        return None
    return {n: Hidden("") if n in SECRET and v is not None else v for n, v in image.items()}
