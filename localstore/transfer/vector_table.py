"""A table of vectors: a matrix and the columns beside it, read together block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from localstore.transfer.format import ReadOptions
from localstore.transfer.vector_arrays import ArrayRows, RowNumbers
from localstore.transfer.vector_rows import Vectors, rows_at_once

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Taken(Protocol):
    """A column of texts, taken from the first on."""

    def take(self, count: int) -> Sequence[str | None]:
        """Return the next *count* texts."""


@dataclass(slots=True)
class VectorTable:
    """A matrix of ``rows`` rows and what stands beside it; ``row_bytes`` counts a row of all of it."""

    place: str
    rows: int
    row_bytes: int
    matrix: ArrayRows
    keys: Taken = field(default_factory=RowNumbers)
    texts: Taken | None = None
    titles: Taken | None = None
    others: dict[str, ArrayRows] = field(default_factory=dict)
    model: str = ""

    def read(self, options: ReadOptions) -> Iterator[Vectors]:
        """Yield all rows, as many at once as memory has room for."""
        from localstore.vectors.incoming.stream import VectorBatch

        step = rows_at_once(self.row_bytes)
        for first in range(0, self.rows, step):
            count = min(step, self.rows - first)
            batch = VectorBatch(
                keys=[key or "" for key in self.keys.take(count)],
                matrix=self.matrix.take(count),
                texts=self.texts.take(count) if self.texts else None,
                titles=self.titles.take(count) if self.titles else None,
                metadata=self._metadata(count),
                place=self.place,
                first=first,
            )
            options.report.records += count
            yield Vectors(batch, self.model)

    def _metadata(self, count: int) -> list[Mapping[str, Any] | None] | None:
        if not self.others:
            return None
        names = list(self.others)
        columns = [_plain(rows.take(count)) for rows in self.others.values()]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _plain(column: NDArray[Any]) -> list[Any]:
    """Return a column as JSON values; a number that is none becomes null."""
    values: list[Any] = column.tolist()
    if column.dtype.kind == "S":
        return [value.decode("utf-8", "replace") for value in values]
    if column.dtype.kind == "f":
        return [value if value - value == 0 else None for value in values]
    return values
