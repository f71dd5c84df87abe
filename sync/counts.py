"""How the store stands with its server, for the status line: a few bounded reads of the file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localstore.connection import Connection
    from localstore.store import Store

MOST = 10_000
"""Rows counted at most: a status line needs no more, and no key waits for a million."""
JUDGED = 1_000
"""Up to so many new rows are asked whether they are shared at all; above, each counts."""
READY = """FROM (SELECT * FROM sync_dirty LIMIT :most) d WHERE d.held IS NULL
  AND NOT EXISTS (SELECT 1 FROM sync_kept k WHERE k.tbl = d.tbl AND k.pk = d.pk)"""
OPEN = """SELECT count(*) FROM (SELECT kind FROM sync_conflict WHERE resolved_at IS NULL LIMIT :most)
  WHERE kind <> 'parked'"""
TOUCHED = "SELECT count(*) FROM (SELECT 1 FROM sync_dirty LIMIT :most)"


@dataclass(frozen=True, slots=True)
class SyncCounts:
    """What is known without asking anybody; ``more`` tells that ``to_push`` is the least it can be."""

    linked: bool = False
    synced: bool = False
    """Whether a round has come to its end before."""
    to_push: int = 0
    conflicts: int = 0
    more: bool = False
    last: dict[str, Any] = field(default_factory=dict)


def sync_counts(store: Store) -> SyncCounts:
    """Count what waits, without reading more than some thousands of rows."""
    with store.reading() as connection:
        asked = "SELECT key, value FROM sync_state WHERE key IN ('server', 'cursor', 'last_round')"
        state = dict(connection.execute(asked).fetchall())
        conflicts = _number(connection, OPEN)
        if "server" not in state:
            return SyncCounts(conflicts=conflicts)
        touched = _number(connection, TOUCHED)
        waiting = _waiting(connection, touched)
    last = json.loads(state.get("last_round") or "{}")
    return SyncCounts(True, "cursor" in state, waiting, conflicts, touched == MOST, last)


def _waiting(connection: Connection, touched: int) -> int:
    """Count the rows to push; whether a new one is shared at all is worked out where there is one."""
    ready = _number(connection, f"SELECT count(*) {READY}")
    if not ready or touched > JUDGED or not _number(connection, f"SELECT count(*) {READY} AND d.base IS NULL"):
        return ready
    from sync.local import dirty  # a status line is drawn before anything of this is needed

    return sum(dirty.count(connection).values())


def _number(connection: Connection, sql: str) -> int:
    return int(connection.execute(sql, {"most": MOST}).fetchone()[0])
