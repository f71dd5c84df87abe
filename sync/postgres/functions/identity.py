"""Signing in: a device proves that it has its secret, and its transaction is noted as its user's.

What was proved is a row with the transaction's number, so that no setting forges it and a savepoint takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping

from localstore.models import User
from sync.postgres.functions.function import Function
from sync.postgres.functions.policies import table_of
from sync.postgres.server.adoption import ServerTable
from sync.postgres.versions import PROTOCOL

_SIGN_IN = """
DECLARE
  asked uuid := $1;
  given bytea := $2;
  settings jsonb;
  known record;
  person record;
  mask bytea;
  tables text;
BEGIN
  IF $3 IS DISTINCT FROM {protocol} THEN
    RAISE EXCEPTION 'the server speaks version {protocol} of the protocol'
      USING ERRCODE = 'LS002', DETAIL = '{protocol}';
  END IF;
  settings := (SELECT jsonb_object_agg(s.key, s.value) FROM localstore_sync.settings AS s
    WHERE s.key IN ('enabled', 'fingerprint', 'schema'));
  IF settings ->> 'enabled' IS DISTINCT FROM 'true' THEN
    RAISE EXCEPTION 'sync is switched off on this server' USING ERRCODE = 'LS007';
  END IF;
  -- The lock fails in a snapshot from before the device was revoked, and lets nobody revoke it until we are through.
  SELECT d.user_id, d.name, d.secret_hash, d.expires_at INTO known
    FROM localstore_sync.devices AS d WHERE d.id = asked FOR KEY SHARE;
  IF NOT FOUND OR octet_length(given) IS DISTINCT FROM 32 THEN
    RAISE EXCEPTION 'the device is not known, or was revoked' USING ERRCODE = 'LS001';
  END IF;
  mask := sha256(known.secret_hash
    || convert_to(pg_current_xact_id()::text || ':' || pg_backend_pid() || ':' || asked::text, 'UTF8'));
  FOR at IN 0..31 LOOP
    given := set_byte(given, at, get_byte(given, at) # get_byte(mask, at));
  END LOOP;
  IF sha256(given) <> known.secret_hash THEN
    RAISE EXCEPTION 'the device is not known, or was revoked' USING ERRCODE = 'LS001';
  END IF;
  IF known.expires_at <= clock_timestamp() THEN
    RAISE EXCEPTION 'the device % ended on %', known.name, to_char(known.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
      USING ERRCODE = 'LS003';
  END IF;
  SELECT u."email"::text AS email, u."is_active" AS active INTO person FROM {users} AS u WHERE u."id" = known.user_id;
  IF person.active IS NOT TRUE THEN
    RAISE EXCEPTION 'the user % is not active on the server', coalesce(person.email, known.user_id::text)
      USING ERRCODE = 'LS008';
  END IF;
  IF settings ->> 'fingerprint' IS DISTINCT FROM localstore_sync.fingerprint() THEN
    SELECT string_agg(now.key, ', ' ORDER BY now.key) INTO tables
      FROM jsonb_each_text(localstore_sync.fingerprint()::jsonb) AS now
      WHERE now.value IS DISTINCT FROM (settings ->> 'fingerprint')::jsonb ->> now.key;
    RAISE EXCEPTION 'columns or triggers changed since sync was set up: %', tables USING ERRCODE = 'LS006';
  END IF;
  -- A commit that a crash took back could give its number, which is below a cursor, to another transaction.
  IF current_setting('synchronous_commit') <> 'remote_apply' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  INSERT INTO localstore_sync.signed_in AS s (xid, device, user_id, at)
    VALUES (pg_current_xact_id(), asked, known.user_id, transaction_timestamp())
    ON CONFLICT (xid) DO UPDATE SET device = excluded.device, user_id = excluded.user_id, at = excluded.at;
  RETURN jsonb_build_object('user', known.user_id, 'email', person.email, 'name', known.name,
    'system', localstore_sync.system(), 'schema', (settings ->> 'schema')::integer);
END"""

# Both: a dump restored into another database of the same server is another system.
_SYSTEM = """
DECLARE
  place text := (SELECT d.oid::text FROM pg_database AS d WHERE d.datname = current_database());
BEGIN
  RETURN (SELECT c.system_identifier FROM pg_control_system() AS c) || ':' || place;
END"""


def functions(whole: Mapping[str, ServerTable]) -> list[Function]:
    """Return the functions that tell who a device is."""
    arguments = [("device", "uuid"), ("proof", "bytea"), ("protocol", "integer")]
    body = _SIGN_IN.format(protocol=PROTOCOL, users=table_of(whole, User).server.qualified)
    return [
        Function("system", [], "text", _SYSTEM, stable=True, called=False),
        Function("sign_in", arguments, "jsonb", body),
    ]
