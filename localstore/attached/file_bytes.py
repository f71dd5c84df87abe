"""The bytes of attached files: read once, hashed, copied so that a crash leaves at worst a file nobody refers to."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from localstore import ids
from localstore.errors import InvalidValue, StoreFull, StoreReadOnly
from localstore.place import is_open_here
from localstore.recovery.placing import flush

BLOCK = 1 << 20
DRAFT = ".draft-"
DRAFT_AGE = 86_400
"""Seconds after which a copy that was never finished counts as left behind by a crash."""

Progress = Callable[[int, int], None]
Write = Callable[[bytes], None]


class Source(NamedTuple):
    """What was read of a file."""

    size: int
    sha256: str
    head: bytes


def read(place: Path, copy_to: Path | None = None, progress: Progress | None = None) -> Source:
    """Read a file once, in blocks; hash it, and write it to *copy_to* (mode 0600, flushed to the disk).

    Raises InvalidValue for what is no readable file, StoreFull or StoreReadOnly when the copy fails.
    """
    check_readable(place)
    try:
        with place.open("rb") as file:
            total = os.fstat(file.fileno()).st_size
            if copy_to is None:
                return _stream(file, None, total, progress)
            with _copying(copy_to) as write:
                return _stream(file, write, total, progress)
    except OSError as error:
        raise _unreadable(place, error) from None


def check_readable(place: Path) -> None:
    """Raise InvalidValue for nothing, a folder, or something that is no file."""
    try:
        if place.is_dir():
            raise InvalidValue(f"{place} is a folder: name a file in it", "path")
        if not place.exists():
            raise InvalidValue(f"there is no file {place}: check the path", "path")
        if not place.is_file():
            raise InvalidValue(f"{place} is no ordinary file: copy its content to one", "path")
        if is_open_here(place) or is_open_here(place.with_name(place.name.removesuffix("-shm"))):
            raise InvalidValue(f"{place} is a store that is in use: make a backup, and attach that", "path")
    except (OSError, ValueError) as error:
        raise InvalidValue(f"{str(place)[:200]!r} cannot be read: {error}", "path") from None


def _stream(file: BinaryIO, write: Write | None, total: int, progress: Progress | None) -> Source:
    digest, done, head = hashlib.sha256(), 0, b""
    while block := file.read(BLOCK):
        head = head or block[:4096]
        digest.update(block)
        if write:
            write(block)
        done += len(block)
        if progress:
            progress(done, max(total, done))
    return Source(done, digest.hexdigest(), head)


def _unreadable(place: Path, error: OSError) -> InvalidValue:
    return InvalidValue(f"{place} cannot be read: {error.strerror}; check its permissions", "path")


# -- writing ----------------------------------------------------------------------------------------------


def draft(folder: Path) -> Path:
    """Return a new name in the store's folder, which is made with mode 0700."""
    _make(folder)
    return folder / f"{DRAFT}{ids.new_id()}"


def settle(draft: Path, place: Path) -> None:
    """Give a finished draft its name, and make the name last through a power cut."""
    _make(place.parent)
    with _refusing(place):
        draft.replace(place)
        for folder in (place.parent, place.parent.parent):
            flush(folder)


def _make(folder: Path) -> None:
    with _refusing(folder):
        folder.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def _copying(place: Path) -> Iterator[Write]:
    """Make a file, lend what writes to it, and flush it to the disk; no error passes for one of reading."""
    with _refusing(place):
        handle = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)

    def write(block: bytes) -> None:
        view = memoryview(block)
        with _refusing(place):
            while view:
                view = view[os.write(handle, view) :]

    try:
        yield write
        with _refusing(place):
            os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _refusing(place: Path) -> Iterator[None]:
    """Turn an error of writing into ours."""
    try:
        yield
    except OSError as error:
        raise _refused(place, error) from None


def _refused(place: Path, error: OSError) -> StoreFull | StoreReadOnly:
    folder = place.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreFull(f"There is no room for the copy in {folder}: free some space, or attach without copying.")
    return StoreReadOnly(f"{folder} cannot be written: {error.strerror}; check its permissions.")


# -- kept files -------------------------------------------------------------------------------------------


def kept_files(folder: Path) -> Iterator[Path]:
    """Yield every finished copy, and drafts that a crash left behind."""
    if not folder.is_dir():
        return
    yield from sorted(place for place in folder.glob("[0-9a-f][0-9a-f]/*") if place.is_file())
    oldest = time.time() - DRAFT_AGE
    yield from sorted(place for place in folder.glob(f"{DRAFT}*") if place.stat().st_mtime < oldest)


def remove(places: list[Path]) -> None:
    """Delete files, and folders that become empty."""
    for place in places:
        place.unlink(missing_ok=True)
        with suppress(OSError):
            place.parent.rmdir()
