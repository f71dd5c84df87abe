"""Rows that this very transaction deleted: shown to who would see them if they were there again.

Older ones are for administrators: who leaves an organization sees nothing that is deleted there afterwards. A
tombstone is read as a row, and what it hung on may be there or be a tombstone too. Users' are shown to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localstore import tables
from localstore.models import OrganizationMembership
from localstore.quoting import quoted
from localstore.sync_rules import Sees
from sync.postgres.functions.function import WHOLE, Function
from sync.postgres.functions.policies import Table, all_tables
from sync.postgres.functions.rights import ANY, declared
from sync.postgres.server.adoption import ServerColumn, ServerTable, literal

ARGUMENTS = [("tbl", "text"), ("keys", "text[]")]
_NOW = "t.xid = pg_current_xact_id()"


@dataclass(frozen=True)
class Remembered(ServerTable):
    """A table together with its deleted rows: the columns that rights go by."""

    @property
    def qualified(self) -> str:
        """A derived table in the place of a name."""
        columns = [each for each in self.columns if each.kind == "ID"]
        live = ", ".join(f"l.{quoted(each.actual)}" for each in columns)
        dead = ", ".join(_read(each) for each in columns)
        return (
            f"(SELECT {live} FROM {super().qualified} AS l UNION ALL SELECT {dead} "
            f"FROM localstore_sync.tombstone AS t WHERE t.tbl = {literal(self.name)} AND {_NOW})"
        )


def _read(column: ServerColumn) -> str:
    kind = "uuid" if column.kind == "ID" else "text"
    return f"(t.image ->> {literal(column.name)})::{kind} AS {quoted(column.name)}"


def functions(whole: Mapping[str, ServerTable]) -> list[Function]:
    """Return ``tombstones``."""
    remembered = {name: Remembered(t.name, t.schema, t.table, t.columns) for name, t in whole.items()}
    branches = "".join(_branch(table) for table in all_tables(remembered) if table.rule.sees is not Sees.COLLEAGUES)
    memberships = literal(str(OrganizationMembership._meta.table_name))
    # An organization that is deleted takes its memberships along.
    left = (
        "belonged uuid[] := ARRAY(SELECT (t.image ->> 'organization_id')::uuid FROM localstore_sync.tombstone AS t "
        f"WHERE t.tbl = {memberships} AND {_NOW} AND t.image ->> 'user_id' = me::text)"
    )
    body = f"{declared(ANY, ('me', 'founded', 'seen'), left)}BEGIN\n  seen := seen || belonged;\n{branches}END"
    return [Function("tombstones", ARGUMENTS, "TABLE (pk text, image jsonb)", body, stable=True, settings=WHOLE)]


def _branch(table: Table) -> str:
    names = {name for name, _, _ in tables.references(table.model)} | {*tables.key_columns(table.model), "scope"}
    columns = ", ".join(_read(each) for each in table.server.columns if each.name in names)
    return f"""  IF $1 = {literal(table.name)} THEN
    RETURN QUERY SELECT DISTINCT ON (x.pk) x.pk, x.image FROM (
      SELECT t.pk, t.image, t.at, {columns} FROM localstore_sync.tombstone AS t
      WHERE t.tbl = {literal(table.name)} AND {_NOW} AND t.pk = ANY ("keys")) AS x{table.joins("x")}
    WHERE {table.sees("x")} ORDER BY x.pk, x.at DESC;
  END IF;
"""
