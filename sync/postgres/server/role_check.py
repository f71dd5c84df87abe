"""The role of devices: whoever holds its password can change it and set its defaults; found here, and undone."""

from __future__ import annotations

import base64
import hashlib
import hmac

import psycopg

from localstore.quoting import quoted
from sync.postgres.connection import Connection, reach
from sync.postgres.server import roles
from sync.postgres.server.administrator import Administrator
from sync.postgres.server.adoption import ServerTable
from sync.postgres.server.findings import Finding, broken, risk
from sync.postgres.server.grants import RIGHTS

_PROFILE = """
SELECT r.rolcanlogin, r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication,
  r.rolvaliduntil < now(), r.rolconnlimit,
  ARRAY(SELECT concat_ws(' in ', c, d.datname) FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS c
    LEFT JOIN pg_database AS d ON d.oid = s.setdatabase WHERE s.setrole = r.oid),
  ARRAY(SELECT pg_get_userbyid(m.roleid)::text FROM pg_auth_members AS m WHERE m.member = r.oid)
FROM pg_roles AS r WHERE r.rolname = %s"""


def check(admin: Administrator, connection: Connection, role: str, password: str | None) -> list[Finding]:
    """Return what is wrong with the role that devices log in as."""
    row = connection.execute(_PROFILE, (role,)).fetchone()
    if row is None:
        return [broken("role", f"the role {role}, as which devices log in, is gone")]
    login, powerful, expired, limit, defaults, groups = row
    found = [
        *([] if login else [broken("role", f"the role {role} may not log in")]),
        *([risk("role", f"the role {role} has rights over the whole server", repairable=True)] if powerful else []),
        *([broken("role", f"the password of {role} has expired (VALID UNTIL)")] if expired else []),
        *([broken("role", f"the role {role} may have {limit} connections only")] if 0 <= limit < 2 else []),
        *(risk("role", f"the role {role} has a default of its own: {each}", repairable=True) for each in defaults),
        *(risk("role", f"the role {role} is a member of {each}, with its rights", repairable=True) for each in groups),
    ]
    if password is not None and not _password_holds(admin, connection, role, password):
        found.append(broken("role", f"the password of {role} was changed: devices cannot connect"))
    return found


def _password_holds(admin: Administrator, connection: Connection, role: str, password: str) -> bool:
    """Tell whether the role still has the password that devices know: by its verifier, else by trying."""
    try:
        with connection.transaction():
            row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (role,)).fetchone()
        return row is not None and row[0] is not None and verifies(str(row[0]), password)
    except psycopg.errors.InsufficientPrivilege:
        return _lets_in(admin, role, password)


def verifies(verifier: str, password: str) -> bool:
    """Tell whether a SCRAM-SHA-256 verifier (RFC 5803) is that of a password; other kinds are not ours."""
    scheme, _, rest = verifier.partition("$")
    if scheme != "SCRAM-SHA-256":
        return False
    salting, _, keys = rest.partition("$")
    rounds, _, salt = salting.partition(":")
    stored, _, _ = keys.partition(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    client = hmac.digest(salted, b"Client Key", "sha256")
    return hmac.compare_digest(hashlib.sha256(client).digest(), base64.b64decode(stored))


def _lets_in(admin: Administrator, role: str, password: str) -> bool:
    given = {**admin.address.parameters, "user": role, "password": password, "dbname": admin.connection.info.dbname}
    try:
        reach(given).close()
    except psycopg.OperationalError as error:
        return "password" not in str(error)
    return True


def check_reach(connection: Connection, role: str, whole: dict[str, ServerTable]) -> list[Finding]:
    """Return the tables that devices can touch without our functions; they should have no right on any."""
    found = []
    there = [table for table in whole.values() if _exists(connection, table)]
    for table in there:
        rights = [right for right in RIGHTS if _may(connection, role, table.qualified, right)]
        if rights:
            found.append(
                risk("rights", f"devices may {', '.join(rights)} on {table.place}, past every rule", repairable=True)
            )
    ours = connection.execute(
        "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('localstore_sync') "
        "AND c.relkind = 'r' AND has_table_privilege(%s, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')",
        (role,),
    ).fetchall()
    return found + [risk("rights", f"devices may use {name} directly", repairable=True) for (name,) in ours]


def _exists(connection: Connection, table: ServerTable) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table.qualified,)).fetchone()
    return bool(row and row[0])


def _may(connection: Connection, role: str, name: str, right: str) -> bool:
    row = connection.execute("SELECT has_table_privilege(%s, %s::regclass, %s)", (role, name, right)).fetchone()
    return bool(row and row[0])


def repair(connection: Connection, role: str, password: str | None, whole: dict[str, ServerTable]) -> None:
    """Give the role back the password, the defaults and the rights that it should have, as far as we may."""
    name = quoted(role)
    row = connection.execute(_PROFILE, (role,)).fetchone()
    if row is None:
        return
    connection.execute(f"ALTER ROLE {name} RESET ALL")
    connection.execute(f"ALTER ROLE {name} IN DATABASE {quoted(connection.info.dbname)} RESET ALL")
    connection.execute(f"ALTER ROLE {name} LOGIN VALID UNTIL 'infinity' CONNECTION LIMIT -1")
    if row[1]:
        connection.execute(f"ALTER ROLE {name} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")
    for group in row[5]:
        connection.execute(f"REVOKE {quoted(group)} FROM {name}")
    for table in whole.values():
        if _exists(connection, table):
            connection.execute(f"REVOKE ALL ON {table.qualified} FROM {name}")
    connection.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA localstore_sync FROM {name}")
    if password is not None:
        roles.set_password(connection, role, password)
