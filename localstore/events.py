"""Events: each action leaves one, who did what to which item; never a secret, never a text.

Edits of one item by one person within five minutes make one event. The setting ``events.enabled`` switches them
off; ``prune`` forgets old ones on request.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import ids, tables, times
from localstore.connection import Connection
from localstore.models import Event
from localstore.rows import Rows

if TYPE_CHECKING:
    from localstore.deeds.actions import Action
    from localstore.finding.event_filters import EventFilter
    from localstore.lists.listing import Listing

MERGED_WITHIN = timedelta(minutes=5)
SECRET = frozenset({"hashed_password", "key_hash"})
SORTED = 50_000
"""Up to so many events are sorted by their time; more are listed by their ids, whose index is there."""
SHOWN = 2_000
"""Characters of a payload that a list reads."""


class EventRow(NamedTuple):
    """What a list shows of an event; ``payload`` is the start of its JSON."""

    id: str
    created_at: str
    event_type: str
    actor: str | None
    item_id: str | None
    item: str | None
    organization: str | None
    payload: str


class Events(Rows[Event]):
    """``store.events``: what happened, newest first."""

    model = Event
    label = "event_type"
    default_sort = "-created"

    def prune(self, before: str) -> int:
        """Forget the events before a time (stored text); return how many went."""
        with self.store.action("events.pruned") as action:
            action.connection.execute("DELETE FROM events WHERE created_at < ?", (before,))
            gone = action.connection.changes()
            action.note(before=before, pruned=gone)
        return gone

    def types(self, where: EventFilter | None = None) -> dict[str, int]:
        """Return how many events there are of each type."""
        with self.store.database.reading() as connection:
            condition, bindings = where.sql(self.store, connection) if where else ("1", [])
            sql = f"SELECT t.event_type, count(*) FROM events t WHERE {condition} GROUP BY t.event_type ORDER BY 1"
            return dict(connection.execute(sql, bindings).fetchall())

    @property
    def listing(self) -> Listing[EventRow]:
        """Events as a list shows them."""
        from localstore.lists.listing import Listing

        return Listing(self.store, "events", _COLUMNS, _row, self.sorts)

    def newest(self) -> str:
        """Return the order a list goes in: by time; a great many by id.

        No index is kept by time: sorting a million events takes 280 ms a page. Ids of this program's events rise
        with time; one that another program gave may stand elsewhere.
        """
        with self.store.database.reading() as connection:
            sql = "SELECT count(*) FROM (SELECT 1 FROM events LIMIT ?)"
            many = connection.execute(sql, (SORTED + 1,)).fetchone()[0] > SORTED
        return "-id" if many else "-created"


_COLUMNS = (
    "t.id, t.created_at, t.event_type, (SELECT u.email FROM users u WHERE u.id = t.actor_id), t.item_id,"
    " (SELECT i.title FROM items i WHERE i.id = t.item_id),"
    " (SELECT o.slug FROM organizations o WHERE o.id = t.organization_id),"
    f" substr(t.payload, 1, {SHOWN})"
)


def _row(values: Sequence[Any]) -> EventRow:
    return EventRow(*values[:8])


def leave(action: Action) -> None:
    """Write the event of a finished action, or add to the last one of the same item and person."""
    store = action.store
    if not enabled(action.connection):
        return
    payload = {"columns": changed_columns(action.changes)} | action.payload
    payload = {key: value for key, value in payload.items() if value not in ([], None)}
    if action.kind.endswith(".edited") and _merge(action, payload):
        return
    write(action.connection, action.kind, store.actor_id, payload, action.about)


def write(
    connection: Connection,
    kind: str,
    actor: str | None,
    payload: dict[str, Any],
    about: dict[str, str | None] | None = None,
) -> str:
    """Insert one event; return its id. References to rows that are gone are left out."""
    moment = times.now()
    keys = {"actor_id": ("users", actor)}
    for column, table in (
        ("item_id", "items"),
        ("organization_id", "organizations"),
        ("model_id", "ai_models"),
    ):
        keys[column] = (table, (about or {}).get(column))
    row: dict[str, Any] = {"id": ids.new_id(), "created_at": moment, "updated_at": moment}
    for column, (table, value) in keys.items():
        found = value and connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (value,)).fetchone()
        row[column] = value if found else None
    row |= {"event_type": kind, "payload": tables.to_json(payload)}
    tables.insert(connection, Event, row)
    return str(row["id"])


def renew(connection: Connection, pk: str, payload: dict[str, Any]) -> None:
    """Write another payload into an event that tells of something that goes on."""
    sql = "UPDATE events SET payload = ?, updated_at = max(updated_at, ?) WHERE id = ?"
    connection.execute(sql, (tables.to_json(payload), times.now(), pk))


def enabled(connection: Connection) -> bool:
    """Tell whether events are kept (a global setting; true unless set)."""
    sql = "SELECT value FROM settings WHERE scope = 'global' AND key = 'events.enabled' ORDER BY updated_at DESC"
    row = connection.execute(sql).fetchone()
    return row is None or bool(json.loads(row[0]))


def changed_columns(changes: list[dict[str, Any]]) -> list[str]:
    """Return the names of the columns an action changed; names only, and none of secrets."""
    names = {name for change in changes for name in change.get("columns", ())}
    return sorted(names - SECRET)


def _merge(action: Action, payload: dict[str, Any]) -> bool:
    item = action.about.get("item_id")
    floor = times.to_text(datetime.now(UTC) - MERGED_WITHIN)
    row = action.connection.execute(
        "SELECT id, payload, event_type, actor_id FROM events WHERE item_id = ? AND created_at > ?"
        " ORDER BY created_at DESC, id DESC LIMIT 1",
        (item, floor),
    ).fetchone()
    if row is None or item is None or row[2:] != (action.kind, action.store.actor_id):
        return False
    old = json.loads(row[1])
    names = sorted({*old.get("columns", ()), *payload.get("columns", ())})
    merged = old | payload | {"columns": names, "edits": old.get("edits", 1) + 1}
    tables.update(action.connection, Event, row[0], {"payload": tables.to_json(merged)})
    return True
