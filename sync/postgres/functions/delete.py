"""Rows that a device deletes."""

from __future__ import annotations

from localstore.sync_rules import Writes
from sync.postgres.functions import judging, keys
from sync.postgres.functions.function import Function
from sync.postgres.functions.policies import Table
from sync.postgres.functions.rights import COMMITTED, WRITING, declared
from sync.postgres.functions.writing import NOBODY_DELETES, REASONS, dependents, may_write


def functions(table: Table) -> list[Function]:
    """Return ``delete_T``."""
    returns = "TABLE (state text, reason text, pk text)"
    return [Function(f"delete_{table.name}", [("keys", "text[]")], returns, _delete(table))]


def _delete(table: Table) -> str:
    """A row is locked before it is judged, and never waited for: nothing new can depend on it then."""
    if reason := NOBODY_DELETES.get(table.rule.writes):
        return f"""{declared(COMMITTED, ("me",))}BEGIN
  RETURN QUERY SELECT 'refused', '{reason}', k.pk FROM unnest("keys") AS k (pk);
END"""
    before, after = judging.pushing(table)
    model, place = table.model, table.server.qualified
    given, key = keys.from_array(model, '"keys"'), keys.text(model, "x")
    judged = table.rule.writes is Writes.DEPENDENTS
    first = "true" if judged else may_write(table, "x")
    reason = REASONS[table.rule.writes].replace("'", "''")
    held = keys.from_array(model, "held")
    more = ["mine uuid := localstore_sync.signed_device(NULL)", "held text[]", "free text[]"]
    return f"""{declared(COMMITTED, WRITING, *more)}BEGIN
  held := ARRAY(SELECT {key} FROM {given} AS k JOIN {place} AS x ON {keys.same(model, "x", "k")}{table.joins("x")}
    WHERE {first} ORDER BY {keys.listed(model, "x")} FOR UPDATE OF x SKIP LOCKED);
  free := {_free(table, held) if judged else "held"};
  RETURN QUERY SELECT 'refused', CASE WHEN ({may_write(table, "x")}) IS NOT TRUE THEN '{reason}'
      ELSE localstore_sync.unheld('', '{table.name}', {keys.columns(model, "x")[0]}, true) END, {key}
    FROM {given} AS k JOIN {place} AS x ON {keys.same(model, "x", "k")}{table.joins("x")}
    WHERE NOT EXISTS (SELECT FROM unnest(free) AS f (pk) WHERE f.pk = {key});
  {before}
  DELETE FROM {place} AS x USING {keys.from_array(model, "free")} AS k WHERE {keys.same(model, "x", "k")};
  {after}
END"""


def _free(table: Table, held: str) -> str:
    where = dependents(table, "x")
    source = f"{held} AS k JOIN {table.server.qualified} AS x ON {keys.same(table.model, 'x', 'k')}"
    return f"ARRAY(SELECT k.pk FROM {source} WHERE {where})"
