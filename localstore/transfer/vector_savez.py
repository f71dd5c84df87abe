"""Writing arrays of numpy block by block, alone or as members of an ``.npz``; the same rows give the same bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from localstore.transfer.destination import writing
from localstore.transfer.format import WriteOptions
from localstore.transfer.vector_rows import VectorRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

ID_LENGTH = 36
PADDED = 1 << 30
"""Bytes of the largest array of texts: every entry takes as much as the longest, four bytes a character."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PRIVATE = 0o600 << 16


def write_npz(rows: VectorRows, dest: Path, options: WriteOptions) -> int:
    """Write ``embeddings``, ``ids``, ``titles``, ``texts`` and ``model``; return how many vectors."""
    import numpy

    title, text = rows.longest()
    with (
        writing(dest, options) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive,
    ):
        with _member(archive, "embeddings") as out:
            count = write_matrix(out, rows)
        with _member(archive, "ids") as out:
            write_ids(out, rows)
        for name, length in (("titles", title), ("texts", text)):
            if 4 * length * rows.count > PADDED:
                options.notes.append(
                    f"{name} left out: the longest has {length:,} characters, and an array gives every entry as much: "
                    "choose parquet to have them"
                )
                continue
            with _member(archive, name) as out:
                blocks = rows.blocks(vectors=False)
                write_texts(out, length, rows.count, (getattr(block, name) for block in blocks))
        with _member(archive, "model") as out:
            numpy.save(out, numpy.array(rows.model))
    return count


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
    info.external_attr = _PRIVATE
    return archive.open(info, "w", force_zip64=True)


def write_matrix(out: IO[bytes], rows: VectorRows) -> int:
    """Write all vectors as one float32 array; return how many."""
    _header(out, "<f4", (rows.count, rows.dim))
    count = 0
    for block in rows.blocks(texts=False):
        out.write(block.matrix.tobytes())
        count += len(block.ids)
    return count


def write_ids(out: IO[bytes], rows: VectorRows) -> None:
    """Write all ids as one array of text."""
    write_texts(out, ID_LENGTH, rows.count, (block.ids for block in rows.blocks(vectors=False, texts=False)))


def write_texts(out: IO[bytes], length: int, count: int, blocks: Iterable[Any]) -> None:
    """Write texts of at most *length* characters as one array."""
    import numpy

    kind = f"<U{max(length, 1)}"
    _header(out, kind, (count,))
    for texts in blocks:
        step = max(1, (8 << 20) // (4 * max(length, 1)))
        for first in range(0, len(texts), step):
            part: NDArray[Any] = numpy.array(texts[first : first + step], dtype=kind)
            out.write(part.tobytes())


def _header(out: IO[bytes], kind: str, shape: tuple[int, ...]) -> None:
    from numpy.lib import format as npy

    npy.write_array_header_1_0(out, {"descr": kind, "fortran_order": False, "shape": shape})
