"""What a linked store knows of its server and of how far it has come; part of the file, never synced.

============== =========================================================================
server         the server's address without secrets; a store is linked when it is there
device_id      this device, as the server knows it; device_name, user_id, email likewise
share          what is shared (``sync.local.sharing``); no_vectors: models whose vectors stay
cursor         the server's snapshot up to which everything was applied
token, pending the pull tokens: the one the server confirmed, and the one of the next pull
organizations  those that were seen at the last pull, a JSON list
system         the identifier of the server's cluster and database
batch          the number of the last acknowledged batch
behind         the server's last batch of this device when the file was found to be an older one
place          where the file lay at the last round, so that a copy is noticed
last_round     when the last round was and how it ended, JSON
tidied         when this device last trimmed the server's log
============== =========================================================================
"""

from __future__ import annotations

from localstore.connection import Connection


def get(connection: Connection, key: str) -> str | None:
    """Return a value, or None."""
    row = connection.execute("SELECT value FROM sync_state WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def need(connection: Connection, key: str) -> str:
    """Return a value that a linked store has."""
    value = get(connection, key)
    assert value is not None, key
    return value


def put(connection: Connection, key: str, value: str) -> None:
    """Set a value; nothing is written when it is there already."""
    connection.execute(
        "INSERT INTO sync_state (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value",
        (key, value),
    )


def forget(connection: Connection, *keys: str) -> None:
    """Drop values."""
    connection.executemany("DELETE FROM sync_state WHERE key = ?", [(key,) for key in keys])


def is_linked(connection: Connection) -> bool:
    """Tell whether the store is linked with a server."""
    return get(connection, "server") is not None
