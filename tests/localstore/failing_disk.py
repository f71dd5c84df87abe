"""A disk that fails on command: an APSW VFS over the system's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw


class Disk(apsw.VFS):
    """Passes everything on until ``fault`` is set: then reads, writes or syncs raise it."""

    name = "failing-disk"

    def __init__(self) -> None:
        self.fault: type[apsw.Error] | None = None
        self.on = "write"
        self.base = apsw.vfs_names()[0]
        super().__init__(self.name, self.base)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return _File(self, name, flags)

    def strike(self, deed: str) -> None:
        """Raise the fault when the disk is told to do *deed* while it is failing."""
        if self.fault and self.on == deed:
            raise self.fault("the disk fails")

    @contextmanager
    def failing(self, fault: type[apsw.Error], on: str) -> Iterator[None]:
        """Fail inside the block."""
        self.fault, self.on = fault, on
        try:
            yield
        finally:
            self.fault = None


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self.disk = disk
        super().__init__(disk.base, name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:
        self.disk.strike("read")
        return super().xRead(amount, offset)

    def xWrite(self, content: bytes, offset: int) -> None:
        self.disk.strike("write")
        super().xWrite(content, offset)

    def xSync(self, flags: int) -> None:
        self.disk.strike("sync")
        super().xSync(flags)


@contextmanager
def mounted() -> Iterator[Disk]:
    """Let every file opened inside the block lie on such a disk."""
    disk = Disk()
    apsw.set_default_vfs(disk.name)
    try:
        yield disk
    finally:
        apsw.set_default_vfs(disk.base)
        disk.unregister()
