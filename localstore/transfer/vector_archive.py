"""The arrays of an ``.npz``: a ZIP file of ``.npy`` members, each read from front to back."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from localstore.errors import TransferError
from localstore.transfer.vector_arrays import ArrayRows, ArrayShape, read_shape

SUFFIX = ".npy"


class ArrayArchive:
    """The arrays by name; every array may be opened once, several beside each other."""

    def __init__(self, archive: zipfile.ZipFile, stack: ExitStack) -> None:
        self._archive = archive
        self._stack = stack
        self._members = {
            info.filename.removesuffix(SUFFIX): info
            for info in archive.infolist()
            if info.filename.endswith(SUFFIX) and "/" not in info.filename
        }
        self.shapes = {name: self._shape(name) for name in self._members}

    def _shape(self, name: str) -> ArrayShape:
        with self._archive.open(self._members[name]) as stream:
            shape = read_shape(stream, name)
            there = self._members[name].file_size - stream.tell()
        if not shape.dtype.hasobject and there < shape.size:
            raise TransferError(f"{name} is cut off: it needs {shape.size:,} bytes and has {there:,}: copy it again")
        return shape

    def rows(self, name: str) -> ArrayRows:
        """Return the rows of an array."""
        member = self._stack.enter_context(self._archive.open(self._members[name]))
        shape = read_shape(member, name)
        return ArrayRows(self._copied(member) if shape.fortran else cast(BinaryIO, member), shape)

    def _copied(self, member: IO[bytes]) -> BinaryIO:
        """Copy the rest of a member out: seeking in it would read it again from its start."""
        copied = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        shutil.copyfileobj(member, copied, 1 << 20)
        copied.seek(0)
        return cast(BinaryIO, copied)

    def text(self, name: str) -> str:
        """Return the text of an array that holds a single one, else an empty one."""
        shape = self.shapes[name]
        if shape.dtype.kind != "U" or shape.shape not in ((), (1,)) or not shape.size:
            return ""
        return cast(str, self.rows(name).take(1).reshape(-1).tolist()[0])


@contextmanager
def array_archive(path: Path) -> Iterator[ArrayArchive]:
    """Open an ``.npz``; raises TransferError when it is none, is damaged or cut off, also in the middle."""
    try:
        with ExitStack() as stack:
            archive = stack.enter_context(zipfile.ZipFile(path))
            yield ArrayArchive(archive, stack)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise TransferError(f"{path} is no .npz, or it is damaged or cut off ({error}): copy it again") from None
    except OSError as error:
        raise TransferError(f"{path}: cannot be read ({error.strerror or error})") from None
