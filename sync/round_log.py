"""The log of rounds: when, how it ended, what went either way; kept in the file for the person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localstore import times, values
from localstore.connection import Connection
from sync import state
from sync.rounds import Round

if TYPE_CHECKING:
    from localstore.store import Store

KEPT = 500


def note(connection: Connection, kind: str, summary: dict[str, Any]) -> None:
    """Add an entry; the oldest leave when there are too many."""
    sql = "INSERT INTO sync_log (at, kind, summary) VALUES (?, ?, ?)"
    connection.execute(sql, (times.now(), kind, values.to_json(summary)))
    connection.execute("DELETE FROM sync_log WHERE seq <= (SELECT max(seq) FROM sync_log) - ?", (KEPT,))


def finish(store: Store, done: Round, error: str = "") -> None:
    """Note how a round ended; quiet ones that follow a quiet one only renew the time."""
    outcome = "failed" if error else "cancelled" if done.cancelled else "done"
    summary = summarised(done) | ({"error": error} if error else {})
    with store.database.writing() as connection:
        last = {"at": times.now(), "outcome": outcome, **summary}
        state.put(connection, "last_round", values.to_json(last))
        if error or not done.quiet:
            note(connection, outcome, summary)


def summarised(done: Round) -> dict[str, Any]:
    """Return what a round did as a document, without what is nought."""
    document = {
        "state": done.state,
        "pushed": done.pushed,
        "pulled": done.pulled,
        "deleted_here": done.deleted_here,
        "conflicts": done.conflicts,
        "refused": done.refused,
        "busy": done.busy,
        "parked": done.parked,
        "bytes_up": done.bytes_up,
        "bytes_down": done.bytes_down,
        "seconds": round(done.seconds, 3),
    }
    return {key: value for key, value in document.items() if value}


def rounds(store: Store, limit: int = 100) -> list[dict[str, Any]]:
    """Return the newest entries: ``seq``, ``at``, ``kind`` (linked, done, failed, cancelled…) and ``summary``."""
    sql = "SELECT seq, at, kind, summary FROM sync_log ORDER BY seq DESC LIMIT ?"
    with store.database.reading() as connection:
        rows = connection.execute(sql, (limit,)).fetchall()
    return [{"seq": seq, "at": at, "kind": kind, "summary": json.loads(text)} for seq, at, kind, text in rows]
