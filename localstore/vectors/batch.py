"""Batch: the nearest of many queries at once, one product of matrices for a few thousand rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from localstore.vectors import keys, rows
from localstore.vectors.approximate import approximate
from localstore.vectors.batch_scan import Candidates, batch_candidates
from localstore.vectors.codes import Float64, Ids, encode_query
from localstore.vectors.exact import coded, parts_of, wanted_of
from localstore.vectors.question import Question, threads
from localstore.vectors.scores import best, scores
from localstore.vectors.snapshot import FETCHED, Cancelled, Snapshot, Top, check

QUERIES = 128
"""Queries whose products with a chunk of rows stay in a core's cache."""


class Answers(NamedTuple):
    """Ids and scores of shape ``(queries, most matches of one)``, how many rows were compared, zero vectors."""

    ids: NDArray[np.str_]
    scores: Float64
    compared: int
    zeros: int
    exact: bool = True

    @classmethod
    def of(cls, tops: list[Top], width: int | None, compared: int, zeros: int, *, exact: bool = True) -> Answers:
        """Lay the best of each query side by side."""
        most = max((len(top.ids) for top in tops), default=0)
        wide = most if width is None else min(width, max(most, compared))
        ids = np.full((len(tops), wide), "", dtype="U36")
        found = np.full((len(tops), wide), np.nan)
        for number, top in enumerate(tops):
            ids[number, : len(top.ids)] = keys.written(top.ids)
            found[number, : len(top.ids)] = top.scores
        return cls(ids, found, compared, zeros, exact)


def direct_batch(snapshot: Snapshot, cancelled: Cancelled | None) -> Answers:
    """Score every row that counts for every query."""
    asked = snapshot.asked
    sql, bindings = (snapshot.wanted.sql, snapshot.wanted.bindings) if snapshot.wanted else ("1", ())
    tops = [Top(asked.k, asked.floor) for _ in asked.queries]
    count = 0
    for block in rows.stream(snapshot.connection, asked.model_id, asked.dim, sql, bindings, step=FETCHED):
        count += len(block.ids)
        for top, query in zip(tops, asked.queries, strict=True):
            check(cancelled)
            top.add(block.ids, scores(asked.metric, block.matrix, query))
    return Answers.of(tops, asked.k, count, max((top.zeros for top in tops), default=0))


def coded_batch(snapshot: Snapshot, cancelled: Cancelled | None) -> Answers:
    """Return the nearest of each query by int8 codes and their bounds, exactly."""
    asked = snapshot.asked
    fresh = list(snapshot.fresh())
    tops: list[Top] = []
    compared = 0
    for at in range(0, len(asked.queries), QUERIES):
        check(cancelled)
        some, compared = _some(snapshot, asked.queries[at : at + QUERIES], fresh)
        tops += some
    return Answers.of(tops, asked.k, compared, snapshot.zeros)


def approximate_batch(snapshot: Snapshot, cancelled: Cancelled | None) -> Answers:
    """Return the nearest of each query by sign bits."""
    tops, compared = [], 0
    for query in snapshot.asked.queries:
        top, compared = approximate(snapshot, query, cancelled, keep=True)
        tops.append(top)
    return Answers.of(tops, snapshot.asked.k, compared, snapshot.zeros, exact=False)


def one_by_one(snapshot: Snapshot, cancelled: Cancelled | None) -> Answers:
    """Return the nearest of each query, reading codes that do not fit in memory once for each."""
    tops, compared = [], 0
    for query in snapshot.asked.queries:
        top, compared = coded(snapshot, query, cancelled, keep=False)
        tops.append(top)
    return Answers.of(tops, snapshot.asked.k, compared, snapshot.zeros)


def _some(snapshot: Snapshot, vectors: Float64, fresh: list[rows.Rows]) -> tuple[list[Top], int]:
    asked, gone = snapshot.asked, snapshot.gone
    while True:
        pairs, count = _pairs(snapshot, vectors, gone)
        found = _read(snapshot, np.unique(pairs.ids))
        missing = np.setdiff1d(pairs.ids, found.ids)
        if not len(missing):
            break
        gone = np.concatenate([gone, missing])
    tops = _tops(asked, vectors, pairs, found)
    for block in fresh:
        for top, vector in zip(tops, vectors, strict=True):
            top.add(block.ids, scores(asked.metric, block.matrix, vector))
    return tops, count + sum(len(block.ids) for block in fresh)


def _pairs(snapshot: Snapshot, vectors: Float64, gone: Ids) -> tuple[Candidates, int]:
    parts, largest = parts_of(snapshot, gone)
    wanted = [wanted_of(snapshot.asked, encode_query(vector), largest) for vector in vectors]
    pairs = batch_candidates(parts, wanted, threads())
    return pairs, sum(part.counted for part in parts)


def _read(snapshot: Snapshot, ids: Ids) -> rows.Rows:
    """Read candidates, each once, in order of id."""
    asked = snapshot.asked
    found = rows.of_ids(snapshot.connection, asked.model_id, asked.dim, keys.written(ids))
    order = np.argsort(found.ids)
    return rows.Rows(found.ids[order], found.matrix[order])


def _tops(asked: Question, vectors: Float64, pairs: Candidates, found: rows.Rows) -> list[Top]:
    """Score each query's candidates."""
    order = np.argsort(pairs.query, kind="stable")
    queries, ids = pairs.query[order], pairs.ids[order]
    bounds = np.searchsorted(queries, np.arange(len(vectors) + 1))
    tops = []
    for number, vector in enumerate(vectors):
        own = ids[bounds[number] : bounds[number + 1]]
        at, _ = keys.places(found.ids, own)
        true = scores(asked.metric, found.matrix[at], vector)
        chosen = best(own, true, asked.k, asked.floor)
        tops.append(Top(asked.k, asked.floor, own[chosen], true[chosen]))
    return tops
