"""Local tables: what one file keeps for itself, beside the thirteen; never synced."""

from __future__ import annotations

from localstore.schema import TIME_GLOB

LOCAL_TABLES = [
    """CREATE TABLE local_state (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT
) STRICT, WITHOUT ROWID""",
    # Rows that a foreign OR REPLACE may have deleted without firing a delete trigger.
    """CREATE TABLE local_suspects (
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  PRIMARY KEY (tbl, pk)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE text_rows (
  docid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE
) STRICT""",
    """CREATE TABLE text_pending (
  id TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID""",
    """CREATE VIRTUAL TABLE text_index USING fts5(
  title, body, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2"
)""",
    # state: 0 to be looked at, 1 unknown, 2 fresh, 3 stale
    """CREATE TABLE embedding_states (
  embedding_id TEXT PRIMARY KEY NOT NULL,
  item_id TEXT,
  state INTEGER NOT NULL
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX embedding_states_item ON embedding_states (item_id, state)",
    "CREATE INDEX embedding_states_new ON embedding_states (embedding_id) WHERE state = 0",
    # Codes of vectors, derived: a model's mean direction, and how far they have come.
    # built: 0 while the blocks are being made by the one who holds the token; generation: new with each change of them;
    # digest: of which blocks and dead rows there are
    """CREATE TABLE vector_models (
  model_id TEXT PRIMARY KEY NOT NULL REFERENCES ai_models (id) ON DELETE CASCADE,
  dim INTEGER NOT NULL,
  built INTEGER NOT NULL,
  token TEXT NOT NULL,
  touched TEXT NOT NULL,
  generation TEXT NOT NULL,
  digest TEXT NOT NULL,
  mean BLOB NOT NULL
) STRICT, WITHOUT ROWID""",
    # Never changed once written; checks holds the CRC-32 of each of the four.
    """CREATE TABLE vector_blocks (
  id INTEGER PRIMARY KEY,
  model_id TEXT NOT NULL REFERENCES vector_models (model_id) ON DELETE CASCADE,
  count INTEGER NOT NULL,
  checks TEXT NOT NULL,
  ids BLOB NOT NULL,
  bits BLOB NOT NULL,
  facts BLOB NOT NULL,
  codes BLOB NOT NULL
) STRICT""",
    "CREATE INDEX vector_blocks_model ON vector_blocks (model_id)",
    """CREATE TABLE vector_dead (
  block_id INTEGER PRIMARY KEY REFERENCES vector_blocks (id) ON DELETE CASCADE,
  rows BLOB NOT NULL
) STRICT""",
    # Vectors that are new, changed or gone since the blocks were written.
    """CREATE TABLE vector_changes (
  embedding_id TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID""",
    # Items whose type, organization or tags changed, the last few thousand: what filters kept in memory must learn.
    """CREATE TABLE vector_item_changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id TEXT NOT NULL
) STRICT""",
    f"""CREATE TABLE trash (
  id TEXT PRIMARY KEY NOT NULL,
  deleted_at TEXT NOT NULL CHECK (deleted_at GLOB '{TIME_GLOB}'),
  actor_id TEXT,
  label TEXT NOT NULL,
  roots TEXT NOT NULL CHECK (json_valid(roots)),
  cascade INTEGER NOT NULL,
  counts TEXT NOT NULL CHECK (json_valid(counts))
) STRICT, WITHOUT ROWID""",
    # kind: 'row' holds the whole row, 'link' one foreign key that was set free
    """CREATE TABLE trash_rows (
  trash_id TEXT NOT NULL REFERENCES trash (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  kind TEXT NOT NULL,
  image TEXT NOT NULL,
  PRIMARY KEY (trash_id, seq)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE undo_log (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor_id TEXT,
  label TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0,
  changes TEXT NOT NULL CHECK (json_valid(changes))
) STRICT""",
    """CREATE TABLE drafts (
  name TEXT PRIMARY KEY NOT NULL,
  at TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE saved_searches (
  name TEXT PRIMARY KEY NOT NULL,
  at TEXT NOT NULL,
  filter TEXT NOT NULL
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE preferences (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID""",
]

SYNC_TABLES = [
    # One row for each row that differs from the server. base: its image as it was when last in step, NULL when the
    # server never had it; base_vector: the vector of that image, when it changed; held: why it is not pushed.
    """CREATE TABLE sync_dirty (
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  base TEXT,
  base_vector BLOB,
  generation INTEGER NOT NULL DEFAULT 1,
  held TEXT,
  PRIMARY KEY (tbl, pk)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX sync_dirty_held ON sync_dirty (tbl, pk) WHERE held IS NOT NULL",
    # Rows that the server never had and that are not shared: they stay here.
    """CREATE TABLE sync_kept (
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  PRIMARY KEY (tbl, pk)
) STRICT, WITHOUT ROWID""",
    # Batches on their way; unchanged until acknowledged, then what a restored server would need.
    f"""CREATE TABLE sync_outbox (
  seq INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL,
  made_at TEXT NOT NULL CHECK (made_at GLOB '{TIME_GLOB}'),
  acknowledged_at TEXT CHECK (acknowledged_at GLOB '{TIME_GLOB}'),
  batch BLOB NOT NULL
) STRICT""",
    # seq: the batch it was found in, NULL when a pull found it; resolution: how a person settled it
    f"""CREATE TABLE sync_conflict (
  id TEXT PRIMARY KEY NOT NULL,
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  kind TEXT NOT NULL,
  base TEXT,
  ours TEXT,
  theirs TEXT,
  reason TEXT NOT NULL,
  at TEXT NOT NULL CHECK (at GLOB '{TIME_GLOB}'),
  seq INTEGER,
  resolved_at TEXT CHECK (resolved_at GLOB '{TIME_GLOB}'),
  resolution TEXT
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX sync_conflict_open ON sync_conflict (at, id) WHERE resolved_at IS NULL",
    "CREATE INDEX sync_conflict_row ON sync_conflict (tbl, pk)",
    # Foreign keys that are empty here because what they point to is not here; the server still has the id.
    """CREATE TABLE sync_loose (
  tbl TEXT NOT NULL,
  pk TEXT NOT NULL,
  col TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (tbl, pk, col)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX sync_loose_value ON sync_loose (value)",
    # What each round did, for the person.
    f"""CREATE TABLE sync_log (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL CHECK (at GLOB '{TIME_GLOB}'),
  kind TEXT NOT NULL,
  summary TEXT NOT NULL CHECK (json_valid(summary))
) STRICT""",
    """CREATE TABLE sync_state (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID""",
]
"""Empty until a store is linked with a server."""
