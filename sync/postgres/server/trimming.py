"""The log made shorter: what every living device has goes, and of what one key did between two cursors one entry stays.

A device that was not there for longer than the retention compares all its rows when it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.postgres.address import Address
from sync.postgres.connection import Connection
from sync.postgres.server import server_settings
from sync.postgres.server.administrator import administrator

ROWS = 20_000
"""Rows of one transaction."""

# The newest result of a device is what it asks for when a connection broke at COMMIT; older ones tell copies.
_OLD_RESULTS = (
    "at < now() - make_interval(days => %s) AND n < (SELECT s.last_batch FROM localstore_sync.device_state AS s "
    "WHERE s.device = batch.device)"
)


@dataclass(frozen=True)
class Trimmed:
    """How many rows went, by what they were."""

    log: int
    superseded: int
    """Entries of the log that another of the same key stands for."""
    tombstones: int
    results: int
    sign_ins: int


@dataclass(frozen=True)
class Snapshot:
    """A cursor: transactions below ``xmin`` are all seen, from ``xmax`` on none."""

    xmin: int
    xmax: int


def trim(given: str | Address, *, insecure: bool = False) -> Trimmed:
    """Delete what no device needs any more, some thousand rows at a time."""
    with administrator(given, insecure=insecure) as admin:
        with admin.transaction(alone=True) as connection:
            days = int(server_settings.need(connection).get("retention_days", "30"))
            living, now, waiting = _living(connection, days)
            bound = 0 if waiting else min([now, *living], key=lambda each: each.xmin).xmin
            _raise_floor(connection, bound)
        deleted = {
            "log": _delete(admin.connection, "log", "xid < %s::text::xid8", str(bound)),
            "superseded": sum(_superseded(admin.connection, *each) for each in ranges([*living, now])),
            "tombstones": _delete(admin.connection, "tombstone", "at < now() - make_interval(days => %s)", days),
            "results": _delete(admin.connection, "batch", _OLD_RESULTS, days),
            "sign_ins": _delete(admin.connection, "signed_in", "xid < %s::text::xid8", str(now.xmin)),
        }
        return Trimmed(**deleted)


def _living(connection: Connection, days: int) -> tuple[list[Snapshot], Snapshot, bool]:
    """Return the cursors of living devices, the present, and whether a device has rows but no cursor yet."""
    rows = connection.execute(
        "SELECT pg_snapshot_xmin(s.cursor)::text, pg_snapshot_xmax(s.cursor)::text "
        "FROM localstore_sync.device_state AS s JOIN localstore_sync.devices AS d ON d.id = s.device "
        "WHERE s.seen_at > now() - make_interval(days => %s)",
        (days,),
    ).fetchall()
    row = connection.execute(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, pg_snapshot_xmax(pg_current_snapshot())::text"
    ).fetchone()
    assert row is not None
    living = [Snapshot(int(low), int(high)) for low, high in rows if low is not None]
    return living, Snapshot(int(row[0]), int(row[1])), len(living) < len(rows)


def ranges(cursors: Sequence[Snapshot]) -> list[tuple[int, int]]:
    """Return the spans of transaction ids, end excluded, that each cursor sees either whole or not at all.

    Within one, entries of one key say the same to everybody. Ids are not in the order of their commits, so that of
    two entries across a span's end neither may go.
    """
    found, low = [], 0
    for cursor in sorted(cursors, key=lambda each: each.xmin):
        if low < cursor.xmin:
            found.append((low, cursor.xmin))
        low = max(low, cursor.xmax)
    return found


def _raise_floor(connection: Connection, bound: int) -> None:
    """Remember below which transaction entries may be missing: before they are."""
    connection.execute(
        "UPDATE localstore_sync.settings SET value = greatest(value::numeric, %s::numeric)::text WHERE key = 'floor'",
        (str(bound),),
    )


def _delete(connection: Connection, table: str, condition: str, value: object) -> int:
    sql = (
        f"DELETE FROM localstore_sync.{table} WHERE ctid = ANY (ARRAY("
        f"SELECT ctid FROM localstore_sync.{table} WHERE {condition} LIMIT {ROWS}))"
    )
    whole = 0
    while deleted := connection.execute(sql, (value,)).rowcount:
        whole += deleted
    return whole


def _superseded(connection: Connection, low: int, high: int) -> int:
    """Keep one entry of each key, kind and device in a span."""
    return connection.execute(
        "DELETE FROM localstore_sync.log WHERE ctid = ANY (ARRAY(SELECT e.ctid FROM (SELECT ctid, row_number() OVER "
        "(PARTITION BY tbl, pk, op, device) AS at FROM localstore_sync.log "
        "WHERE xid >= %s::text::xid8 AND xid < %s::text::xid8) AS e WHERE e.at > 1))",
        (str(low), str(high)),
    ).rowcount
