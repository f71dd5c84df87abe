"""How a server stands: its log, its devices, the transactions that hold things up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync.postgres.address import Address
from sync.postgres.connection import Connection
from sync.postgres.server import server_settings
from sync.postgres.server.administrator import administrator
from sync.postgres.server.findings import Finding, note, risk
from sync.postgres.server.survey import read_mapping

IDLE_MINUTES = 60
LOG_ROWS = 5_000_000


@dataclass(frozen=True)
class ServerStatus:
    """What ``sync server status`` shows; rows are the server's estimates."""

    schema: int
    enabled: bool
    role: str
    owner: str
    retention_days: int
    floor: str
    devices: int
    devices_seen: int
    """Devices that were there within the retention."""
    last_seen: datetime | None
    log_rows: int
    log_bytes: int
    tombstone_rows: int
    tombstone_bytes: int
    oldest_transaction_seconds: int
    """Age of the oldest open transaction of any database that has written or holds a snapshot back."""
    tables: dict[str, str]


_STATUS = """
SELECT (SELECT count(*) FROM localstore_sync.devices),
  (SELECT count(*) FROM localstore_sync.device_state AS s JOIN localstore_sync.devices AS d ON d.id = s.device
   WHERE s.seen_at > now() - make_interval(days => %(days)s)),
  (SELECT max(seen_at) FROM localstore_sync.device_state),
  (SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'localstore_sync.log'::regclass),
  pg_total_relation_size('localstore_sync.log'),
  (SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'localstore_sync.tombstone'::regclass),
  pg_total_relation_size('localstore_sync.tombstone'),
  (SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::bigint FROM pg_stat_activity
   WHERE backend_xid IS NOT NULL)"""

_COUNTED = (
    "devices",
    "devices_seen",
    "last_seen",
    "log_rows",
    "log_bytes",
    "tombstone_rows",
    "tombstone_bytes",
    "oldest_transaction_seconds",
)


def status(given: str | Address, *, insecure: bool = False) -> ServerStatus:
    """Return how a prepared server stands."""
    with administrator(given, insecure=insecure) as admin, admin.transaction() as connection:
        return read_status(connection)


def read_status(connection: Connection) -> ServerStatus:
    """Return how the server stands, in the running transaction."""
    settings = server_settings.need(connection)
    days = int(settings.get("retention_days", "30"))
    row = connection.execute(_STATUS, {"days": days}).fetchone()
    assert row is not None
    return ServerStatus(
        int(settings["schema"]),
        settings.get("enabled") != "false",
        settings["role"],
        settings["owner"],
        days,
        settings.get("floor", "0"),
        tables={name: ".".join(place) for name, place in read_mapping(settings["map"]).items()},
        **dict(zip(_COUNTED, row, strict=True)),
    )


def notes(connection: Connection) -> list[Finding]:
    """Return what is worth knowing: transactions left open, a long log, devices that are away or expired."""
    now = read_status(connection)
    found: list[Finding] = []
    if now.log_rows > LOG_ROWS:
        found.append(risk("log", f"the log has about {now.log_rows:,} entries: 'sync server trim URL' shortens it"))
    found += _idle(connection)
    away = connection.execute(
        "SELECT d.name, s.seen_at::date::text, d.expires_at < now() FROM localstore_sync.devices AS d "
        "LEFT JOIN localstore_sync.device_state AS s ON s.device = d.id "
        "WHERE s.seen_at < now() - make_interval(days => %s) OR d.expires_at < now() ORDER BY 1",
        (now.retention_days,),
    ).fetchall()
    for name, seen, expired in away:
        what = "has expired" if expired else f"was last seen on {seen}, and will compare all rows when it comes back"
        found.append(note("devices", f"the device {name} {what}"))
    return found


def _idle(connection: Connection) -> list[Finding]:
    rows = connection.execute(
        "SELECT pid, usename, (extract(epoch FROM now() - xact_start) / 60)::bigint, datname FROM pg_stat_activity "
        "WHERE state LIKE 'idle in transaction%%' AND xact_start < now() - make_interval(mins => %s) "
        "ORDER BY xact_start",
        (IDLE_MINUTES,),
    ).fetchall()
    return [
        note("log", f"the session {pid} of {user} in {database} is idle in a transaction for {minutes:,} minutes: "
                    "the log cannot be trimmed past it")
        for pid, user, minutes, database in rows
    ]  # fmt: skip
