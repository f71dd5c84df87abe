"""Index: a model's codes in this process's memory, in step with whatever state of the file is read.

Blocks never change, so what is loaded stays good; each search asks the file which blocks there are, which of their
rows are dead and which changed since, all in its own snapshot, and looks at just those rows.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from localstore.connection import Connection
from localstore.vectors import blocks
from localstore.vectors.blocks import Block, State
from localstore.vectors.codes import Bits, Estimate, Float32, Float64, Ids, Int8, estimate, words_of

Mask = NDArray[np.bool_]
AHEAD = 3
"""Blocks in memory at once when none is kept."""
MERGED = 8
"""Pieces beyond which they are read anew as one: each costs a search some microseconds."""


@dataclass
class Piece:
    """Blocks loaded together: arrays over all their rows; ``codes`` or ``bits`` when they were asked for."""

    blocks: tuple[Block, ...]
    dim: int
    ids: Ids
    scales: Float32
    losses: Float32
    norms: Float64
    codes: Int8 | None = None
    bits: Bits | None = None
    _estimates: dict[str, Estimate] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def estimate(self, metric: str) -> Estimate:
        """Return the rows' share of the estimates, worked out once."""
        if metric not in self._estimates:
            self._estimates[metric] = estimate(metric, self.scales, self.losses, self.norms)
        return self._estimates[metric]

    @cached_property
    def _scoreless(self) -> dict[bool, Mask | None]:
        bad = np.isnan(self.norms)
        masks = {True: bad | (self.norms == 0), False: bad}
        return {cosine: mask if mask.any() else None for cosine, mask in masks.items()}

    def scoreless(self, metric: str) -> Mask | None:
        """Which rows have no score: those that are not finite, and zero vectors by cosine; None when none is."""
        return self._scoreless[metric == "cosine"]

    @cached_property
    def largest(self) -> float:
        """The largest norm."""
        return float(np.nan_to_num(self.norms).max(initial=0.0))

    @cached_property
    def _order(self) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
        low = _low(self.ids)
        order = np.argsort(low)
        return low[order], order

    def rows_of(self, wanted: Ids) -> NDArray[np.intp]:
        """Return every row that has one of these ids."""
        if not len(wanted):
            return np.empty(0, dtype=np.intp)
        low, order = self._order
        first, end = (np.searchsorted(low, _low(wanted), side=side) for side in ("left", "right"))
        counts = end - first
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found = order[np.repeat(first, counts) + within]
        rows: NDArray[np.intp] = found[self.ids[found] == np.repeat(wanted, counts)]
        return rows


def _low(ids: Ids) -> NDArray[np.uint64]:
    """Return the last eight bytes of ids: random in every kind of UUID made here."""
    pairs = np.frombuffer(np.ascontiguousarray(ids).tobytes(), dtype=">u8").reshape(-1, 2)
    return pairs[:, 1].astype(np.uint64)


@dataclass(frozen=True)
class View:
    """What one snapshot holds: pieces, and which of their rows count (None: all)."""

    generation: str
    pieces: tuple[Piece, ...]
    alive: tuple[Mask | None, ...]

    @property
    def largest(self) -> float:
        """The largest norm."""
        return max((piece.largest for piece in self.pieces), default=0.0)

    @property
    def rows(self) -> int:
        """How many rows count."""
        return sum(
            len(p) if a is None else int(np.count_nonzero(a)) for p, a in zip(self.pieces, self.alive, strict=True)
        )

    def without(self, ids: Ids) -> tuple[Mask | None, ...]:
        """Return which rows count when those with these ids do not."""
        if not len(ids):
            return self.alive
        found: list[Mask | None] = []
        for piece, alive in zip(self.pieces, self.alive, strict=True):
            rows = piece.rows_of(ids)
            if len(rows):
                alive = np.ones(len(piece), dtype=np.bool_) if alive is None else alive.copy()
                alive[rows] = False
            found.append(alive)
        return tuple(found)


class Index:
    """One model's codes in memory; searches of several threads share it."""

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        self.asked = 0
        """Searches so far: the first reads the file as it goes and keeps nothing."""
        self._lock = threading.Lock()
        self._pieces: tuple[Piece, ...] = ()
        self._view: View | None = None

    def view(self, connection: Connection, state: State, *, codes: bool, bits: bool) -> View:
        """Return the pieces of the caller's snapshot, loading what is not here yet; CodesDamaged."""
        with self._lock:
            view = self._view
            if view is None or view.generation != state.generation:
                view = self._fresh(connection, state)
            for piece in view.pieces:
                if codes and piece.codes is None:
                    piece.codes = _load_codes(connection, piece)
                if bits and piece.bits is None:
                    piece.bits = _load_bits(connection, piece)
            self._view = view
            return view

    def forget(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._pieces, self._view = (), None

    def _fresh(self, connection: Connection, state: State) -> View:
        there, dead = blocks.verified(connection, state)
        listed = {block.id: block for block in there}
        kept = [piece for piece in self._pieces if any(listed.get(block.id) == block for block in piece.blocks)]
        known = {block.id for piece in kept for block in piece.blocks}
        new = [block for pk, block in listed.items() if pk not in known]
        if len(kept) >= MERGED or 2 * sum(len(piece) for piece in kept) < sum(block.count for block in new):
            kept, new = [], list(listed.values())
        if new:
            kept.append(_load(connection, new, state.dim))
        self._pieces = tuple(kept)
        alive = tuple(_alive(piece, listed, dead) for piece in kept)
        return View(state.generation, tuple(kept), alive)


def _alive(piece: Piece, listed: dict[int, Block], dead: dict[int, bytes]) -> Mask | None:
    """Return which rows of a piece are in the snapshot and not dead."""
    if all(block.id in listed and block.id not in dead for block in piece.blocks):
        return None
    found = [
        ~blocks.unpacked(dead.get(block.id), block.count)
        if listed.get(block.id) == block
        else np.zeros(block.count, dtype=np.bool_)
        for block in piece.blocks
    ]
    return np.concatenate(found)


# -- loading ----------------------------------------------------------------------------------------------------


def _load(connection: Connection, several: Sequence[Block], dim: int) -> Piece:
    """Load what every search needs: ids, scales, losses, norms."""
    facts = [blocks.read_facts(connection, block) for block in several]
    scales, losses, norms = (np.concatenate(column) for column in zip(*facts, strict=True))
    ids = np.concatenate([blocks.read_ids(connection, block) for block in several])
    return Piece(tuple(several), dim, ids, scales, losses, norms)


def _load_codes(connection: Connection, piece: Piece) -> Int8:
    found = np.empty((len(piece), piece.dim), dtype=np.int8)
    whole = _bytes_of(found)
    at = 0
    for block in piece.blocks:
        size = block.count * piece.dim
        blocks.read_into(connection, block, "codes", whole[at : at + size])
        at += size
    return found


def _bytes_of(array: Int8) -> memoryview:
    return memoryview(array.reshape(-1)).cast("B")  # type: ignore[arg-type]


def _load_bits(connection: Connection, piece: Piece) -> Bits:
    found = np.empty((words_of(piece.dim), len(piece)), dtype=np.uint64)
    at = 0
    for block in piece.blocks:
        found[:, at : at + block.count] = blocks.read_bits(connection, block, piece.dim)
        at += block.count
    return found


# -- without keeping --------------------------------------------------------------------------------------------


class Passing(NamedTuple):
    """A block on its way through: what a scan needs of it, in memory that the next one takes over."""

    block: Block
    ids: Ids
    scales: Float32
    losses: Float32
    norms: Float64
    codes: Int8


def passing(connection: Connection, several: Sequence[Block], dim: int) -> Generator[Passing]:
    """Yield blocks one by one, the next being read while one is looked at; CodesDamaged."""
    most = max((block.count for block in several), default=0)
    free: SimpleQueue[Int8 | None] = SimpleQueue()
    ready: SimpleQueue[tuple[Passing, Int8] | BaseException] = SimpleQueue()
    for _ in range(AHEAD):
        free.put(np.empty((most, dim), dtype=np.int8))
    # a thread of its own: importing a pool of them takes longer than reading a small model's codes
    reader = Thread(target=_read_ahead, args=(connection, several, free, ready), name="localstore-read", daemon=True)
    reader.start()
    try:
        for _ in several:
            found = ready.get()
            if isinstance(found, BaseException):
                raise found
            blocks.check(found[0].block, "codes", _bytes_of(found[0].codes))  # beside the reading
            yield found[0]
            free.put(found[1])
    finally:
        free.put(None)
        reader.join()  # a connection is not to be used by two at once


def _read_ahead(
    connection: Connection,
    several: Sequence[Block],
    free: SimpleQueue[Int8 | None],
    ready: SimpleQueue[tuple[Passing, Int8] | BaseException],
) -> None:
    try:
        for block in several:
            memory = free.get()
            if memory is None:
                return
            codes = memory[: block.count]
            blocks.read_unchecked(connection, block, "codes", _bytes_of(codes))
            facts = blocks.read_facts(connection, block)
            ready.put((Passing(block, blocks.read_ids(connection, block), *facts, codes), memory))
    except BaseException as error:
        ready.put(error)
