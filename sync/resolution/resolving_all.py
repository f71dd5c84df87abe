"""Many conflicts settled the same way, in batches: each batch is one transaction, and what it settled stays settled.

All batches together leave one event and no entry in the undo log, which keeps the last hundred actions of a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localstore import events, tables
from localstore.connection import Connection
from localstore.deeds.actions import Action
from localstore.errors import InvalidValue, LocalstoreError
from localstore.rules import touch
from sync.conflicts import close, count, stored
from sync.resolution import resolving_columns
from sync.resolution.choice import Choice, How, carry_out
from sync.resolution.reviving import Trash
from sync.shapes import Cancelled, Conflict, Key, Kind

if TYPE_CHECKING:
    from localstore.store import Store

BATCH = 500
"""Conflicts of one transaction: others wait for it no longer than a blink."""
Progress = Callable[[int, int], None]
WAYS = (How.MINE, How.THEIRS)


@dataclass(slots=True)
class Settled:
    """How many were settled, how many had to stay open, and why the first of those did."""

    done: int = 0
    left: int = 0
    why: str = ""
    cancelled: bool = False


class _Batch(Action):
    """An action without an event and an undo entry of its own."""

    def _finish(self) -> None:
        for item in self.touched:
            touch(self.connection, item)


def resolve_all(
    store: Store, how: str, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> Settled:
    """Settle every conflict that waits as ``mine`` or ``theirs``; *progress* takes (done, of all).

    One that cannot be settled so, or whose row somebody edited since, stays open. May be stopped and called again.
    """
    if how not in WAYS:
        raise InvalidValue(f"{how!r} does not settle all conflicts: choose {' or '.join(WAYS)}")
    whole, settled, after = count(store), Settled(), ("", "")
    with store.reading() as connection:
        until = _last(connection)
    work = _All(store, how, settled)
    while (found := work.batch(after, until)) is not None:
        after = found
        if progress:
            progress(settled.done + settled.left, whole)
        if cancelled and cancelled():
            settled.cancelled = True
            break
    return settled


def _last(connection: Connection) -> tuple[str, str]:
    sql = "SELECT at, id FROM sync_conflict WHERE resolved_at IS NULL ORDER BY at DESC, id DESC LIMIT 1"
    row = connection.execute(sql).fetchone()
    return (row[0], row[1]) if row else ("", "")


class _All:
    def __init__(self, store: Store, how: str, settled: Settled) -> None:
        self.store = store
        self.how = how
        self.settled = settled
        self.trash: Trash | None = None
        self.event = ""
        self.rows: set[Key] = set()
        """Rows of which a conflict was settled just now: what they hold since is no stranger's edit."""

    def batch(self, after: tuple[str, str], until: tuple[str, str]) -> tuple[str, str] | None:
        """Settle the next conflicts; return the last one's place, None when there are no more."""
        sql = (
            "SELECT at, id, kind FROM sync_conflict WHERE resolved_at IS NULL AND kind <> ? AND (at, id) > (?, ?)"
            " AND (at, id) <= (?, ?) ORDER BY at, id LIMIT ?"
        )
        with _Batch(self.store, "conflicts.resolved") as action:
            rows = action.connection.execute(sql, (Kind.PARKED, *after, *until, BATCH)).fetchall()
            self.trash = self.trash or Trash(action.connection)
            if any(kind != Kind.COLUMNS for *_, kind in rows):
                self.trash.prepare()
            done = sum(self._one(action, identifier) for _, identifier, _ in rows)
            self.settled.done += done
            if done:
                self._tell(action.connection)
        return (rows[-1][0], rows[-1][1]) if rows else None

    def _one(self, action: Action, identifier: str) -> bool:
        connection = action.connection
        changes = len(action.changes)
        connection.execute("SAVEPOINT one")
        try:
            self._settle(action, identifier)
        except LocalstoreError as error:
            connection.execute("ROLLBACK TO one; RELEASE one")
            del action.changes[changes:]
            self.settled.left += 1
            self.settled.why = self.settled.why or str(error)
            return False
        connection.execute("RELEASE one")
        return True

    def _settle(self, action: Action, identifier: str) -> None:
        row = action.connection.execute(_OPEN, (identifier,)).fetchone()
        if row is None:  # settled together with one before it
            return
        conflict = stored(action.connection, identifier)
        if self.how == How.MINE and conflict.key not in self.rows:
            _check_seen(action.connection, conflict)
        carry_out(Choice(self.store, action, conflict, {}, self.trash), How(self.how))
        close(action.connection, identifier, self.how)
        self.rows.add(conflict.key)

    def _tell(self, connection: Connection) -> None:
        """Write the event with the first batch, and its count with each that follows."""
        if not events.enabled(connection):
            return
        payload = {"how": self.how, "conflicts": self.settled.done}
        if self.event:
            events.renew(connection, self.event, payload)
        else:
            self.event = events.write(connection, "conflicts.resolved", self.store.actor_id, payload)


_OPEN = "SELECT 1 FROM sync_conflict WHERE id = ? AND resolved_at IS NULL"


def _check_seen(connection: Connection, conflict: Conflict) -> None:
    """Refuse to overwrite what nobody who chose has seen: values that are neither side's any more."""
    if conflict.kind is not Kind.COLUMNS:
        return
    model = tables.model_of(conflict.key.tbl)
    live = tables.fetch(connection, model, conflict.key.pk)
    columns = resolving_columns.moved(model, conflict, live) if live else []
    if columns:
        raise InvalidValue(f"{', '.join(columns)} was edited since: look at this one by itself")
