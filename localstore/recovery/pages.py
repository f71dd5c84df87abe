"""The pages of a damaged file as they stand with its log; opened for reading only, never through SQLite."""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from localstore.database import PAGE_SIZE
from localstore.errors import StoreReadOnly
from localstore.recovery.log import Log, read_log

HEADER = 100
"""Bytes of the file's header, before what page 1 holds."""


class Pages:
    """Reads pages by number, from 1. Every store has pages of one size, so a broken header hides nothing."""

    size = PAGE_SIZE

    def __init__(self, path: Path) -> None:
        """Open the file and its log; raises StoreReadOnly when it cannot be read."""
        try:
            self._file: BinaryIO = path.open("rb", buffering=0)
        except OSError as error:
            raise StoreReadOnly(f"{path} cannot be read: {error.strerror}; check its permissions.") from None
        self._log_file: BinaryIO | None = None
        self.log = Log()
        with suppress(OSError):
            self._log_file = path.with_name(f"{path.name}-wal").open("rb")
            self.log = read_log(self._log_file, self.size)
        whole = -(-os.fstat(self._file.fileno()).st_size // self.size)
        self.there = max(whole, self.log.pages)
        """How many pages can be asked for."""
        self.count = max(self.there, self._noted())
        """How many there should be, as far as the header says."""

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        if self._log_file:
            self._log_file.close()

    def read(self, number: int) -> bytes | None:
        """Return a page, None when it is not there or the disk refuses it; the end of a torn one is zeros."""
        if not 0 < number <= self.there:
            return None
        place = self.log.places.get(number)
        file, offset = (self._file, (number - 1) * self.size) if place is None else (self._log_file, place)
        assert file is not None
        try:
            file.seek(offset)
            page = file.read(self.size)
        except OSError:
            return None
        return page.ljust(self.size, b"\0") if page else None

    def free_list(self) -> tuple[int, int]:
        """Return the first page of the list of free pages and how many there are, as the header says."""
        page = self.read(1) or bytes(self.size)
        first, count = struct.unpack(">II", page[32:40])
        return first, count

    def _noted(self) -> int:
        """Return how many pages the header says there are, as far as that can be true of a file cut short."""
        page = self.read(1) or bytes(self.size)
        noted = int(struct.unpack(">I", page[28:32])[0])
        return noted if page[:16] == b"SQLite format 3\0" and noted < 64 * max(self.there, 1) else 0
