"""One array of vectors (``numpy.save``), its ids in a file beside it, or else the numbers of its rows.

``NAME.npy`` goes with ``NAME.ids.npy`` or ``NAME_ids.npy`` (texts or whole numbers), the same names in ``.txt`` (an
id a line), or ``NAME.jsonl`` (an object a line, with ``id`` and, if wanted, ``title``, ``text`` and any other key).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from localstore.errors import TransferError
from localstore.transfer.destination import writing
from localstore.transfer.format import STREAM, Format, ReadOptions, WriteOptions
from localstore.transfer.sample import Sample
from localstore.transfer.vector_arrays import (
    MAGIC,
    PICKLE,
    ArrayRows,
    ArrayShape,
    ArrayTexts,
    check_matrix,
    check_texts,
    read_shape,
)
from localstore.transfer.vector_beside import Lines, LineTexts, beside
from localstore.transfer.vector_rows import VectorRows, Vectors
from localstore.transfer.vector_savez import write_ids, write_matrix
from localstore.transfer.vector_table import VectorTable


def recognise(sample: Sample) -> int:
    """A file that begins as an array, or one that says so by its name."""
    if sample.kind != "file":
        return 0
    if sample.head.startswith(MAGIC):
        return 95
    named = sample.path.suffix.lower() in (".npy", ".pkl", ".pickle")
    return 40 if named and sample.head.startswith(PICKLE) else 5 if sample.path.suffix.lower() == ".npy" else 0


def read(source: Path, options: ReadOptions) -> Iterator[Vectors]:
    """Yield the vectors with the ids that stand beside the file, in bounded memory."""
    if source == STREAM:
        raise TransferError("an .npy cannot be read from a stream: name the file")
    try:
        with ExitStack() as stack:
            matrix, shape = _opened(stack, source)
            check_matrix(shape)
            options.report.files += 1
            rows = shape.shape[0]
            table = VectorTable(source.name, rows, shape.row_bytes, ArrayRows(matrix, shape))
            _put_beside(table, stack, source, options)
            yield from table.read(options)
    except OSError as error:
        raise TransferError(f"{source}: cannot be read ({error.strerror or error})") from None


def _opened(stack: ExitStack, path: Path) -> tuple[BinaryIO, ArrayShape]:
    stream = stack.enter_context(path.open("rb"))
    shape = read_shape(stream, path.name)
    there = path.stat().st_size - stream.tell()
    if not shape.dtype.hasobject and there < shape.size:
        raise TransferError(f"{path.name} is cut off: it needs {shape.size:,} bytes and has {there:,}: copy it again")
    return stream, shape


def _put_beside(table: VectorTable, stack: ExitStack, source: Path, options: ReadOptions) -> None:
    """Give the table the ids of the file beside it."""
    found = beside(source)
    if found is None:
        options.report.notes.append("no file of ids beside it, so the rows are named by their numbers")
        return
    options.report.notes.append(f"ids from {found.name}")
    if found.suffix == ".npy":
        stream, shape = _opened(stack, found)
        check_texts(shape, table.rows)
        table.keys = ArrayTexts(ArrayRows(stream, shape), found.name)
        table.row_bytes += shape.row_bytes
        return
    lines = Lines(stack.enter_context(found.open("rb")), found.name, table.rows)
    if found.suffix == ".txt":
        table.keys = lines
    else:
        documents = LineTexts(lines, options)
        table.keys, table.titles, table.texts = documents.ids, documents.titles, documents.texts


def write(rows: VectorRows, dest: Path, options: WriteOptions) -> int:
    """Write ``NAME.npy`` and ``NAME.ids.npy``; return how many vectors."""
    if dest == STREAM:
        raise TransferError("an .npy and its ids are two files: name one instead of -")
    ids = dest.with_name(f"{dest.name.removesuffix('.npy')}.ids.npy")
    with writing(dest, options) as matrix, writing(ids, options) as out:
        count = write_matrix(matrix, rows)
        write_ids(out, rows)
    options.notes.append(f"ids are in {ids.name}; the model is not in the files: give --model to import them")
    return count


FORMAT = Format(
    name="npy",
    summary="vectors in one array of numpy, ids in NAME.ids.npy",
    extensions=(".npy",),
    recognise=recognise,
    vector_reader=read,
    vector_writer=write,
)
