"""Approximate: the nearest of one query among the rows whose sign bits differ least from its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from localstore.vectors import keys, scan
from localstore.vectors.codes import Bits, Float64, Ids, encode_query, sign_bits, whole_factors
from localstore.vectors.exact import rescore
from localstore.vectors.index import Mask, Piece, View
from localstore.vectors.snapshot import Cancelled, Snapshot, Top, check, score

RESCORED = 400
"""Rows of the smallest Hamming distances that are looked at again, at least."""
SPARE = 10
"""Rows beyond twice as many as are wanted whose own numbers are read."""
Near = tuple[NDArray[np.intp], NDArray[np.uint16]]


def approximate(snapshot: Snapshot, vector: Float64, cancelled: Cancelled | None, *, keep: bool) -> tuple[Top, int]:
    """Return the nearest among the rows whose sign bits differ least from the query's, and how many were compared."""
    asked = snapshot.asked
    assert snapshot.state is not None and asked.k is not None
    view = snapshot.view(codes=keep, bits=True)
    opened = snapshot.open(view, snapshot.gone)
    norm = np.sqrt(np.square(vector).sum())
    bits = sign_bits(vector[None, :], np.array([norm]), snapshot.state.mean)[:, 0]
    wanted = max(RESCORED, 40 * asked.k)
    top = Top(asked.k, asked.floor)
    compared = sum(score(top, found, vector, asked) for found in snapshot.fresh())
    found = [_closest(piece, bits, mask, wanted) for piece, mask in zip(view.pieces, opened, strict=True)]
    check(cancelled)
    chosen = _refined(snapshot, view, found, vector) if keep else _least(view, found, wanted)
    rescore(snapshot, chosen, vector, top, cancelled)
    return top, compared + view.rows


def _closest(piece: Piece, bits: Bits, mask: Mask | None, wanted: int) -> Near:
    assert piece.bits is not None
    return scan.nearest_bits(piece.bits, bits, mask, wanted)


def _least(view: View, found: list[Near], wanted: int) -> Ids:
    """Return the ids of about *wanted* rows of the smallest distances of all pieces."""
    ids = np.concatenate([piece.ids[near] for piece, (near, _) in zip(view.pieces, found, strict=True)] or [keys.EMPTY])
    distances = np.concatenate([distance for _, distance in found] or [np.empty(0, dtype=np.uint16)])
    if len(ids) <= wanted:
        return ids
    limit = np.partition(distances, wanted - 1)[wanted - 1]
    near: Ids = ids[distances <= limit][: 2 * wanted]
    return near


def _refined(snapshot: Snapshot, view: View, found: list[Near], vector: Float64) -> Ids:
    """Return the ids of the best of these by their int8 codes, some more than are wanted."""
    asked = snapshot.asked
    assert asked.k is not None
    weights = whole_factors(asked.metric, encode_query(vector), asked.dim, view.largest)
    columns = []
    for piece, (near, _) in zip(view.pieces, found, strict=True):
        assert piece.codes is not None
        share = piece.estimate(asked.metric).taken(near)
        keyed = scan.products(piece.codes[near], vector) * share.gain * weights.gain
        columns.append(keyed if share.offset is None else keyed + share.offset)
    ids = np.concatenate([piece.ids[near] for piece, (near, _) in zip(view.pieces, found, strict=True)] or [keys.EMPTY])
    wanted = 2 * asked.k + SPARE
    if len(ids) <= wanted:
        return ids
    keyed = np.concatenate(columns)
    best: Ids = ids[np.argpartition(keyed, len(ids) - wanted)[len(ids) - wanted :]]
    return best
