"""Masks: which rows of the codes a filter lets through, kept while what the filter goes by stays the same.

Filters by type, tag and organization alone are kept: triggers note the items for which one of these changed, and
just their rows are looked at again. Any other filter is asked anew each time, for its ids.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from localstore import freshness, values
from localstore.connection import Connection
from localstore.filters import Filter
from localstore.vectors import blocks, keys, rows
from localstore.vectors.codes import Ids
from localstore.vectors.index import Mask, Piece, View

if TYPE_CHECKING:
    from localstore.embeddings import Embeddings

KEPT = 64
"""Masks kept of a model: a byte a row each."""
_KEPT_BY = ("types", "tags", "any_tags", "organization")
_OF_ITEMS = (
    "SELECT e.id FROM json_each(?) j JOIN embeddings e ON e.item_id = j.value"
    " UNION SELECT e.id FROM json_each(?) j JOIN contents c ON c.item_id = j.value"
    " JOIN embeddings e ON e.content_id = c.id"
)


class Condition(NamedTuple):
    """A filter as a condition over embeddings ``t``; ``key`` names one whose mask may be kept."""

    sql: str
    bindings: tuple[Any, ...]
    key: str | None
    items: tuple[str, tuple[Any, ...]] | None = None
    """The condition over items ``i`` alone, when every vector's item is known to the file."""
    found: Ids | None = None

    def known(self, ids: Ids) -> Condition:
        """Return it with its ids, to be used within the same snapshot."""
        return self._replace(found=ids)

    def ids(self, connection: Connection, model_id: str, among: Sequence[str] | None = None) -> Ids:
        """Return the sorted ids of a model's vectors that it lets through, of all or *among* some.

        Ids of another model's may be among them: who has vectors of one model looks at no others.
        """
        if self.found is not None:
            return self.found if among is None else np.intersect1d(self.found, keys.raw(among))
        if among is None and self.items is not None:
            return rows.ids_of_items(connection, *self.items)
        sql, bindings = self.sql, self.bindings
        if among is not None:
            sql, bindings = (
                f"t.id IN (SELECT value FROM json_each(?)) AND {sql}",
                (values.to_json(list(among)), *bindings),
            )
        return rows.ids_where(connection, model_id, sql, bindings)


def condition(embeddings: Embeddings, connection: Connection, where: Filter) -> Condition:
    """Return a filter's condition; InvalidFilter for names that do not exist."""
    sql, bindings = embeddings.condition(connection, where)
    plain = replace(where, types=(), tags=(), any_tags=(), organization=None)
    kept = not plain and any(getattr(where, name) for name in _KEPT_BY)
    items = None if freshness.has_pending(connection) else where.sql(connection)
    known = None if items is None else (items[0], tuple(items[1]))
    return Condition(sql, bindings, f"{sql}\0{bindings!r}" if kept else None, known)


@dataclass
class _Kept:
    seq: int
    pieces: dict[int, tuple[Piece, Mask]]


class Masks:
    """The masks of one model in this process."""

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def of(self, connection: Connection, view: View, wanted: Condition) -> tuple[Mask, ...]:
        """Return which rows of each piece the condition lets through, in the caller's snapshot."""
        if wanted.key is None:
            allowed = wanted.ids(connection, self.model_id)
            return tuple(_mask(piece, allowed) for piece in view.pieces)
        with self._lock:
            kept = self._current(connection, wanted)
            missing = [piece for piece in view.pieces if id(piece) not in kept.pieces]
            if missing:
                allowed = wanted.ids(connection, self.model_id)
                kept.pieces |= {id(piece): (piece, _mask(piece, allowed)) for piece in missing}
            here = {id(piece) for piece in view.pieces}
            kept.pieces = {number: pair for number, pair in kept.pieces.items() if number in here}
            return tuple(kept.pieces[id(piece)][1] for piece in view.pieces)

    def _current(self, connection: Connection, wanted: Condition) -> _Kept:
        """Return the kept mask of a condition, brought to the caller's snapshot."""
        assert wanted.key is not None
        seq = blocks.last_item_change(connection)
        kept = self._kept.get(wanted.key)
        if kept is not None and kept.seq > seq:
            return _Kept(seq, {})  # this snapshot is older than what is kept: work it out for this once
        if kept is not None and kept.seq < seq:
            kept = self._brought_up(connection, wanted, kept, seq)
        if kept is None:
            kept = _Kept(seq, {})
        self._kept[wanted.key] = kept
        self._kept.move_to_end(wanted.key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return kept

    def _brought_up(self, connection: Connection, wanted: Condition, kept: _Kept, seq: int) -> _Kept | None:
        items = blocks.items_changed(connection, kept.seq)
        if items is None:
            return None
        among = values.to_json(items)
        touched = [row[0] for row in connection.execute(_OF_ITEMS, (among, among))]
        allowed = wanted.ids(connection, self.model_id, touched)
        for_rows = keys.raw(touched)
        fresh = {}
        for number, (piece, mask) in kept.pieces.items():
            changed = mask.copy()
            changed[piece.rows_of(for_rows)] = False
            changed[piece.rows_of(allowed)] = True
            fresh[number] = (piece, changed)
        return _Kept(seq, fresh)


def _mask(piece: Piece, allowed: Ids) -> Mask:
    if len(allowed) * 8 < len(piece):
        found = np.zeros(len(piece), dtype=np.bool_)
        found[piece.rows_of(allowed)] = True
        return found
    return keys.among(piece.ids, allowed)
