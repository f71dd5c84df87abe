"""What ``localstore_sync.settings`` keeps on the server: each value is text."""

from __future__ import annotations

from sync.errors import NotPrepared
from sync.postgres.connection import Connection


def installed(connection: Connection) -> bool:
    """Tell whether the database has the settings of sync."""
    row = connection.execute("SELECT to_regclass('localstore_sync.settings') IS NOT NULL").fetchone()
    return bool(row and row[0])


def read(connection: Connection) -> dict[str, str]:
    """Return all settings; empty where sync was never installed."""
    if not installed(connection):
        return {}
    rows = connection.execute("SELECT key, value FROM localstore_sync.settings WHERE value IS NOT NULL").fetchall()
    return dict(rows)


def need(connection: Connection) -> dict[str, str]:
    """Return all settings, or raise NotPrepared."""
    found = read(connection)
    if "schema" not in found:
        raise NotPrepared(f"the database {connection.info.dbname!r} is not prepared: 'sync server init URL' does it")
    return found


def put(connection: Connection, **values: str | None) -> None:
    """Set values; None takes one away."""
    for key, value in values.items():
        connection.execute("DELETE FROM localstore_sync.settings WHERE key = %s", (key,))
        if value is not None:
            connection.execute("INSERT INTO localstore_sync.settings (key, value) VALUES (%s, %s)", (key, value))
