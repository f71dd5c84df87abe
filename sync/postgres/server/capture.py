"""The triggers that note what any program changes in the thirteen tables.

They write keys alone: 5 µs a row beside an insert's 11 and an update's 9 (contents of 200 bytes); a deletion, of 3,
also keeps the row, for 10 more. They must never fail in the owner's transaction: a column that was renamed or dropped
under them makes them say less, and devices learn from the fingerprint that something changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localstore import tables
from localstore.models import BY_NAME
from localstore.quoting import quoted
from sync.postgres.server.adoption import ServerColumn, ServerTable, literal
from sync.postgres.server.ddl import SCHEMA

ROW, UPDATE, TRUNCATE = "localstore_sync_row", "localstore_sync_update", "localstore_sync_truncate"
SECRETS = frozenset({"hashed_password", "key_hash"})
DEVICE_SETTING = "localstore_sync.device"
"""Set, for one transaction, by the functions that push."""
PINNED = "SET search_path = pg_catalog, localstore_sync, pg_temp"
"""Temporary objects come last, and never first: a device's temporary view once ran as the definer."""

_BODY = """
DECLARE
  new_key text;
  old_key text;
  moved boolean := false;
  pushing uuid;
  gone jsonb;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    BEGIN
      EXECUTE format('INSERT INTO localstore_sync.log (xid, tbl, pk, op) '
        'SELECT pg_current_xact_id(), %L, %s, ''D'' FROM %s', {name}, {key_sql}, TG_RELID::regclass);
    EXCEPTION WHEN undefined_column OR insufficient_privilege THEN
      PERFORM localstore_sync.note_unnoticed({name});
    END;
    RETURN NULL;
  END IF;
  BEGIN
    IF TG_OP <> 'DELETE' THEN new_key := {new_key}; END IF;
    IF TG_OP <> 'INSERT' THEN old_key := {old_key}; END IF;
  EXCEPTION WHEN undefined_column OR datatype_mismatch THEN
    -- The key has another name now, and nothing can be said of this row.
    PERFORM localstore_sync.note_unnoticed({name});
    RETURN NULL;
  END;
  -- Only what a device's own statement changed is its own; what triggers change is news to it.
  IF pg_trigger_depth() = 1 THEN
    pushing := nullif(current_setting('{setting}', true), '')::uuid;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO localstore_sync.log (xid, tbl, pk, op, device)
      VALUES (pg_current_xact_id(), {name}, new_key, 'I', pushing);
  ELSIF TG_OP = 'UPDATE' THEN
{moved}    IF old_key <> new_key THEN
      INSERT INTO localstore_sync.log (xid, tbl, pk, op, device)
        VALUES (pg_current_xact_id(), {name}, old_key, 'D', pushing);
    END IF;
    INSERT INTO localstore_sync.log (xid, tbl, pk, op, device)
      VALUES (pg_current_xact_id(), {name}, new_key, CASE WHEN moved THEN 'S' ELSE 'U' END::"char", pushing);
  ELSE
    INSERT INTO localstore_sync.log (xid, tbl, pk, op, device)
      VALUES (pg_current_xact_id(), {name}, old_key, 'D', pushing);
{gone}  END IF;
  RETURN NULL;
END"""

_GONE = """    BEGIN
      gone := jsonb_build_object({image});
    EXCEPTION WHEN undefined_column OR datatype_mismatch THEN
      gone := (SELECT jsonb_object_agg(each.key, each.value) FROM jsonb_each_text(to_jsonb(OLD)) AS each
        WHERE each.key = ANY (ARRAY[{kept}]));
    END;
    INSERT INTO localstore_sync.tombstone (tbl, pk, image, xid)
      VALUES ({name}, old_key, gone, pg_current_xact_id());
"""

_MOVED = """    BEGIN
      moved := ({old}) IS DISTINCT FROM ({new});
    EXCEPTION WHEN undefined_column OR datatype_mismatch THEN
      moved := true;
    END;
    -- It may be a foreign key's SET NULL, whose triggers have the depth of the statement that caused it.
    IF moved THEN pushing := NULL; END IF;
"""

# Once for a table: no unique key, as its lock would make the owner's transactions wait for each other.
_UNNOTICED = f"""CREATE OR REPLACE FUNCTION localstore_sync.note_unnoticed(written text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER {PINNED} AS $note$
BEGIN
  INSERT INTO localstore_sync.unnoticed (tbl)
    SELECT written WHERE NOT EXISTS (SELECT FROM localstore_sync.unnoticed AS u WHERE u.tbl = written);
END
$note$"""


@dataclass(frozen=True)
class Trigger:
    """A trigger as it should be: its statement, and what the catalogs say of it (``tgtype``, whether it has WHEN)."""

    name: str
    sql: str
    type: int
    conditional: bool


def function_name(name: str) -> str:
    """Return the name of a table's trigger function."""
    return f"{SCHEMA}.note_{name}"


def function(table: ServerTable) -> str:
    """Return the statement that makes a table's trigger function."""
    return (
        f"CREATE OR REPLACE FUNCTION {function_name(table.name)}() RETURNS trigger LANGUAGE plpgsql "
        f"SECURITY DEFINER {PINNED} AS $note${_body(table)}\n$note$"
    )


def _body(table: ServerTable) -> str:
    keys = tables.key_columns(BY_NAME[table.name])
    moves = [column for column, _, _ in tables.references(BY_NAME[table.name])]
    return _BODY.format(
        name=literal(table.name),
        key_sql=literal(_key("", keys)),
        new_key=_key("NEW.", keys),
        old_key=_key("OLD.", keys),
        setting=DEVICE_SETTING,
        moved=_MOVED.format(old=_list("OLD.", moves), new=_list("NEW.", moves)) if moves else "",
        gone=_gone(table),
    )


def _gone(table: ServerTable) -> str:
    """Return what keeps a deleted row; of a vector or a link nothing would be left that its key does not say."""
    model = BY_NAME[table.name]
    if any(column.kind == "VECTOR" for column in table.columns) or not tables.is_stamped(model):
        return ""
    kept = [column for column in table.columns if column.name not in SECRETS]
    return _GONE.format(
        name=literal(table.name),
        image=", ".join(f"{literal(column.name)}, {as_text(column, 'OLD.')}" for column in kept),
        kept=", ".join(literal(column.name) for column in kept),
    )


def _key(row: str, columns: tuple[str, ...]) -> str:
    return " || '/' || ".join(f"{row}{quoted(name)}::text" for name in columns)


def _list(row: str, columns: list[str]) -> str:
    return "ROW(" + ", ".join(f"{row}{quoted(name)}" for name in columns) + ")"


def as_text(column: ServerColumn, row: str = "") -> str:
    """Return the expression of a column's text, whatever the session's zone and date style."""
    place = f"{row}{quoted(column.actual)}"
    if column.enum and len({label.lower() for label in column.enum}) == len(column.enum):
        return f"lower({place}::text)"
    if column.kind != "UTC":
        return f"{place}::text"
    moment = place if column.naive else f"{place} AT TIME ZONE 'UTC'"
    return f'to_char({moment}, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')'


def triggers(table: ServerTable) -> list[Trigger]:
    """Return a table's triggers.

    WHEN compares images: ``IS DISTINCT FROM`` has no operator for ``json`` and would break the owner's updates. It
    names no column, so that none is held fast by it.
    """
    call = f"EXECUTE FUNCTION {function_name(table.name)}()"
    row = f"AFTER INSERT OR DELETE ON {table.qualified} FOR EACH ROW {call}"
    update = f"AFTER UPDATE ON {table.qualified} FOR EACH ROW WHEN (OLD.* *<> NEW.*) {call}"
    truncate = f"BEFORE TRUNCATE ON {table.qualified} FOR EACH STATEMENT {call}"
    return [
        Trigger(ROW, f"CREATE TRIGGER {ROW} {row}", 1 | 4 | 8, False),
        Trigger(UPDATE, f"CREATE TRIGGER {UPDATE} {update}", 1 | 16, True),
        Trigger(TRUNCATE, f"CREATE TRIGGER {TRUNCATE} {truncate}", 2 | 32, False),
    ]


def trigger_statements(table: ServerTable) -> list[str]:
    """Return the statements that make a table's triggers, also for writes of a replica and of COPY."""
    made = triggers(table)
    always = ", ".join(f"ENABLE ALWAYS TRIGGER {each.name}" for each in made)
    return [*(each.sql for each in made), f"ALTER TABLE {table.qualified} {always}"]


def functions(whole: Mapping[str, ServerTable]) -> list[str]:
    """Return the statements that make all trigger functions."""
    return [_UNNOTICED, *map(function, whole.values())]
