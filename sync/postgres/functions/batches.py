"""Where a device stands: its pull token and cursor, its batches and their results."""

from __future__ import annotations

from sync.postgres.functions.function import Function
from sync.postgres.functions.rights import COMMITTED, REPEATABLE, declared

_PULL_BEGIN = (
    declared(REPEATABLE, ("me", "mine", "founded", "seen"))
    + """  presented pg_snapshot := "cursor"::pg_snapshot;
  now_is pg_snapshot := pg_current_snapshot();
  state record;
  found text;
  noted jsonb;
BEGIN
  INSERT INTO localstore_sync.device_state (device) VALUES (mine) ON CONFLICT (device) DO NOTHING;
  SELECT s.token, s.last_batch INTO state FROM localstore_sync.device_state AS s WHERE s.device = mine FOR UPDATE;
  found := CASE
    WHEN presented IS NULL THEN 'first'
    WHEN state.last_batch < $3 OR pg_snapshot_xmax(presented) > pg_snapshot_xmax(now_is)
      OR state.token NOT IN (coalesce($1, $2), $2) THEN 'restored'
    -- A cursor from before we knew the device: all rows are compared, which is right whatever it is.
    WHEN state.token IS NULL THEN 'late'
    WHEN pg_snapshot_xmin(presented)
      < coalesce((SELECT s.value::xid8 FROM localstore_sync.settings AS s WHERE s.key = 'floor'), '0'::xid8) THEN 'late'
    ELSE 'next' END;
  -- The log is kept from the cursor that the device has shown on; without one, from the one that it gets now.
  UPDATE localstore_sync.device_state AS s SET token = $2, seen_at = now(), pulled_at = now(),
    "cursor" = CASE WHEN found = 'next' THEN presented ELSE now_is END
    WHERE s.device = mine;
  -- Which tables are worth asking: all when organizations came or went.
  IF found = 'next' AND seen @> $5 AND $5 @> seen THEN
    noted := coalesce((SELECT jsonb_object_agg(g.tbl, g.ops) FROM (
      SELECT l.tbl, string_agg(DISTINCT l.op::text, '') AS ops FROM localstore_sync.log AS l
      WHERE l.xid >= pg_snapshot_xmin(presented) AND NOT pg_visible_in_snapshot(l.xid, presented)
        AND (l.op = 'D' OR l.device IS DISTINCT FROM mine) GROUP BY l.tbl) AS g), '{}');
  END IF;
  RETURN jsonb_build_object('state', found, 'snapshot', now_is::text, 'orgs', to_jsonb(seen),
    'last_batch', state.last_batch, 'noted', noted);
END"""
)

_PUSH_BEGIN = (
    declared(COMMITTED, ("mine",))
    + """  last bigint;
  known record;
BEGIN
  -- Waiting for the owner's programs is short and rare: their rows were skipped when they were locked.
  PERFORM set_config('lock_timeout', '300ms', true);
  -- What an owner's deferred constraint refuses must be told for its row, not at COMMIT for all.
  SET CONSTRAINTS ALL IMMEDIATE;
  INSERT INTO localstore_sync.device_state (device) VALUES (mine) ON CONFLICT (device) DO NOTHING;
  SELECT s.last_batch INTO last FROM localstore_sync.device_state AS s WHERE s.device = mine FOR UPDATE;
  IF $1 = last + 1 THEN
    INSERT INTO localstore_sync.batch AS b (device, n, sha256, at) VALUES (mine, $1, $2, now())
      ON CONFLICT (device, n) DO UPDATE SET sha256 = excluded.sha256, result = NULL, at = excluded.at;
    RETURN NULL;
  END IF;
  IF $1 > last THEN
    RAISE EXCEPTION 'batch % comes after %, which is the last that the server has', $1, last USING ERRCODE = 'LS011';
  END IF;
  SELECT b.sha256, b.result INTO known FROM localstore_sync.batch AS b WHERE b.device = mine AND b.n = $1;
  IF NOT FOUND OR known.sha256 IS DISTINCT FROM $2 THEN
    RAISE EXCEPTION 'batch % of this device was another one', $1 USING ERRCODE = 'LS010';
  END IF;
  RETURN known.result;
END"""
)

_PUSH_END = (
    declared(COMMITTED, ("mine",))
    + """BEGIN
  UPDATE localstore_sync.batch AS b SET result = $2 WHERE b.device = mine AND b.n = $1 AND b.result IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'batch % was not begun', $1 USING ERRCODE = 'LS011';
  END IF;
  UPDATE localstore_sync.device_state AS s SET last_batch = $1, seen_at = now() WHERE s.device = mine;
END"""
)

# What went along with a parent too: a device may never have seen it.
_DELETED = (
    declared(COMMITTED, ("me",))
    + """BEGIN
  RETURN QUERY SELECT l.tbl, l.pk FROM localstore_sync.log AS l WHERE l.xid = pg_current_xact_id() AND l.op = 'D';
END"""
)


def functions() -> list[Function]:
    """Return the functions that keep a device's place."""
    begin = [
        ("previous", "uuid"),
        ("pending", "uuid"),
        ("last_batch", "bigint"),
        ("cursor", "text"),
        ("orgs", "uuid[]"),
    ]
    return [
        Function("pull_begin", begin, "jsonb", _PULL_BEGIN),
        Function("push_begin", [("n", "bigint"), ("sha256", "bytea")], "text", _PUSH_BEGIN),
        Function("deleted", [], "TABLE (tbl text, pk text)", _DELETED),
        Function("push_end", [("n", "bigint"), ("result", "text")], "void", _PUSH_END),
    ]
