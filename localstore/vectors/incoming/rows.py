"""Rows on their way in: a batch checked at the door, with the ids that its keys stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

from localstore import values
from localstore.errors import InvalidValue
from localstore.vectors.codes import Ids
from localstore.vectors.incoming.ids import digests
from localstore.vectors.incoming.matrix import Matrix, fault, to_float32
from localstore.vectors.incoming.report import BatchReport

Order = NDArray[numpy.intp]


@dataclass(slots=True)
class Given:
    """Rows as they came; ``numbers`` says which row of the source each is, ``place`` which source."""

    keys: Sequence[Any]
    matrix: NDArray[Any]
    texts: Sequence[Any] | None
    titles: Sequence[Any] | None
    metadata: Sequence[Any] | None
    numbers: Sequence[int]
    place: str

    def at(self, row: int) -> str:
        """Return the place of a row, for messages."""
        return f"{self.place}:row {self.numbers[row]}" if self.place else f"row {self.numbers[row]}"


@dataclass(slots=True)
class Rows:
    """Rows that may be stored: ``own`` tells which keys are ids, ``ids`` what each key stands for.

    An id that is nobody's in the store is read as a key like any other when the row's target is looked for.
    """

    keys: list[str]
    ids: Ids
    own: NDArray[numpy.bool_]
    matrix: Matrix
    texts: list[str | None] | None
    titles: list[str | None] | None
    metadata: list[dict[str, Any] | None] | None
    places: list[str] | None
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.keys)

    def at(self, row: int) -> str:
        """Return the place of a row, for messages."""
        where = f"row {self.numbers[row]}"
        return f"{self.places[row]}:{where}" if self.places and self.places[row] else where

    def take(self, order: Order) -> Rows:
        """Return some of the rows, in an order."""
        at = order.tolist()

        def column(values: list[Any] | None) -> list[Any] | None:
            return None if values is None else [values[row] for row in at]

        return Rows(
            [self.keys[row] for row in at],
            self.ids[order],
            self.own[order],
            self.matrix[order],
            column(self.texts),
            column(self.titles),
            column(self.metadata),
            column(self.places),
            [self.numbers[row] for row in at],
        )


def joined(several: list[Rows]) -> Rows:
    """Return the rows of several batches as one."""
    if len(several) == 1:
        return several[0]
    return Rows(
        [key for one in several for key in one.keys],
        numpy.concatenate([one.ids for one in several]),
        numpy.concatenate([one.own for one in several]),
        numpy.concatenate([one.matrix for one in several]),
        _column(several, "texts"),
        _column(several, "titles"),
        _column(several, "metadata"),
        _column(several, "places"),
        [number for one in several for number in one.numbers],
    )


def _column(several: list[Rows], name: str) -> list[Any] | None:
    if all(getattr(one, name) is None for one in several):
        return None
    return [value for one in several for value in getattr(one, name) or [None] * len(one)]


def check_lengths(given: Given) -> None:
    """Refuse a column that has not one value for each row."""
    rows = len(given.matrix)
    for name in ("keys", "texts", "titles", "metadata"):
        column = getattr(given, name)
        if column is not None and len(column) != rows:
            what = "key" if name == "keys" else "entry"
            message = f"{len(column)} of them for a matrix of {rows} rows: give one {what} a row"
            raise InvalidValue(message, f"{given.place}:{name}" if given.place else name)


def check_rows(given: Given, source: str, report: BatchReport) -> Rows:
    """Return the rows that pass the door; the others are reported, or raised when the report is strict."""
    matrix, unfit = to_float32(given.matrix)
    bad: set[int] = set()
    for row in unfit:
        at, reason = fault(given.matrix[row])
        report.note_bad(f"{given.at(row)}, column {at}", reason)
        bad.add(row)
    checks = ((_key, given.keys), (_text, given.texts), (_title, given.titles), (check_metadata, given.metadata))
    columns = [None if column is None else _checked(check, column, given, report, bad) for check, column in checks]
    if not bad:
        return _rows(matrix, columns, given, source)
    kept = [row for row in range(len(matrix)) if row not in bad]
    columns = [None if column is None else [column[row] for row in kept] for column in columns]
    rows = _rows(matrix[kept], columns, given, source)
    rows.numbers = [given.numbers[row] for row in kept]
    return rows


def _rows(matrix: Matrix, columns: list[Any], given: Given, source: str) -> Rows:
    keys, texts, titles, metadata = columns
    found, own = digests("import", source, keys)
    places = [given.place] * len(keys) if given.place else None
    return Rows(keys, found, own, matrix, texts, titles, metadata, places, given.numbers)


def _checked(check: Any, column: Sequence[Any], given: Given, report: BatchReport, bad: set[int]) -> list[Any]:
    """Return the checked values of a column; rows whose value is refused join the bad ones."""
    try:
        return [check(value) for value in column]
    except InvalidValue:
        pass  # find out which, one by one
    found = []
    for row, value in enumerate(column):
        try:
            found.append(check(value))
        except InvalidValue as error:
            found.append("")
            if row not in bad:
                report.note_bad(given.at(row), str(error))
                bad.add(row)
    return found


def _key(value: object) -> str:
    if isinstance(value, int | numpy.integer) and not isinstance(value, bool):
        return str(int(value))
    key = values.check_text(value, "key", values.MAX_INDEXED)
    if not key:
        raise InvalidValue("an empty text names nothing: give each row a key", "key")
    return key


def _text(value: object) -> str | None:
    return None if value is None or value == "" else values.check_text(value, "text")


def _title(value: object) -> str | None:
    return None if value is None or value == "" else values.check_text(value, "title", values.MAX_INDEXED)


def check_metadata(value: object) -> dict[str, Any] | None:
    """Return a row's metadata as it is stored, without what says where a vector sits: the key says that."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidValue(f"expected an object, got {values.shown(value)}", "metadata")
    checked: dict[str, Any] = values.check_json(dict(value), "metadata")
    checked.pop("content_id", None)
    return checked
