"""Numbers that a device and a server compare when they meet."""

from __future__ import annotations

PROTOCOL = 1
"""Of the functions that devices call: both sides must have the same."""

SERVER_SCHEMA = 1
"""Of the tables of ``localstore_sync``: the last of ``sync.postgres.server.ddl.MIGRATIONS``."""

OLDEST_SERVER = 130000
"""``server_version_num`` of the first PostgreSQL with ``xid8`` and ``pg_snapshot``."""
