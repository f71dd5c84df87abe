"""Parquet (parquet.apache.org): one vector a row, a list of floats, with any other columns beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from localstore.errors import TransferError
from localstore.transfer.destination import writing
from localstore.transfer.format import STREAM, Format, ReadOptions, WriteOptions, refused
from localstore.transfer.sample import Sample
from localstore.transfer.vector_parquet import (
    ParquetColumns,
    arrow,
    matrix_of,
    opened_parquet,
    parquet_columns,
    plain,
    shards,
    usual_length,
)
from localstore.transfer.vector_rows import VectorBlock, VectorRead, VectorRows, Vectors, rows_at_once

MAGIC = b"PAR1"


def recognise(sample: Sample) -> int:
    """A file that begins as Parquet does, or a folder of nothing but such files."""
    if sample.kind == "folder":
        return 30 if sample.members else 0
    if sample.kind != "file":
        return 0
    return 90 if sample.head.startswith(MAGIC) else 5 if sample.path.suffix.lower() == ".parquet" else 0


def read(source: Path, options: ReadOptions) -> Iterator[VectorRead]:
    """Yield the vectors of a file, or of all files of a folder or pattern, in bounded memory."""
    if source == STREAM:
        raise TransferError("Parquet cannot be read from a stream: name the file")
    first = 0
    for shard in shards(source):
        with opened_parquet(shard) as opened:
            options.report.files += 1
            options.report.saw_keys(opened.schema_arrow.names)
            yield from _Shard(shard.name, first, options).read(opened)
            first += opened.metadata.num_rows


@dataclass(slots=True)
class _Shard:
    """One file; ``before`` counts the rows of the files before it, so that rows without ids keep their numbers."""

    name: str
    before: int
    options: ReadOptions
    width: int = 0

    def read(self, opened: Any) -> Iterator[VectorRead]:
        columns = parquet_columns(opened.schema_arrow, self.name, self.options)
        if columns.ids is None and not self.before:
            self.options.report.notes.append("no column of ids, so the rows are named by their numbers")
        first = 0
        step = rows_at_once(_row_bytes(opened.metadata))
        for batch in opened.iter_batches(batch_size=step, columns=columns.all, use_threads=False):
            yield from self._batch(batch, columns, first)
            first += batch.num_rows

    def _batch(self, batch: Any, columns: ParquetColumns, first: int) -> Iterator[VectorRead]:
        column = batch.column(columns.vectors)
        column = getattr(column, "storage", column)
        self.width = self.width or usual_length(column)
        matrix, rows, wrong = matrix_of(column, self.width)
        for row, why in wrong.items():
            self.options.report.bad += 1
            yield refused(f"{self.name}:row {first + row}", why)
        if rows:
            kept = batch.take(arrow().array(rows)) if wrong else batch
            yield from self._vectors(kept, columns, matrix, [first + row for row in rows])

    def _vectors(self, batch: Any, columns: ParquetColumns, matrix: Any, rows: list[int]) -> Iterator[Vectors]:
        """Yield rows that stand together and name the same model."""
        from localstore.vectors.incoming.stream import VectorBatch

        keys = _texts(batch, columns.ids)
        texts, titles = _texts(batch, columns.texts), _texts(batch, columns.titles)
        others = _others(batch, columns.others)
        models = _texts(batch, columns.model) or [""] * len(rows)
        self.options.report.records += len(rows)
        for (model, _), group in groupby(range(len(rows)), lambda at: (models[at], rows[at] - at)):
            part = list(group)
            cut = slice(part[0], part[-1] + 1)
            made = VectorBatch(
                keys=[key or "" for key in keys[cut]] if keys else [str(self.before + row) for row in rows[cut]],
                matrix=matrix[cut],
                texts=texts[cut] if texts else None,
                titles=titles[cut] if titles else None,
                metadata=others[cut] if others else None,
                place=self.name,
                first=rows[part[0]],
            )
            yield Vectors(made, model or "")


def _row_bytes(metadata: Any) -> int:
    """Return about how many bytes a row takes when it is unpacked."""
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    return max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=1)


def _texts(batch: Any, name: str | None) -> list[str | None] | None:
    if name is None:
        return None
    values = batch.column(name).to_pylist()
    return [value if value is None or isinstance(value, str) else str(plain(value)) for value in values]


def _others(batch: Any, names: list[str]) -> list[dict[str, Any]] | None:
    """Return the other columns row by row, without the cells that are empty."""
    if not names:
        return None
    columns = [batch.column(name).to_pylist() for name in names]
    return [
        {name: plain(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*columns, strict=True)
    ]


def write(rows: VectorRows, dest: Path, options: WriteOptions) -> int:
    """Write ``id``, ``title``, ``text``, ``model`` and ``embedding`` (fixed_size_list<float32>); return how many."""
    pyarrow = arrow()
    if dest == STREAM:
        raise TransferError("Parquet cannot be written to a stream: name a file")
    vector = pyarrow.list_(pyarrow.field("element", pyarrow.float32(), nullable=False), rows.dim)
    schema = pyarrow.schema([*((name, pyarrow.string()) for name in ("id", "title", "text", "model"))])
    schema = schema.append(pyarrow.field("embedding", vector))
    count = 0
    waiting: list[Any] = []
    with writing(dest, options) as stream, pyarrow.parquet.ParquetWriter(stream, schema, **_STORED) as out:
        for block in rows.blocks():
            waiting.append(_record_batch(block, rows.model, schema))
            count += len(block.ids)
            if sum(batch.nbytes for batch in waiting) >= GROUP_BYTES:
                out.write_table(pyarrow.Table.from_batches(waiting), row_group_size=MAX_GROUP)
                waiting = []
        if waiting:
            out.write_table(pyarrow.Table.from_batches(waiting), row_group_size=MAX_GROUP)
    return count


def _record_batch(block: VectorBlock, model: str, schema: Any) -> Any:
    pyarrow = arrow()
    flat = pyarrow.array(block.matrix.reshape(-1))
    vectors = pyarrow.FixedSizeListArray.from_arrays(flat, type=schema.field("embedding").type)
    texts = [text or None for text in block.texts]
    columns = [list(block.ids), list(block.titles), texts, [model] * len(block.ids)]
    return pyarrow.record_batch([*(pyarrow.array(each, pyarrow.string()) for each in columns), vectors], schema=schema)


GROUP_BYTES, MAX_GROUP = 32 << 20, 1 << 20
"""Bytes, and at most rows, of a row group, which is put together in memory."""
_STORED = {"compression": "zstd", "use_dictionary": ["model"]}
"""Vectors as a dictionary would be larger, and slower to read."""

FORMAT = Format(
    name="parquet",
    summary="vectors in Parquet, one a row; a folder or pattern of files too",
    extensions=(".parquet",),
    recognise=recognise,
    vector_reader=read,
    vector_writer=write,
)
