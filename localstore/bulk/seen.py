"""The ids of one import and where each stood, so that one that comes twice is reported with both places."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import apsw


class Seen:
    """A scratch table that spills to disk: an import of any length takes a few megabytes of memory."""

    def __init__(self) -> None:
        self._connection = apsw.Connection("")
        for name, value in (("journal_mode", "off"), ("synchronous", "off"), ("cache_size", -4000)):
            self._connection.pragma(name, value)
        self._connection.execute("CREATE TABLE seen (id BLOB PRIMARY KEY, place TEXT) WITHOUT ROWID; BEGIN")

    def add(self, placed: Iterable[tuple[str, str]]) -> None:
        """Note ids with their places."""
        rows = [(uuid.UUID(pk).bytes, place) for pk, place in placed]
        self._connection.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)

    def place(self, pk: str) -> str | None:
        """Return where an id stood before, if it did."""
        row = self._connection.execute("SELECT place FROM seen WHERE id = ?", (uuid.UUID(pk).bytes,)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()
