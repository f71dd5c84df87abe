"""The rows that a batch is about: locked where they are free, never waited for, and shown as they are.

Waiting made the owner's programs victims of deadlocks; what another transaction holds is ``busy`` and comes again.
Rows that are not the user's to write are shown, and locked for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from localstore import tables
from localstore.models import Row
from localstore.quoting import quoted
from localstore.sync_rules import Writes
from sync.postgres.functions import columns, images, keys
from sync.postgres.functions.function import TEXTS, Function, table_of
from sync.postgres.functions.policies import Table
from sync.postgres.functions.rights import COMMITTED, WRITING, declared
from sync.postgres.functions.writing import NOBODY_DELETES, may_write
from sync.postgres.server.adoption import ServerColumn

ARGUMENTS = [("keys", "text[]"), ("deletes", "text[]"), ("uniques", "jsonb")]


def functions(table: Table) -> list[Function]:
    """Return ``lock_T``."""
    listed = table_of(images.names(table), "state text")
    return [Function(f"lock_{table.name}", ARGUMENTS, listed, _lock(table), settings=TEXTS)]


def _lock(table: Table) -> str:
    model, place = table.model, table.server.qualified
    key, order = keys.text(model, "x"), keys.listed(model, "x")
    source = f"k JOIN {place} AS x ON {keys.same(model, 'x', 'k')}{table.joins('x')}"
    # What depends on a tag is asked when it is changed: everyone may hold one for a moment.
    written = "true" if table.rule.writes is Writes.DEPENDENTS else may_write(table, "x")
    # IS TRUE keeps the planner from reading all rows of the user first: 8 s for 5,000 of 10,000, against 15 ms.
    mine = f"({table.sees('x')} AND {written}) IS TRUE"
    all_keys = f"(SELECT DISTINCT w.* FROM {keys.from_array(model, 'keys || deletes')} AS w) AS k"
    state = (
        f"CASE WHEN {table.sees('x')} IS NOT TRUE THEN 'unseen' "
        f"WHEN ({written}) IS TRUE AND NOT EXISTS (SELECT FROM unnest(held) AS h (pk) WHERE h.pk = k.pk) THEN 'busy' "
        "ELSE 'row' END"
    )
    others = keys.from_array(model, "ARRAY(SELECT unnest(keys) EXCEPT SELECT unnest(deletes))")
    dying = _dying(table, mine) if table.rule.writes not in NOBODY_DELETES else ""
    more = ("held text[]", "dying text[] := '{}'", "locked text[]", "blocked text[] := '{}'")
    return f"""{declared(COMMITTED, WRITING, *more)}BEGIN
  keys := coalesce(keys, '{{}}');
  deletes := coalesce(deletes, '{{}}');
{dying}  held := dying || ARRAY(SELECT {key} FROM {others} AS {source}
    WHERE {mine} ORDER BY {order} FOR NO KEY UPDATE OF x SKIP LOCKED);
  RETURN QUERY SELECT s.state, {", ".join(_shown(table, each) for each in table.server.columns)}
    FROM (SELECT {state} AS state, {images.places(table, "x")} FROM {all_keys}
      JOIN {place} AS x ON {keys.same(model, "x", "k")}{table.joins("x")}) AS s;
{"".join(_taken(table, each) for each in table.server.columns if each.name in table.rule.unique)}END"""


def _shown(table: Table, column: ServerColumn) -> str:
    """Return a column's text for rows that are shown; of others the key alone."""
    at = [each.name for each in table.server.columns].index(column.name)
    if column.name in tables.key_columns(table.model):
        return f"s.{quoted(column.name)}::text"
    return f"CASE WHEN s.state = 'row' THEN {images.texts(table, 's', hashed_vectors=True)[at]} END"


def _taken(table: Table, column: ServerColumn) -> str:
    """Return the query of rows that hold a unique value which a row of the batch asks for."""
    shown = images.texts(table, "x", hashed_vectors=True)
    sees = f"{table.sees('x')} IS TRUE"
    values = ", ".join(
        text if each is column else f"CASE WHEN {sees} THEN {text} END"
        for each, text in zip(table.server.columns, shown, strict=True)
    )
    state = f"CASE WHEN {sees} THEN 'taken:{column.name}' ELSE 'hidden:{column.name}' END"
    return f"""  IF uniques ? '{column.name}' THEN
    RETURN QUERY SELECT {state}, {values}
      FROM jsonb_each_text(uniques -> '{column.name}') AS w (pk, asked)
      JOIN {table.server.qualified} AS x ON {columns.place(column, "x")} = w.asked::{column.type}{table.joins("x")}
      WHERE {keys.text(table.model, "x")} <> w.pk;
  END IF;
"""


# -- what is deleted with a row ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Below:
    """Rows that a deletion reaches: the joins that lead to them from ``r``, whose ``id`` is the deleted row's."""

    model: type[Row]
    alias: str
    joins: str
    cascades: bool


def below(table: Table) -> list[Below]:
    """Return all that a deletion deletes along, or sets free, parents first."""
    return _below(table, table.model, "r", "")


def _below(table: Table, model: type[Row], row: str, joins: str) -> list[Below]:
    found = []
    for at, (child, column, action) in enumerate(tables.children(model)):
        alias = f"{row}{at}"
        joined = f'{joins} JOIN {table.of(child).server.qualified} AS {alias} ON {alias}."{column}" = {row}."id"'
        found.append(Below(child, alias, joined, action == "CASCADE"))
        if action == "CASCADE":
            found += _below(table, child, alias, joined)
    return found


def _dying(table: Table, mine: str) -> str:
    """Return what locks the rows to be deleted and all below them; what cannot be locked whole is left alone."""
    model, place = table.model, table.server.qualified
    source = f"{keys.from_array(model, 'deletes')} AS k JOIN {place} AS x ON {keys.same(model, 'x', 'k')}"
    children = below(table)
    free = "  dying := ARRAY(SELECT unnest(dying) EXCEPT SELECT unnest(blocked));\n" if children else ""
    return f"""  IF cardinality(deletes) > 0 THEN
  dying := ARRAY(SELECT {keys.text(model, "x")} FROM {source}{table.joins("x")}
    WHERE {mine} ORDER BY {keys.listed(model, "x")} FOR UPDATE OF x SKIP LOCKED);
{"".join(_children(each) for each in children)}{free}  END IF;
"""


def _children(each: Below) -> str:
    source = f"(SELECT d.pk, d.pk::uuid AS id FROM unnest(dying) AS d (pk)) AS r{each.joins}"
    key = keys.text(each.model, each.alias)
    strength = "UPDATE" if each.cascades else "NO KEY UPDATE"
    return f"""  locked := ARRAY(SELECT {key} FROM {source}
    ORDER BY {keys.listed(each.model, each.alias)} FOR {strength} OF {each.alias} SKIP LOCKED);
  blocked := blocked || ARRAY(SELECT DISTINCT a.root FROM (SELECT r.pk AS root, {key} AS pk FROM {source}) AS a
    WHERE NOT EXISTS (SELECT FROM unnest(locked) AS l (pk) WHERE l.pk = a.pk));
"""
