"""Vectors in the SQLite file of another program: opened read-only, blobs of little-endian float32 as matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from localstore.connection import Connection
from localstore.transfer.format import ReadOptions, refused
from localstore.transfer.vector_rows import FEW, VectorRead, Vectors, rows_at_once, usual_width


def columns_of(connection: Connection, table: str) -> list[tuple[str, str]]:
    """Return the visible columns of a table with their declared types; none of a view, for one may never end."""
    sql = (
        "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden = 0 AND EXISTS"
        " (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE)"
    )
    rows = connection.execute(sql, (table, table))
    return [(str(name), str(kind).upper()) for name, kind in rows]


@dataclass(slots=True)
class BlobRows:
    """Rows of ``(key, vector, text, title, *others)``; ``model`` and ``source`` are what the file says of them.

    ``metadata`` makes an object of the others.
    """

    place: str
    metadata: Callable[[Sequence[Any]], dict[str, Any]] | None = None
    model: str = ""
    source: str = ""
    width: int = 0

    def read(self, rows: Iterator[Any], options: ReadOptions) -> Iterator[VectorRead]:
        """Yield the vectors of rows, and a BadRecord for each row without one."""
        first = 0
        while chunk := list(islice(rows, rows_at_once(4 * self.width + 1000) if self.width else FEW)):
            self.width = self.width or usual_width(len(row[1]) // 4 for row in chunk if isinstance(row[1], bytes))
            good = []
            for number, row in enumerate(chunk, first):
                if why := self._problem(row[1]):
                    options.report.bad += 1
                    yield refused(f"{self.place}:row {number} ({str(row[0])[:60]})", why)
                else:
                    good.append((number, row))
            yield from self._together(good, options)
            first += len(chunk)

    def _problem(self, blob: object) -> str:
        """Say why a value is no vector, or return nothing."""
        if not isinstance(blob, bytes):
            return f"expected a BLOB of float32 numbers, got {'nothing' if blob is None else repr(str(blob)[:40])}"
        if not blob or len(blob) % 4:
            return f"{len(blob):,} bytes are no float32 numbers, which have four each"
        if len(blob) != 4 * self.width:
            return f"a vector of {len(blob) // 4:,} numbers, but the others have {self.width:,}"
        return ""

    def _together(self, good: list[tuple[int, Any]], options: ReadOptions) -> Iterator[Vectors]:
        """Yield runs of rows that follow each other, so that each is told of by its number."""
        start = 0
        for at in range(1, len(good) + 1):
            if at == len(good) or good[at][0] != good[at - 1][0] + 1:
                yield self._vectors(good[start][0], [row for _, row in good[start:at]])
                options.report.records += at - start
                start = at

    def _vectors(self, first: int, rows: list[Any]) -> Vectors:
        import numpy

        from localstore.vectors.incoming.stream import VectorBatch

        raw = numpy.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")
        batch = VectorBatch(
            keys=["" if row[0] is None else _text(row[0]) for row in rows],
            matrix=raw.reshape(len(rows), -1),
            texts=[None if row[2] is None else _text(row[2]) for row in rows],
            titles=[None if row[3] is None else _text(row[3]) for row in rows],
            metadata=[self.metadata(row[4:]) for row in rows] if self.metadata else None,
            place=self.place,
            first=first,
        )
        return Vectors(batch, self.model, self.source)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
