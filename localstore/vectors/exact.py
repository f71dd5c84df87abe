"""Exact: the nearest of one query by int8 codes and their bounds.

Codes say which rows can be among the nearest, their float32 rows which are. Rows noted since the codes were written
are looked at by themselves; a row that the codes know and the table does not is left out, and the scan repeated.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

import numpy as np

from localstore.connection import Connection
from localstore.vectors import blocks, keys, rows, scan
from localstore.vectors.codes import Float64, Ids, Query, encode_query, estimate, factors, whole_factors
from localstore.vectors.index import passing
from localstore.vectors.question import Question, threads
from localstore.vectors.scores import key_floor, scores
from localstore.vectors.snapshot import FETCHED, Cancelled, Snapshot, Top, check, score


def coded(snapshot: Snapshot, vector: Float64, cancelled: Cancelled | None, *, keep: bool) -> tuple[Top, int]:
    """Return the nearest by int8 codes and their bounds, exactly, and how many rows were compared."""
    asked, query = snapshot.asked, encode_query(vector)
    top = Top(asked.k, asked.floor)
    compared = sum(score(top, found, vector, asked) for found in snapshot.fresh())
    gone = snapshot.gone
    while True:
        chosen, count = (_in_memory if keep else _in_passing)(snapshot, query, gone, cancelled)
        missing = rescore(snapshot, chosen, vector, top, cancelled)
        if not len(missing):
            return top, compared + count
        gone = np.concatenate([gone, missing])
        top = Top(asked.k, asked.floor)
        for found in snapshot.fresh():
            score(top, found, vector, asked)


def rescore(snapshot: Snapshot, chosen: Ids, vector: Float64, top: Top, cancelled: Cancelled | None) -> Ids:
    """Score candidates by their rows; return the ids of those that have none."""
    asked = snapshot.asked
    missing = []
    for at in range(0, len(chosen), FETCHED):
        check(cancelled)
        some = chosen[at : at + FETCHED]
        found = rows.of_ids(snapshot.connection, asked.model_id, asked.dim, keys.written(some))
        top.add(found.ids, scores(asked.metric, found.matrix, vector))
        if len(found.ids) < len(some):
            missing.append(some[~keys.among(some, np.sort(found.ids))])
    return np.concatenate(missing) if missing else keys.EMPTY


def _in_memory(snapshot: Snapshot, query: Query, gone: Ids, cancelled: Cancelled | None) -> tuple[Ids, int]:
    parts, largest = parts_of(snapshot, gone)
    check(cancelled)
    found = scan.candidates(parts, wanted_of(snapshot.asked, query, largest), threads())
    return found, sum(part.counted for part in parts)


def parts_of(snapshot: Snapshot, gone: Ids) -> tuple[list[scan.Part], float]:
    """Return the codes in memory as parts to scan, less what is *gone*, and the largest norm."""
    view = snapshot.view(codes=True)
    parts = []
    for piece, mask in zip(view.pieces, snapshot.open(view, gone), strict=True):
        assert piece.codes is not None
        parts.append(scan.Part(piece.ids, piece.codes, piece.estimate(snapshot.asked.metric), mask))
    return parts, view.largest


def _in_passing(snapshot: Snapshot, query: Query, gone: Ids, cancelled: Cancelled | None) -> tuple[Ids, int]:
    """Scan the blocks as they are read, and keep nothing."""
    asked = snapshot.asked
    gone = np.sort(gone)
    assert snapshot.state is not None
    listed, dead = blocks.verified(snapshot.connection, snapshot.state)
    allowed = snapshot.wanted.ids(snapshot.connection, asked.model_id) if snapshot.wanted else None
    largest = _largest(snapshot.connection, listed) if asked.metric == "l2" else 0.0
    count = snapshot.zeros = 0

    def parts() -> Generator[scan.Part]:
        nonlocal count
        with closing(passing(snapshot.connection, listed, asked.dim)) as blocks_read:
            for each in blocks_read:
                check(cancelled)
                counts = ~(blocks.unpacked(dead.get(each.block.id), each.block.count) | keys.among(each.ids, gone))
                if allowed is not None:
                    counts &= keys.among(each.ids, allowed)
                scored = each.norms > 0 if asked.metric == "cosine" else ~np.isnan(each.norms)
                snapshot.zeros += int(np.count_nonzero(counts & ~scored))
                counts &= scored
                number = int(np.count_nonzero(counts))
                count += number
                share = estimate(asked.metric, each.scales, each.losses, each.norms)
                opened = None if number == len(each.ids) else counts
                yield scan.Part(each.ids, each.codes, share, opened)

    found = scan.candidates(parts(), wanted_of(asked, query, largest), 1)
    return found, count


def _largest(connection: Connection, listed: list[blocks.Block]) -> float:
    """Return the largest norm of all rows: what float64 loses of a distance depends on it."""
    norms = (blocks.read_facts(connection, block)[2] for block in listed)
    return max((float(np.nan_to_num(found).max()) for found in norms), default=0.0)


def wanted_of(asked: Question, query: Query, largest: float) -> scan.Wanted:
    """Return what a scan looks for; *largest* is the largest norm of the rows."""
    coded = factors(asked.metric, query, asked.dim, largest)
    whole = whole_factors(asked.metric, query, asked.dim, largest)
    return scan.Wanted(query, coded, whole, asked.k, floor_of(asked, query))


def floor_of(asked: Question, query: Query) -> float:
    """Return the least key that is wanted."""
    return key_floor(asked.metric, asked.floor, query.norm)
