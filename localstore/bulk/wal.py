"""The write-ahead log of a bulk write: checkpointed between batches, not within the time the lock is held.

SQLite's own checkpoint, at every 1,000 pages, writes the same index pages to the file again and again: with ids of
no order an import of 200,000 items took half as long again.
"""

from __future__ import annotations

from contextlib import suppress

import apsw

from localstore.database import CACHE_KIB, Database

PAGES = 6_000
"""Pages of 16 KB in the log after which they are moved to the file."""
CACHE = 40_000
"""KiB of pages kept in memory while importing: leaves of several indexes."""


class Wal:
    """Watches the writer's log through a hook, and empties it through a connection of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer: apsw.Connection | None = None
        self._own: apsw.Connection | None = None
        self._pages = 0

    def watch(self, connection: apsw.Connection) -> None:
        """Take the writer over from SQLite's automatic checkpoints."""
        if self._writer is None:
            self._writer = connection
            connection.pragma("cache_size", -CACHE)
            connection.set_wal_hook(self._noted)

    def _noted(self, _: apsw.Connection, __: str, pages: int) -> int:
        self._pages = pages
        return int(apsw.SQLITE_OK)

    def tidy(self) -> None:
        """Move the log to the file when it is long; nobody waits for it, and it waits for nobody."""
        if self._pages < PAGES:
            return
        self._pages = 0
        with suppress(apsw.Error):  # another process is at it, or the disk refuses: the log keeps it all
            if self._own is None:
                self._own = apsw.Connection(str(self._database.path), flags=apsw.SQLITE_OPEN_READWRITE)
            self._own.pragma("cache_size", -1_000)
            self._own.pragma("synchronous", "FULL")
            self._own.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def close(self) -> None:
        """Give the writer back."""
        if self._own is not None:
            self._own.close()
        if self._writer is None:
            return
        with suppress(apsw.Error):  # the store was closed within the block, or the disk fails: that is told elsewhere
            self._writer.wal_autocheckpoint(1_000)
            self._writer.pragma("cache_size", -CACHE_KIB)
