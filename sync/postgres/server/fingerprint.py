"""What of the thirteen tables must be as it was when sync was installed, so small that each sign-in compares it.

Its value is JSON, table → MD5, without oids: a dump restored elsewhere has the same one. One plain query over three
catalogs, as each new session has to plan it: 2 ms then, 0.3 ms after. It finds accidents; ``check`` finds the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.postgres.server.adoption import ServerTable, literal
from sync.postgres.server.capture import PINNED, ROW, TRUNCATE, UPDATE

FUNCTION = "localstore_sync.fingerprint"

# Names and types of our columns, row security, our triggers, and whether writes went unnoticed.
_BODY = """
DECLARE
  names text[] := ARRAY[{names}];
  columns text[] := ARRAY[{columns}];
  oids oid[] := ARRAY[{tables}]::oid[];
BEGIN
  RETURN (SELECT jsonb_object_agg(names[each.at], each.hash)::text FROM (
    SELECT part.at, md5(string_agg(part.line, ';' ORDER BY part.line)) AS hash FROM (
      SELECT n AS at, CASE WHEN oids[n] IS NULL THEN 'gone' ELSE 'there' END AS line
        FROM generate_subscripts(names, 1) AS n
      UNION ALL
      SELECT array_position(oids, a.attrelid), concat_ws(' ', 'column', a.attname, a.atttypid::regtype::text)
        FROM pg_attribute AS a WHERE a.attrelid = ANY (oids) AND a.attnum > 0 AND NOT a.attisdropped
        AND array_position(oids, a.attrelid) || ' ' || a.attname = ANY (columns)
      UNION ALL
      SELECT array_position(oids, c.oid), concat_ws(' ', 'security', c.relrowsecurity, c.relforcerowsecurity)
        FROM pg_class AS c WHERE c.oid = ANY (oids)
      UNION ALL
      SELECT array_position(oids, g.tgrelid),
        concat_ws(' ', 'trigger', g.tgname, g.tgenabled, g.tgtype, g.tgqual IS NOT NULL)
        FROM pg_trigger AS g WHERE g.tgrelid = ANY (oids) AND g.tgname = ANY (ARRAY[{triggers}]::name[])
      UNION ALL
      SELECT array_position(names, u.tbl), 'unnoticed' FROM localstore_sync.unnoticed AS u
    ) AS part GROUP BY part.at
  ) AS each);
END"""


def body(whole: Mapping[str, ServerTable]) -> str:
    """Return the body of the function for a server's tables."""
    named = [f"{at} {column.actual}" for at, table in enumerate(whole.values(), start=1) for column in table.columns]
    return _BODY.format(
        names=_listed(list(whole)),
        columns=_listed(named),
        tables=", ".join(f"to_regclass({literal(table.qualified)})" for table in whole.values()),
        triggers=_listed((ROW, UPDATE, TRUNCATE)),
    )


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(literal(text) for text in texts)


def statements(whole: Mapping[str, ServerTable]) -> list[str]:
    """Return what makes ``localstore_sync.fingerprint()``, the fingerprint as it is now."""
    return [
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER {PINNED} "
        f"AS $fingerprint${body(whole)}\n$fingerprint$"
    ]
