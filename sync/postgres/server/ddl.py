"""The schema ``localstore_sync``: its tables, as numbered steps.

Keys and the thirteen tables' rows are referred to by value: a foreign key to an owner's table would refuse their
TRUNCATE and their DROP TABLE.
"""

from __future__ import annotations

SCHEMA = "localstore_sync"

_FIRST = [
    # schema, map, role, role_password, retention_days, floor, enabled, fingerprint, naive_timestamps …
    "CREATE TABLE localstore_sync.settings (key text PRIMARY KEY, value text)",
    """CREATE TABLE localstore_sync.devices (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  name text NOT NULL,
  secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
)""",
    """CREATE TABLE localstore_sync.revoked (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
)""",
    # The durable write of each transaction of a device: without one, a crashed server may give a transaction's
    # number a second time, below a cursor.
    """CREATE TABLE localstore_sync.signed_in (
  xid xid8 PRIMARY KEY,
  device uuid NOT NULL,
  user_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
)""",
    # cursor: the last snapshot whose rows the device is known to have; seen_at: its last sign of life
    """CREATE TABLE localstore_sync.device_state (
  device uuid PRIMARY KEY,
  token uuid,
  last_batch bigint NOT NULL DEFAULT 0,
  cursor pg_snapshot,
  seen_at timestamptz,
  pulled_at timestamptz
)""",
    """CREATE TABLE localstore_sync.batch (
  device uuid NOT NULL,
  n bigint NOT NULL,
  sha256 bytea NOT NULL,
  result text,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (device, n)
)""",
    # One sequence for all sessions: 64 numbers at a time keep them apart. The order is the transaction's, not seq's.
    "CREATE SEQUENCE localstore_sync.log_seq CACHE 64",
    """CREATE TABLE localstore_sync.log (
  xid xid8 NOT NULL,
  seq bigint NOT NULL DEFAULT nextval('localstore_sync.log_seq'),
  tbl text NOT NULL,
  pk text NOT NULL,
  op "char" NOT NULL,
  device uuid
)""",
    "CREATE INDEX log_xid ON localstore_sync.log (xid)",
    # image: the deleted row's columns as text, as PostgreSQL prints them in UTC; without vectors and secrets
    """CREATE TABLE localstore_sync.tombstone (
  tbl text NOT NULL,
  pk text NOT NULL,
  image jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  xid xid8 NOT NULL
)""",
    "CREATE INDEX tombstone_row ON localstore_sync.tombstone (tbl, pk)",
    "CREATE INDEX tombstone_at ON localstore_sync.tombstone (at)",
    # Tables that were written while a key column had another name, so that nothing could be said of the rows.
    "CREATE TABLE localstore_sync.unnoticed (tbl text NOT NULL, at timestamptz NOT NULL DEFAULT now())",
    # Organizations that a device made: its user is their first owner, before a membership says so.
    """CREATE TABLE localstore_sync.made (
  organization uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
)""",
]

MIGRATIONS: tuple[list[str], ...] = (_FIRST,)
"""Step n leads from version n to version n + 1 of the schema; a step that was released is never changed."""

DEFAULTS = {"retention_days": "30", "floor": "0", "enabled": "true"}
"""Settings of a new schema."""
