"""How a store stands with its server, from the file alone; the network is not asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from localstore.connection import Connection
from sync import state
from sync.local import dirty
from sync.rounds import Status

if TYPE_CHECKING:
    from localstore.store import Store


def status(store: Store) -> Status:
    """Return what is linked, what waits to be pushed, what is set aside, what waits for a person."""
    with store.reading() as connection:
        waiting = _count(connection, "sync_conflict WHERE resolved_at IS NULL AND kind <> 'parked'")
        if not state.is_linked(connection):
            return Status(False, conflicts=waiting)
        share = state.get(connection, "share")
        last = state.get(connection, "last_round")
        return Status(
            True,
            state.need(connection, "server"),
            state.get(connection, "device_name") or "",
            state.get(connection, "email") or "",
            share or "",
            {tbl: number for tbl, number in dirty.count(connection).items() if number},
            _count(connection, "sync_kept"),
            _count(connection, "sync_dirty WHERE held IS NOT NULL AND held <> 'home'"),
            waiting,
            bool(_count(connection, "sync_outbox WHERE acknowledged_at IS NULL")),
            json.loads(last) if last else None,
        )


def is_first(store: Store) -> bool:
    """Tell whether the store is linked and has not synced yet."""
    with store.reading() as connection:
        return state.is_linked(connection) and state.get(connection, "cursor") is None


def _count(connection: Connection, rows: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {rows}").fetchone()[0])
