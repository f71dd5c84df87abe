"""Snapshot: what a lookup needs of one state of the file, and the best rows it found so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from localstore.connection import Connection
from localstore.errors import Interrupted
from localstore.vectors import blocks, keys, rows
from localstore.vectors.codes import Float64, Ids
from localstore.vectors.index import Index, Mask, View
from localstore.vectors.masks import Condition, Masks
from localstore.vectors.question import Question
from localstore.vectors.scores import best, scores

FETCHED = 4_096
"""Rows read and scored at a time."""
Cancelled = Callable[[], bool]


def check(cancelled: Cancelled | None) -> None:
    """Stop when nobody wants the answer any more."""
    if cancelled is not None and cancelled():
        raise Interrupted("The lookup was stopped.")


@dataclass
class Top:
    """The best rows so far."""

    k: int | None
    floor: float | None
    ids: Ids = field(default_factory=lambda: keys.EMPTY)
    scores: Float64 = field(default_factory=lambda: np.empty(0))
    zeros: int = 0

    def add(self, ids: Ids, found: Float64) -> None:
        """Take more rows."""
        self.zeros += int(np.count_nonzero(np.isnan(found)))
        ids, found = np.concatenate([self.ids, ids]), np.concatenate([self.scores, found])
        chosen = best(ids, found, self.k, self.floor)
        self.ids, self.scores = ids[chosen], found[chosen]


class Snapshot:
    """What a lookup needs of one state of the file: the codes' state, what was noted, what the filter lets through."""

    def __init__(
        self, connection: Connection, asked: Question, index: Index, masks: Masks, wanted: Condition | None
    ) -> None:
        self.connection = connection
        self.asked = asked
        self.index = index
        self.masks = masks
        self.wanted = wanted
        state = blocks.state(connection, asked.model_id)
        self.state = state if state is not None and state.built and state.dim == asked.dim else None
        self.noted = blocks.changed(connection) if self.state else []
        self.zeros = 0
        """Zero vectors left out of the codes, which have no cosine."""

    # -- what changed since ---------------------------------------------------------------------------------

    def fresh(self) -> Iterator[rows.Rows]:
        """Yield the noted rows as they are now, those that count."""
        left_out = {*keys.written(self.asked.left_out)}
        noted = [pk for pk in self.noted if pk not in left_out]
        if self.wanted and noted:
            noted = keys.written(self.wanted.ids(self.connection, self.asked.model_id, noted))
        for at in range(0, len(noted), FETCHED):
            yield rows.of_ids(self.connection, self.asked.model_id, self.asked.dim, noted[at : at + FETCHED])

    @property
    def gone(self) -> Ids:
        """Return the ids of which the codes are not to be believed, or that are not wanted."""
        return np.concatenate([keys.raw(self.noted), self.asked.left_out])

    # -- what counts ----------------------------------------------------------------------------------------

    def open(self, view: View, gone: Ids) -> tuple[Mask | None, ...]:
        """Return which rows of each piece count (None: all)."""
        alive = view.without(gone)
        passed: tuple[Mask | None, ...] = (None,) * len(alive)
        if self.wanted:
            passed = self.masks.of(self.connection, view, self.wanted)
        opened = tuple(_both(*pair) for pair in zip(alive, passed, strict=True))
        zeros = [piece.scoreless(self.asked.metric) for piece in view.pieces]
        self.zeros = sum(self._count(*pair) for pair in zip(zeros, opened, strict=True))
        return tuple(_both(mask, None if zero is None else ~zero) for mask, zero in zip(opened, zeros, strict=True))

    @staticmethod
    def _count(zero: Mask | None, mask: Mask | None) -> int:
        return 0 if zero is None else int(np.count_nonzero(zero if mask is None else zero & mask))

    def view(self, *, codes: bool, bits: bool = False) -> View:
        """Return the codes in memory."""
        assert self.state is not None
        return self.index.view(self.connection, self.state, codes=codes, bits=bits)


def _both(one: Mask | None, other: Mask | None) -> Mask | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other


# -- without codes ---------------------------------------------------------------------------------------------


def direct(snapshot: Snapshot, query: Float64, cancelled: Cancelled | None) -> tuple[Top, int]:
    """Score every row that counts; return the best and how many there were."""
    asked = snapshot.asked
    sql, bindings = (snapshot.wanted.sql, snapshot.wanted.bindings) if snapshot.wanted else ("1", ())
    top, count = Top(asked.k, asked.floor), 0
    for block in rows.stream(snapshot.connection, asked.model_id, asked.dim, sql, bindings):
        check(cancelled)
        count += score(top, block, query, asked)
    return top, count


def of_few(snapshot: Snapshot, few: Ids, query: Float64) -> tuple[Top, int]:
    """Score the few rows that a filter lets through."""
    asked = snapshot.asked
    top, count = Top(asked.k, asked.floor), 0
    for at in range(0, len(few), FETCHED):
        wanted = keys.written(few[at : at + FETCHED])
        count += score(top, rows.of_ids(snapshot.connection, asked.model_id, asked.dim, wanted), query, asked)
    return top, count


def score(top: Top, found: rows.Rows, query: Float64, asked: Question) -> int:
    """Take the scores of rows, less those left out; return how many have one."""
    if len(asked.left_out):
        keep = ~keys.among(found.ids, np.sort(asked.left_out))
        found = rows.Rows(found.ids[keep], found.matrix[keep])
    before = top.zeros
    top.add(found.ids, scores(asked.metric, found.matrix, query))
    return len(found.ids) - (top.zeros - before)
