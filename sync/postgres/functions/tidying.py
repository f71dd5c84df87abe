"""Trimming what no device needs any more, a little at a time, by whichever device syncs."""

from __future__ import annotations

from sync.postgres.functions.function import Function
from sync.postgres.functions.rights import COMMITTED, declared

# One at a time, and never waiting for the other.
_TIDY = (
    declared(COMMITTED, ("me",))
    + """  kept interval;
  reached xid8;
  below xid8;
  removed bigint := 0;
  part bigint;
BEGIN
  SELECT s.value::xid8 INTO below FROM localstore_sync.settings AS s WHERE s.key = 'floor' FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  kept := make_interval(days => coalesce(
    (SELECT s.value::integer FROM localstore_sync.settings AS s WHERE s.key = 'retention_days'), 30));
  -- A device that stays away for longer compares all its rows when it comes back.
  reached := (SELECT pg_snapshot_xmin(d."cursor") FROM localstore_sync.device_state AS d
    WHERE d.pulled_at > now() - kept AND d."cursor" IS NOT NULL ORDER BY 1 LIMIT 1);
  reached := greatest(below, least(coalesce(reached, pg_snapshot_xmin(pg_current_snapshot())),
    pg_snapshot_xmin(pg_current_snapshot())));
  IF reached > below THEN
    UPDATE localstore_sync.settings AS s SET value = reached::text WHERE s.key = 'floor';
  END IF;
  DELETE FROM localstore_sync.log AS l WHERE l.ctid = ANY (ARRAY(
    SELECT o.ctid FROM localstore_sync.log AS o WHERE o.xid < reached ORDER BY o.xid LIMIT $1));
  GET DIAGNOSTICS part = ROW_COUNT;
  removed := removed + part;
  DELETE FROM localstore_sync.tombstone AS t WHERE t.ctid = ANY (ARRAY(
    SELECT o.ctid FROM localstore_sync.tombstone AS o WHERE o.at < now() - kept ORDER BY o.at LIMIT $1));
  GET DIAGNOSTICS part = ROW_COUNT;
  removed := removed + part;
  -- The newest result of a device is what it asks for when a connection broke at COMMIT; older ones tell copies.
  DELETE FROM localstore_sync.batch AS b USING localstore_sync.device_state AS d
    WHERE d.device = b.device AND b.n < d.last_batch AND b.at < now() - kept;
  GET DIAGNOSTICS part = ROW_COUNT;
  removed := removed + part;
  DELETE FROM localstore_sync.signed_in AS s WHERE s.ctid = ANY (ARRAY(
    SELECT o.ctid FROM localstore_sync.signed_in AS o
    WHERE o.xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY o.xid LIMIT $1));
  GET DIAGNOSTICS part = ROW_COUNT;
  RETURN removed + part;
END"""
)


def functions() -> list[Function]:
    """Return ``tidy``."""
    return [Function("tidy", [("count", "integer")], "bigint", _TIDY)]
