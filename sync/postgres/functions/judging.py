"""Rows that a device sends, judged one by one within a set: why each may not go in, or NULL.

A parent that is not there, or that somebody is about to delete, ends the whole call with the error that PostgreSQL
has for it, at once: waiting for it could make the owner's program the victim of a deadlock.
"""

from __future__ import annotations

from localstore import tables
from localstore.quoting import quoted
from sync.postgres.functions import columns
from sync.postgres.functions.function import Function
from sync.postgres.functions.policies import Table
from sync.postgres.server.adoption import ServerColumn, literal

_UNHELD = """
BEGIN
  IF there THEN
    RAISE EXCEPTION '% %, which a row belongs to, is held by another transaction', tbl, key USING ERRCODE = '55P03';
  END IF;
  RAISE EXCEPTION 'a row belongs to one that is not there' USING ERRCODE = '23503', COLUMN = col,
    DETAIL = format('Key (%s)=(%s) is not present in table "%s".', col, key, tbl);
END"""

_LONGEST = """
BEGIN
  RETURN (SELECT CASE WHEN b.typname IN ('varchar', 'bpchar') AND m.typmod > 4 THEN m.typmod - 4 END
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    JOIN pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid),
    LATERAL (SELECT CASE WHEN t.typbasetype <> 0 THEN t.typtypmod ELSE a.atttypmod END AS typmod) AS m
    WHERE a.attrelid = to_regclass(tbl) AND a.attname = col);
END"""

# Triggers that change a row before it is stored; times and texts that are stored otherwise than they were sent.
_ALTERS = """
BEGIN
  RETURN EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = to_regclass(tbl) AND NOT t.tgisinternal
      AND t.tgenabled <> 'D' AND (t.tgtype & 3) = 3)
    OR EXISTS (SELECT FROM pg_attribute AS a JOIN pg_type AS y ON y.oid = a.atttypid
      WHERE a.attrelid = to_regclass(tbl) AND a.attnum > 0 AND NOT a.attisdropped AND (a.attgenerated <> ''
        OR y.typbasetype <> 0 OR y.typname = 'bpchar'
        OR (y.typname IN ('timestamp', 'timestamptz') AND a.atttypmod >= 0)));
END"""

# Triggers of the owner run as our functions' owner, and most name their tables without a schema. A schema in which the
# device's role may make things is no place to look for them: what it makes there would run with more rights.
_PATH = """
BEGIN
  RETURN concat_ws(', ', 'pg_catalog, localstore_sync', (SELECT string_agg(quote_ident(s), ', ' ORDER BY s)
    FROM unnest(schemas) AS s
    WHERE to_regnamespace(quote_ident(s)) IS NOT NULL AND NOT has_schema_privilege(session_user, s, 'CREATE')),
    'pg_temp');
END"""


def functions() -> list[Function]:
    """Return what the writing functions ask."""
    unheld = [("col", "text"), ("tbl", "text"), ("key", "uuid"), ("there", "boolean")]
    column = [("tbl", "text"), ("col", "text")]
    return [
        Function("unheld", unheld, "text", _UNHELD, called=False),
        Function("longest", column, "integer", _LONGEST, stable=True, called=False),
        Function("path_of_triggers", [("schemas", "text[]")], "text", _PATH, stable=True, called=False),
        Function("alters", column[:1], "boolean", _ALTERS, stable=True, called=False),
    ]


def variables(table: Table) -> list[str]:
    """Return the declarations of what the server's columns take, and whether it stores rows as they are sent."""
    place = literal(table.server.qualified)
    limits = [(columns.limit_variable(each), each) for each in table.server.columns]
    return [
        *(
            f"{name} integer := localstore_sync.longest({place}, {literal(each.actual)})"
            for name, each in limits
            if name
        ),
        f"altered boolean := localstore_sync.alters({place})",
    ]


def parents(table: Table) -> str:
    """Return the CTEs that hold the parents of *given* rows, so that nobody deletes them meanwhile."""
    return "".join(
        f'held_{column} AS MATERIALIZED (SELECT p."id" FROM {table.of(parent).server.qualified} AS p '
        f'WHERE p."id" IN (SELECT g."{column}" FROM given AS g) FOR KEY SHARE OF p SKIP LOCKED),\n  '
        for column, parent, _ in tables.references(table.model)
    )


def parent_joins(table: Table, row: str) -> str:
    """Return the joins of *row* with the parents that are held."""
    return "".join(
        f' LEFT JOIN held_{column} ON held_{column}."id" = {row}."{column}"'
        for column, _, _ in tables.references(table.model)
    )


def parent_cases(table: Table, row: str) -> list[str]:
    """Return the cases in which the call ends for want of a parent."""
    found = []
    for column, parent, _ in tables.references(table.model):
        at, place = f"{row}.{quoted(column)}", table.of(parent).server
        there = f'EXISTS (SELECT FROM {place.qualified} AS p WHERE p."id" = {at})'
        call = f"localstore_sync.unheld({literal(column)}, {literal(place.table)}, {at}, {there})"
        found.append(f'WHEN {at} IS NOT NULL AND held_{column}."id" IS NULL THEN {call}')
    return found


def refused(condition: str, reason: str) -> str:
    """Return the case of rows for which a condition does not hold; *reason* is a sentence."""
    return f"WHEN ({condition}) IS NOT TRUE THEN {literal(reason)}"


def value_cases(given: tuple[ServerColumn, ...], row: str) -> list[str]:
    """Return the cases of values that do not fit their columns; a column that was not sent is NULL, and fits."""
    found = [f"WHEN {when} THEN {reason}" for column in given for when, reason in columns.refusals(column, row)]
    if any(column.kind == "VECTOR" for column in given):
        outside = f"{row}._at < 1 OR {row}._n < 1 OR {row}._at + {row}._n - 1 > cardinality(vectors)"
        found.append(f"WHEN {outside} THEN 'its vector is not among those that were sent'")
        found.append(f"WHEN {row}._n <> {row}.\"dim\" THEN 'its vector has not as many numbers as dim says'")
    return found


def case(cases: list[str]) -> str:
    """Return the reason why a row does not go in."""
    return "CASE\n      " + "\n      ".join(cases) + "\n    END" if cases else "NULL::text"


def pushing(table: Table) -> tuple[str, str]:
    """Return the statements before and after those that change rows.

    The log names the device for what they change, and the owner's triggers find their names.
    """
    schemas = ", ".join(literal(each) for each in sorted({each.schema for each in table.whole.values()} | {"public"}))
    return (
        "PERFORM set_config('localstore_sync.device', mine::text, true);\n"
        f"  PERFORM set_config('search_path', localstore_sync.path_of_triggers(ARRAY[{schemas}]), true);",
        "PERFORM set_config('localstore_sync.device', '', true);",
    )
