"""Selection: the vectors of one model of a store, with the titles and texts they stand for, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from localstore import values
from localstore.errors import TransferError
from localstore.transfer.vector_rows import VectorBlock, rows_at_once

if TYPE_CHECKING:
    from localstore.connection import Connection

CHUNK = 500
"""Rows with texts read at once: few enough that long texts stay within bounds."""
_TARGET = "COALESCE(e.content_id, json_extract(e.meta_data, '$.content_id'), e.item_id)"
_CONTENT = "COALESCE(e.content_id, json_extract(e.meta_data, '$.content_id'))"
_VECTORS = "FROM json_each(?) j CROSS JOIN embeddings e ON e.id = j.value"
_HOLDERS = (
    f"{_VECTORS} LEFT JOIN contents c ON c.id = {_CONTENT} LEFT JOIN items i ON i.id = COALESCE(c.item_id, e.item_id)"
)


class Selection:
    """The rows of a model for which a condition over ``embeddings t`` holds, in order of id.

    All is read through one connection, so from one state of the file. Raises TransferError when there is none, or
    when other programs wrote vectors of several lengths.
    """

    def __init__(
        self,
        connection: Connection,
        model: tuple[str, str],
        condition: str,
        bindings: Sequence[Any],
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._connection = connection
        self._progress = progress
        model_id, self.model = model
        self._rows = f"FROM embeddings t WHERE t.model_id = ? AND {condition}"
        self._bindings = (model_id, *bindings)
        self.count, shortest, self.dim = self._row("count(*), min(dim), max(dim)")
        if not self.count:
            raise TransferError(f"no vector of {self.model} fits: embed first, or ask for less with the filter")
        if shortest != self.dim:
            raise TransferError(
                f"vectors of {self.model} have {shortest:,} and {self.dim:,} numbers: run localstore check"
            )

    def _row(self, columns: str) -> Any:
        return self._connection.execute(f"SELECT {columns} {self._rows}", self._bindings).fetchone()

    def longest(self) -> tuple[int, int]:
        """Return the characters of the longest title and of the longest text."""
        found: Any = self._connection.execute(
            "SELECT max(length(i.title)), max(length(c.text))"
            f" FROM (SELECT t.id AS value {self._rows}) j CROSS JOIN {_HOLDERS.partition('CROSS JOIN ')[2]}",
            self._bindings,
        ).fetchone()
        return found[0] or 0, found[1] or 0

    def blocks(self, *, vectors: bool = True, texts: bool = True) -> Iterator[VectorBlock]:
        """Yield all rows, as many at once as memory has room for."""
        done, step = 0, rows_at_once(4 * self.dim if vectors else 400)
        for chunk in self._chunks(min(step, CHUNK) if texts else step):
            found = self._block(chunk, vectors=vectors, texts=texts)
            yield found
            done += len(found.ids)
            if vectors and self._progress:
                self._progress(done, self.count)

    def _chunks(self, size: int) -> Iterator[list[str]]:
        chunk: list[str] = []
        for (pk,) in self._connection.execute(f"SELECT t.id {self._rows} ORDER BY t.id", self._bindings):
            chunk.append(pk)
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _block(self, chunk: list[str], *, vectors: bool, texts: bool) -> VectorBlock:
        columns = [_TARGET, *(["e.vector"] if vectors else []), *(["i.title, c.text, i.type"] if texts else [])]
        sql = f"SELECT j.key, {', '.join(columns)} {_HOLDERS if texts else _VECTORS}"
        rows = sorted(self._connection.execute(sql, (values.to_json(chunk),)), key=lambda row: int(row[0]))
        taken = list(zip(*rows, strict=True))[1:]
        block = VectorBlock(ids=taken.pop(0))
        if vectors:
            block.matrix = self._matrix(taken.pop(0))
        if texts:
            block.titles, block.texts, block.types = ([value or "" for value in column] for column in taken)
        return block

    def _matrix(self, blobs: Sequence[bytes]) -> Any:
        import numpy

        return numpy.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), self.dim)


def only_model(connection: Connection) -> str:
    """Return the id of the only model that has vectors; raises TransferError, naming them, for none or several."""
    sql = (
        "SELECT id, provider, name, version FROM ai_models m"
        " WHERE EXISTS (SELECT 1 FROM embeddings WHERE model_id = m.id) ORDER BY provider, name, version"
    )
    rows: list[Any] = connection.execute(sql).fetchall()
    if not rows:
        raise TransferError("there are no vectors here: make some with localstore embed, or import them")
    if len(rows) > 1:
        shown = ", ".join(spelled(row) for row in rows[:12])
        raise TransferError(f"there are vectors of several models ({shown}): say which with --model")
    return str(rows[0][0])


def spelled(row: Sequence[Any]) -> str:
    """Return ``provider/name@version`` of an id and the three."""
    _, provider, name, version = row
    return f"{provider}/{name}@{version}" if version else f"{provider}/{name}"
