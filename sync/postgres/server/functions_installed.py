"""The functions on the server: made together, compared with what was made, taken away together."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from localstore.quoting import quoted
from sync.postgres.connection import Connection
from sync.postgres.server import capture, fingerprint
from sync.postgres.server.adoption import ServerTable
from sync.postgres.server.roles import DEVICE, Roles

# Bodies, owners and rights, in one value that changes with any of them; oids stay out of it.
INSTALLED = """
SELECT md5(string_agg(concat_ws(' ', p.proname, pg_get_function_identity_arguments(p.oid), md5(p.prosrc),
  pg_get_userbyid(p.proowner), p.prosecdef, p.provolatile, p.proconfig::text,
  (SELECT string_agg(concat_ws(' ', a.grantee::regrole::text, a.privilege_type), ',' ORDER BY a.grantee::regrole::text)
   FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a)), ';'
  ORDER BY p.proname, pg_get_function_identity_arguments(p.oid)))
FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('localstore_sync')"""

CLOSED = "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA localstore_sync FROM PUBLIC"
"""Functions are everybody's to call, and to put on a table of theirs as a trigger, unless that is said."""


def installed(connection: Connection) -> str:
    """Return the hash of all functions of the schema as they are."""
    row = connection.execute(INSTALLED).fetchone()
    return str(row[0]) if row and row[0] else ""


def statements(whole: Mapping[str, ServerTable], roles: Roles) -> list[str]:
    """Return the statements that make all functions, to be run as their owner."""
    from sync.postgres import functions

    called = [text.replace(f"TO {DEVICE}", f"TO {quoted(roles.device)}") for text in functions.statements(whole)]
    return [*capture.functions(whole), *fingerprint.statements(whole), *called]


def wanted(whole: Mapping[str, ServerTable], roles: Roles) -> str:
    """Return the hash of the statements."""
    return sha256("\n".join(statements(whole, roles)).encode()).hexdigest()


def same(connection: Connection, settings: Mapping[str, str], whole: Mapping[str, ServerTable], roles: Roles) -> bool:
    """Tell whether the functions are those that this program makes, and untouched since."""
    return settings.get("functions") == wanted(whole, roles) and settings.get("installed") == installed(connection)


_OURS = """
SELECT format('DROP FUNCTION localstore_sync.%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
FROM pg_proc AS p
WHERE p.pronamespace = to_regnamespace('localstore_sync') AND p.prorettype <> 'trigger'::regtype"""


def make(connection: Connection, whole: Mapping[str, ServerTable], roles: Roles) -> dict[str, Any]:
    """Make all functions anew in the running transaction; return the settings that describe them.

    The triggers' own are replaced, never dropped: that would take the triggers with them.
    """
    for (sql,) in connection.execute(_OURS).fetchall():
        connection.execute(sql)
    for sql in statements(whole, roles):
        connection.execute(sql)
    connection.execute(CLOSED)
    return {"functions": wanted(whole, roles), "installed": installed(connection)}
