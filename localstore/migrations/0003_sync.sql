-- Frozen: what sync keeps in the file; empty until a store is linked with a server.

CREATE TABLE sync_dirty (
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  base TEXT,
  base_vector BLOB,
  generation INTEGER NOT NULL DEFAULT 1,
  held TEXT,
  PRIMARY KEY (tbl, pk)
) STRICT, WITHOUT ROWID;

CREATE INDEX sync_dirty_held ON sync_dirty (tbl, pk) WHERE held IS NOT NULL;

CREATE TABLE sync_kept (
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  PRIMARY KEY (tbl, pk)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_outbox (
  seq INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL,
  made_at TEXT NOT NULL CHECK (made_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  acknowledged_at TEXT CHECK (acknowledged_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  batch BLOB NOT NULL
) STRICT;

CREATE TABLE sync_conflict (
  id TEXT PRIMARY KEY NOT NULL,
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  kind TEXT NOT NULL,
  base TEXT,
  ours TEXT,
  theirs TEXT,
  reason TEXT NOT NULL,
  at TEXT NOT NULL CHECK (at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  seq INTEGER,
  resolved_at TEXT CHECK (resolved_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  resolution TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sync_conflict_open ON sync_conflict (at, id) WHERE resolved_at IS NULL;

CREATE INDEX sync_conflict_row ON sync_conflict (tbl, pk);

CREATE TABLE sync_loose (
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  col TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (tbl, pk, col)
) STRICT, WITHOUT ROWID;

CREATE INDEX sync_loose_value ON sync_loose (value);

CREATE TABLE sync_log (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL CHECK (at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'),
  kind TEXT NOT NULL,
  summary TEXT NOT NULL CHECK (json_valid(summary))
) STRICT;

CREATE TABLE sync_state (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
