"""Putting many vectors at once: everything is checked first, then stored in short transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy
from numpy.typing import NDArray

from localstore.errors import InvalidValue
from localstore.vectors.codes import Ids
from localstore.vectors.incoming.matrix import as_keys, as_matrix, to_float32
from localstore.vectors.incoming.repeats import Repeats
from localstore.vectors.incoming.report import BatchReport, PutReport
from localstore.vectors.incoming.rows import Given, Rows, check_lengths, check_metadata, check_rows
from localstore.vectors.incoming.stream import DEFAULT_SOURCE, Incoming

if TYPE_CHECKING:
    from localstore.store import Store

ROWS, NUMBERS = 8_192, 4_000_000
"""Rows, and numbers in them, that are in memory at once."""
UNDOABLE_ROWS, UNDOABLE_NUMBERS = 1_000, 1_000_000
"""What one undo entry may hold: replaced vectors are kept in it."""


def put(
    store: Store,
    model: str,
    keys: Sequence[str] | NDArray[Any],
    matrix: Any,
    *,
    texts: Sequence[str | None] | None = None,
    titles: Sequence[str | None] | None = None,
    metadata: Sequence[Mapping[str, Any] | None] | None = None,
    create: bool = True,
    source: str = DEFAULT_SOURCE,
    progress: Callable[[int, int], None] | None = None,
) -> PutReport:
    """Store the vectors of *matrix*, shape (n, d), under *keys*; see ``Embeddings.put``."""
    with Incoming(store, model, source=source, create=create, strict=True) as incoming:
        given = _given(keys, matrix, texts, titles, metadata)
        rows, done = len(given.matrix), 0
        if not rows:
            return incoming.report
        incoming.check_width(given.matrix.shape[1])
        door = _checked(given, incoming.source)
        incoming.undo = rows <= UNDOABLE_ROWS and given.matrix.size <= UNDOABLE_NUMBERS
        order = numpy.argsort(door.ids, kind="stable")
        for some in _blocks(given, order):
            incoming.write(_part(given, some, door))
            done += len(some)
            if progress:
                progress(done, rows)
    return incoming.report


def _blocks(given: Given, order: NDArray[numpy.intp]) -> Iterator[NDArray[numpy.intp]]:
    """Cut an order of rows into pieces that take a bounded memory."""
    length = min(max(NUMBERS // given.matrix.shape[1], 1), ROWS)
    for at in range(0, len(order), length):
        yield order[at : at + length]


def _given(keys: Any, matrix: Any, texts: Any, titles: Any, metadata: Any) -> Given:
    found = as_matrix(matrix)
    columns = [None if column is None else as_keys(column) for column in (texts, titles, metadata)]
    given = Given(as_keys(keys), found, columns[0], columns[1], columns[2], range(len(found)), "")
    check_lengths(given)
    return given


class _Door(NamedTuple):
    """What all keys stand for, once every row has passed."""

    keys: list[str]
    ids: Ids
    own: NDArray[numpy.bool_]


def _checked(given: Given, source: str) -> _Door:
    """Check all rows, block by block, before the first is written."""
    repeats, parts = Repeats(), []
    for some in _blocks(given, numpy.arange(len(given.matrix))):
        start, stop = int(some[0]), int(some[-1]) + 1
        rows = check_rows(_slice(given, start, stop), source, BatchReport(strict=True))
        for row, first in repeats.add(rows.ids, rows.numbers):
            key = rows.keys[row]
            raise InvalidValue(f"the key {key!r} stands in row {first} and in row {start + row}: give it once", "keys")
        parts.append(_Door(rows.keys, rows.ids, rows.own))
    keys = [key for part in parts for key in part.keys]
    return _Door(keys, numpy.concatenate([p.ids for p in parts]), numpy.concatenate([p.own for p in parts]))


def _slice(given: Given, start: int, stop: int) -> Given:
    """Return some rows in a row, of a mapped file without reading the others."""
    texts, titles, metadata = (
        column[start:stop] if column is not None else None for column in (given.texts, given.titles, given.metadata)
    )
    numbers = range(start, stop)
    return Given(given.keys[start:stop], given.matrix[start:stop], texts, titles, metadata, numbers, given.place)


def _part(given: Given, some: NDArray[numpy.intp], door: _Door) -> Rows:
    """Return some of the rows that passed the door."""
    at = some.tolist()
    matrix, _ = to_float32(given.matrix[some])
    texts, titles = (column and [column[row] for row in at] for column in (given.texts, given.titles))
    metadata = given.metadata and [check_metadata(given.metadata[row]) for row in at]
    keys = [door.keys[row] for row in at]
    return Rows(keys, door.ids[some], door.own[some], matrix, texts, titles, metadata, None, at)  # type: ignore[arg-type]
