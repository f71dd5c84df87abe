"""A layer between SQLite and the system's files: it passes everything on, and others look or strike on the way.

Locks and the shared memory of the write-ahead log are the system's own, so stores on it work as they do anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import apsw


class Layer(apsw.VFS):
    """A VFS over the system's."""

    title = "layer"

    def __init__(self) -> None:
        self.base = apsw.vfs_names()[0]
        super().__init__(self.title, self.base)

    def xOpen(self, name: Any, flags: list[int]) -> LayerFile:
        return LayerFile(self.base, name, flags)

    @contextmanager
    def mounted(self) -> Iterator[Self]:
        """Let every file that is opened inside the block lie on it."""
        apsw.set_default_vfs(self.title)
        try:
            yield self
        finally:
            apsw.set_default_vfs(self.base)
            self.unregister()


class LayerFile(apsw.VFSFile):
    """A file on it."""

    def __init__(self, base: str, name: Any, flags: list[int]) -> None:
        super().__init__(base, name, flags)

    def xLock(self, level: int) -> None:
        """A reader that closes tries to lock a file it may not write; SQLite expects no, APSW would raise it."""
        try:
            super().xLock(level)
        except apsw.IOError:
            raise apsw.BusyError("not to be locked") from None
