"""Destinations: written beside and renamed at the end, readable by their owner alone, never half-written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from localstore.errors import TransferError
from localstore.transfer.format import STREAM, WriteOptions


@contextmanager
def writing(dest: Path, options: WriteOptions) -> Iterator[BinaryIO]:
    """Give a binary stream for *dest*; a file takes its name when the block ends well, else nothing stays.

    A device or a pipe is written directly. Raises TransferError when it cannot be written.
    """
    if dest == STREAM:
        if options.stream is None:
            raise TransferError("- stands for standard output, which is not there: name a file")
        yield options.stream
        options.stream.flush()
        return
    with _reported(dest):
        if dest.is_dir():
            raise TransferError(f"{dest} is a folder: name a file")
        if dest.exists() and not dest.is_file():
            with dest.open("wb") as stream:
                yield stream
        else:
            with _beside(dest) as stream:
                yield stream


@contextmanager
def writing_folder(dest: Path) -> Iterator[Path]:
    """Give an empty folder that becomes *dest* when the block ends well; *dest* must be missing or empty."""
    with _reported(dest):
        if dest == STREAM:
            raise TransferError("this format writes a folder: name one instead of -")
        if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
            raise TransferError(f"{dest} is there already and not an empty folder: name a new one")
        temporary = Path(tempfile.mkdtemp(prefix=f".{dest.name}.", suffix=".tmp", dir=dest.absolute().parent))
        try:
            yield temporary
            temporary.replace(dest)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def private_file(path: Path, data: bytes) -> None:
    """Make a new file of mode 0600."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)


@contextmanager
def _beside(dest: Path) -> Iterator[BinaryIO]:
    handle, name = tempfile.mkstemp(prefix=f".{dest.name[:60]}.", suffix=".tmp", dir=dest.absolute().parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=1 << 20) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(dest)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def _reported(dest: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TransferError(f"{dest}: cannot be written ({error.strerror or error})") from None
