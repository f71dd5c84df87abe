"""What of the thirteen tables must be as it was when sync was installed, so small that each sign-in compares it.

Its value is JSON, table → MD5, without oids: a dump restored elsewhere has the same one. It costs about a
millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.postgres.adoption import ServerTable, literal
from sync.postgres.capture import PINNED, ROW, TRUNCATE, UPDATE

FUNCTION = "localstore_sync.fingerprint"


def fingerprint_sql(whole: Mapping[str, ServerTable]) -> str:
    """Return a SELECT of the fingerprint's text: names and types of columns, row security, our triggers, gaps."""
    values = ", ".join(_values(table) for table in whole.values())
    names = ", ".join(literal(name) for name in (ROW, UPDATE, TRUNCATE))
    return f"""SELECT jsonb_object_agg(t.name, md5(concat_ws(';',
  (SELECT string_agg(concat_ws(' ', a.attname, a.atttypid::regtype::text), ',' ORDER BY a.attname)
   FROM pg_attribute AS a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = ANY (t.columns)),
  c.relrowsecurity, c.relforcerowsecurity,
  EXISTS (SELECT FROM localstore_sync.unnoticed AS u WHERE u.tbl = t.name),
  (SELECT string_agg(concat_ws(' ', g.tgname, g.tgenabled, g.tgtype, g.tgqual IS NOT NULL, g.tgfoid::regproc::text),
     ',' ORDER BY g.tgname)
   FROM pg_trigger AS g WHERE g.tgrelid = c.oid AND g.tgname IN ({names})))))::text
FROM (VALUES {values}) AS t (name, schema, tbl, columns)
LEFT JOIN pg_namespace AS n ON n.nspname = t.schema
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.tbl"""


def _values(table: ServerTable) -> str:
    columns = ", ".join(literal(column.actual) for column in table.columns)
    schema, name = f"{literal(table.schema)}::name", f"{literal(table.table)}::name"
    return f"({literal(table.name)}, {schema}, {name}, ARRAY[{columns}]::name[])"


def statements(whole: Mapping[str, ServerTable]) -> list[str]:
    """Return what makes ``localstore_sync.fingerprint()``, the fingerprint as it is now."""
    return [
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER {PINNED} "
        f"AS $fingerprint$\nBEGIN\n  RETURN ({fingerprint_sql(whole)});\nEND\n$fingerprint$",
        f"REVOKE ALL ON FUNCTION {FUNCTION}() FROM PUBLIC",
    ]
