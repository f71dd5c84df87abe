"""Rows as they are now: in pages by key, by their keys, counted, and hashed."""

from __future__ import annotations

from localstore.sync_rules import Sees
from sync.postgres.functions import images, keys
from sync.postgres.functions.function import TEXTS, WHOLE, Function, table_of
from sync.postgres.functions.policies import Table, people
from sync.postgres.functions.rights import ANY, declared

PAGE = [("after", "text"), ("count", "integer")]


def functions(table: Table) -> list[Function]:
    """Return the functions that read a table as it is."""
    listed = images.names(table)
    return [
        Function(f"page_{table.name}", PAGE, table_of(listed), _page(table), stable=True, settings=TEXTS + WHOLE),
        Function(
            f"fetch_{table.name}", [("keys", "text[]")], table_of(listed, "gone boolean"), _fetch(table),
            stable=True, settings=TEXTS + WHOLE,
        ),
        Function(f"count_{table.name}", [], "bigint", _count(table), stable=True, settings=WHOLE),
        Function(
            f"hashes_{table.name}", PAGE, "TABLE (pk text, hash text)", _hashes(table),
            stable=True, settings=TEXTS + WHOLE,
        ),
    ]  # fmt: skip


def _declared(table: Table, *more: str) -> str:
    """Return DECLARE; the users that are seen are found once, not asked for one by one."""
    found = [f"people uuid[] := ARRAY({people(table)})"] if table.rule.sees is Sees.COLLEAGUES else []
    return declared(ANY, ("me", "founded", "seen"), *found, *more)


def _ways(table: Table) -> list[str]:
    return ['x."id" = ANY (people)'] if table.rule.sees is Sees.COLLEAGUES else table.ways("x")


def _paged(table: Table, chosen: str) -> str:
    """Return a query of one page of rows, in the order of their keys: the first of each way, then of all."""
    ways = _ways(table)
    source = f"FROM {table.server.qualified} AS x{table.joins('x')}"
    order = f'ORDER BY {keys.listed(table.model, "x")} LIMIT "count"'
    one = [f"(SELECT {chosen} {source} WHERE {way} AND {keys.after(table.model, 'x')} {order})" for way in ways]
    if len(one) == 1:
        return one[0]
    return f"(SELECT * FROM ({' UNION ALL '.join(one)}) AS x {order})"


def _begin(table: Table) -> str:
    return f"start_at text := coalesce(nullif(after, ''), '{keys.smallest(table.model)}')"


def _page(table: Table) -> str:
    rows = _paged(table, images.places(table, "x"))
    return f"""{_declared(table, _begin(table))}BEGIN
  RETURN QUERY SELECT {", ".join(images.texts(table, "x"))} FROM {rows} AS x ORDER BY {keys.listed(table.model, "x")};
END"""


def _fetch(table: Table) -> str:
    return f"""{declared(ANY)}BEGIN
  RETURN QUERY WITH k AS MATERIALIZED (
    SELECT DISTINCT {keys.listed(table.model, "w")} FROM {keys.from_array(table.model, "keys")} AS w
  ),
  {seen_rows(table, "k")}
  SELECT false, {", ".join(images.texts(table, "x"))}
    FROM there AS t JOIN {table.server.qualified} AS x ON {keys.same(table.model, "x", "t")}
  UNION ALL SELECT true, {", ".join(images.key_only(table, "k"))} FROM k
    WHERE NOT EXISTS (SELECT FROM there AS t WHERE {keys.same(table.model, "t", "k")});
END"""


def seen_rows(table: Table, wanted: str) -> str:
    """Return the CTE ``there``: the keys of *wanted* whose rows are there and seen.

    IS TRUE keeps the planner from reading all rows of the user first and looking for the keys among them.
    """
    return f"""there AS MATERIALIZED (SELECT {keys.listed(table.model, "x")}
    FROM {wanted} AS w JOIN {table.server.qualified} AS x ON {keys.same(table.model, "x", "w")}{table.joins("x")}
    WHERE ({table.sees("x")}) IS TRUE)"""


def _count(table: Table) -> str:
    source = f"FROM {table.server.qualified} AS x{table.joins('x')}"
    counts = " + ".join(f"(SELECT count(*) {source} WHERE {way})" for way in _ways(table))
    return f"""{_declared(table)}BEGIN
  RETURN {counts};
END"""


def _hashes(table: Table) -> str:
    """OFFSET 0 keeps the planner from computing each text once for each time that it is mentioned."""
    values = images.hashes(table, "x")
    listed = ", ".join(f"{value} AS c{at}" for at, value in enumerate(values))
    whole = " || ".join(f"coalesce(octet_length(h.c{at}) || ':' || h.c{at}, '-')" for at in range(len(values)))
    rows = _paged(table, images.places(table, "x"))
    return f"""{_declared(table, _begin(table))}BEGIN
  RETURN QUERY SELECT h.pk, md5({whole}) FROM (
    SELECT {keys.text(table.model, "x")} AS pk, {listed}
    FROM {rows} AS x ORDER BY {keys.listed(table.model, "x")} OFFSET 0
  ) AS h;
END"""
