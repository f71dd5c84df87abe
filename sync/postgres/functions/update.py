"""Changed columns of rows that a device sends, in one statement; unique values that rows exchange are parked first."""

from __future__ import annotations

from localstore import tables
from localstore.quoting import quoted
from localstore.sync_rules import Writes
from sync.postgres.functions import columns, images, judging, keys
from sync.postgres.functions.function import TEXTS, Function, table_of
from sync.postgres.functions.insert import ARGUMENTS
from sync.postgres.functions.policies import Table
from sync.postgres.functions.rights import COMMITTED, WRITING, declared
from sync.postgres.functions.writing import REASONS, may_become, may_write
from sync.postgres.server.adoption import ServerColumn, literal

NOT_THERE = "the row is not on the server any more, or not shown to you"
OF_EVENTS = frozenset({"payload", "updated_at"})
"""What is added to an event later on; the rest of it is history."""


def functions(table: Table) -> list[Function]:
    """Return ``update_T``."""
    listed = table_of(images.names(table), "state text", "reason text")
    return [Function(f"update_{table.name}", ARGUMENTS, listed, _update(table), settings=TEXTS)]


def settable(table: Table) -> list[ServerColumn]:
    """Return the columns that a device may change."""
    fixed = {*tables.key_columns(table.model), *table.rule.kept_by_server}
    free = [each for each in table.server.columns if each.name not in fixed]
    return [each for each in free if each.name in OF_EVENTS] if table.rule.writes is Writes.ACTOR else free


def _update(table: Table) -> str:
    if not settable(table):
        return f"{declared(COMMITTED, ('me',))}BEGIN\n  RETURN;\nEND"
    before, after = judging.pushing(table)
    parked = _parkable(table)
    more = ["mine uuid := localstore_sync.signed_device(NULL)", *judging.variables(table)]
    more += [f"parked_{each.name} uuid[] := '{{}}'" for each in parked]
    parking = "".join(_park(table, each) for each in parked)
    return f"""{declared(COMMITTED, WRITING, *more)}BEGIN
  {before}
{parking}  IF altered THEN
    RETURN QUERY {_statement(table, compared=True)};
  ELSE
    RETURN QUERY {_statement(table, compared=False)};
  END IF;
{"".join(_need_unparked(table, each) for each in parked)}  {after}
END"""


# -- unique values ----------------------------------------------------------------------------------------------


def _parkable(table: Table) -> list[ServerColumn]:
    return [each for each in settable(table) if each.name in table.rule.unique]


def _park(table: Table, column: ServerColumn) -> str:
    """Return what frees values that another row of this call asks for; a value of nobody's takes their place."""
    name, place = quoted(column.name), table.server.qualified
    fields = f'"id" uuid, {name} {"uuid" if column.kind == "ID" else "text"}'
    return f"""  IF strpos("rows"::text, {literal(f'"{column.name}"')}) > 0 THEN
    WITH moved AS (
      UPDATE {place} AS x SET {quoted(column.actual)} = {_parked(column, "x")}
      FROM json_to_recordset("rows") AS g ({fields})
      WHERE x."id" = g."id" AND ({columns.value(column, "x")}) IS DISTINCT FROM g.{name} AND g.{name} IS NOT NULL
        AND x."id" IN (SELECT o."id" FROM {place} AS o{table.joins("o")} WHERE {may_write(table, "o")})
        AND EXISTS (SELECT FROM json_to_recordset("rows") AS w ({fields})
          WHERE w."id" <> g."id" AND w.{name} = {columns.value(column, "x")})
      RETURNING x."id"
    )
    SELECT coalesce(array_agg(m."id"), '{{}}') INTO parked_{column.name} FROM moved AS m;
  END IF;
"""


def _parked(column: ServerColumn, row: str) -> str:
    return "NULL" if column.kind == "ID" else f'{row}."id"::text::{column.type}'


def _need_unparked(table: Table, column: ServerColumn) -> str:
    """Return what ends a call in which a row gave up its value and was refused then: it goes alone next time."""
    at = columns.place(column, "x")
    still = f"{at} IS NULL" if column.kind == "ID" else f"{at} = {_parked(column, 'x')}"
    place = table.server.qualified
    return f"""  IF EXISTS (SELECT FROM {place} AS x WHERE x."id" = ANY (parked_{column.name}) AND {still}) THEN
    RAISE EXCEPTION 'a row whose {column.name} another one asks for was refused' USING ERRCODE = '23505',
      COLUMN = '{column.name}';
  END IF;
"""


# -- the rows -----------------------------------------------------------------------------------------------------


def _statement(table: Table, *, compared: bool) -> str:
    server = table.server
    sets = ", ".join(f"{quoted(each.actual)} = {_new(each, columns.sent(each, 'j'))}" for each in settable(table))
    places = ", ".join(columns.place(each, "x") for each in server.columns)
    kept = "".join(f", {columns.place(each, 'o')} AS {_kept(each)}" for each in server.columns) if compared else ""
    refused = ", ".join(images.key_only(table, "j"))
    return f"""WITH given AS MATERIALIZED (
    SELECT {columns.names(server.columns, "g")}, h.has FROM json_array_elements("rows") AS e (document)
    CROSS JOIN LATERAL json_to_record(e.document) AS g ({columns.given(server.columns)})
    CROSS JOIN LATERAL (SELECT array_agg(k) AS has FROM json_object_keys(e.document) AS k) AS h
  ),
  {judging.parents(table)}judged AS MATERIALIZED (
    SELECT g.*, {judging.case(_cases(table))} AS refusal{kept}
    FROM given AS g LEFT JOIN {server.qualified} AS o ON {keys.same(table.model, "o", "g")}{table.joins("o")}
    CROSS JOIN LATERAL (SELECT {_as_it_would_be(table)}) AS n{table.joins("n")}{judging.parent_joins(table, "g")}
  ),
  put AS (
    UPDATE {server.qualified} AS x SET {sets}
    FROM judged AS j WHERE {keys.same(table.model, "x", "j")} AND j.refusal IS NULL
    {f"RETURNING {places}" if compared else ""}
  )
  SELECT 'refused', j.refusal, {refused} FROM judged AS j WHERE j.refusal IS NOT NULL
  {_differing(table, refused) if compared else ""}"""


def _has(column: ServerColumn, row: str) -> str:
    return f"{literal('_at' if column.kind == 'VECTOR' else column.name)} = ANY ({row}.has)"


def _new(column: ServerColumn, sent: str) -> str:
    """Return what a column is set to: static statements name all columns, and give most of them what they had."""
    return f"CASE WHEN {_has(column, 'j')} THEN {sent} ELSE {columns.place(column, 'x')} END"


def _kept(column: ServerColumn) -> str:
    return quoted(f"kept {column.name}")


def _as_it_would_be(table: Table) -> str:
    """Return the columns that rights go by, as they would be."""
    names = {name for name, _, _ in tables.references(table.model)} | {"id", "scope", "role"}
    return ", ".join(
        f"CASE WHEN {_has(each, 'g')} THEN g.{quoted(each.name)} ELSE {columns.value(each, 'o')} END "
        f"AS {quoted(each.name)}"
        for each in table.server.columns
        if each.name in names
    )


def _cases(table: Table) -> list[str]:
    reason = REASONS[table.rule.writes]
    # A row that was parked was found to be the user's before it gave up what tells so.
    parked = "".join(f' OR o."id" = ANY (parked_{each.name})' for each in _parkable(table) if each.kind == "ID")
    there = f'o."id" IS NOT NULL AND ({table.sees("o")}{parked})'
    become = may_become(table, "n", "o")
    return [
        judging.refused(there, NOT_THERE),
        *judging.parent_cases(table, "g"),
        judging.refused(may_write(table, "o") + parked, reason),
        *([] if become == "true" else [judging.refused(become, reason)]),
        *_fixed(table),
        *judging.value_cases(table.server.columns, "g"),
    ]


def _fixed(table: Table) -> list[str]:
    """Return the cases of columns that no device changes; sending them as they are is no harm."""
    free = {each.name for each in settable(table)} | set(tables.key_columns(table.model))
    return [
        f"WHEN {_has(each, 'g')} AND {columns.differs(each, 'o', 'g')} "
        f"THEN {literal(f'{each.name} is set on the server, not by a device')}"
        for each in table.server.columns
        if each.name not in free
    ]


def _differing(table: Table, refused: str) -> str:
    """Return the rows that are not as they were, but for what was sent: the server's own triggers."""
    differs = " OR ".join(_altered(each) for each in table.server.columns)
    shown = ", ".join(images.texts(table, "x", hashed_vectors=True))
    same = keys.same(table.model, "x", "j")
    return f"""UNION ALL SELECT 'row', NULL, {shown} FROM put AS x JOIN judged AS j ON {same} WHERE {differs}
  UNION ALL SELECT 'refused', 'a trigger of the server left it out', {refused} FROM judged AS j
    WHERE j.refusal IS NULL AND NOT EXISTS (SELECT FROM put AS x WHERE {same})"""


def _altered(column: ServerColumn) -> str:
    now = columns.place(column, "x")
    kept = f"j.{_kept(column)}"
    if column.kind in ("JSON", "VECTOR"):
        now, kept = f"{now}::jsonb", f"{kept}::jsonb"
    return (
        f"CASE WHEN {_has(column, 'j')} THEN {columns.differs(column, 'x', 'j')} ELSE {now} IS DISTINCT FROM {kept} END"
    )
