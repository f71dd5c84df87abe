"""The two roles: one that owns the functions and may not log in, one that all devices log in as."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import md5

import psycopg

from localstore.quoting import quoted
from sync.errors import RightMissing, SyncError
from sync.postgres.connection import Connection
from sync.postgres.server.adoption import literal

OWNER = "localstore_owner"
DEVICE = "localstore_device"


@dataclass(frozen=True)
class Me:
    """The administrator's role."""

    name: str
    superuser: bool
    makes_roles: bool


@dataclass(frozen=True)
class Roles:
    """Who owns the functions, and whom devices log in as.

    ``password`` is None where this program does not know it: the role was made by somebody else.
    """

    owner: str
    device: str
    password: str | None


def me(connection: Connection) -> Me:
    """Return the role of this session."""
    row = connection.execute(
        "SELECT rolname, rolsuper, rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row is not None
    return Me(*row)


def exists(connection: Connection, role: str) -> bool:
    """Tell whether the server has a role."""
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None


def prepare(
    connection: Connection, settings: dict[str, str], given: str | None, password: str | None
) -> tuple[Roles, list[str]]:
    """Make the roles that are missing; return them and what was done. *given* is a device role made by others."""
    owner, made_owner = _owner(connection, settings.get("owner"))
    device, made_device = _device(connection, settings, given, password)
    return Roles(owner, *device), [*made_owner, *made_device]


def planned(connection: Connection, settings: dict[str, str], given: str | None) -> Roles:
    """Return the roles that ``prepare`` would give, changing nothing."""
    makes = me(connection).makes_roles
    owner = settings.get("owner") or (OWNER if makes else me(connection).name)
    if not (given or "role" in settings or makes):
        raise _no_rights(connection)
    return Roles(owner, given or settings.get("role") or _free_name(connection), settings.get("role_password"))


# -- the owner of the functions ------------------------------------------------------------------------------


def _owner(connection: Connection, known: str | None) -> tuple[str, list[str]]:
    """Return the role for our functions: one of its own where it can be made, else the administrator's."""
    if known is not None and exists(connection, known):
        return known, []
    current = me(connection)
    if not exists(connection, OWNER):
        if not current.makes_roles:
            return current.name, []
        connection.execute(f"CREATE ROLE {OWNER} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION")
        _join(connection, current)
        return OWNER, [f"made the role {OWNER}, which owns the functions and cannot log in"]
    return (OWNER if _is_plain(connection) and _join(connection, current) else current.name), []


def _is_plain(connection: Connection) -> bool:
    sql = "SELECT NOT (rolsuper OR rolcanlogin OR rolcreaterole OR rolbypassrls) FROM pg_roles WHERE rolname = %s"
    row = connection.execute(sql, (OWNER,)).fetchone()
    return bool(row and row[0])


def _join(connection: Connection, current: Me) -> bool:
    """Let the administrator act as the owner's role; tell whether that is so."""
    if current.superuser:
        return True
    try:
        with connection.transaction():
            if not _acts_as_owner(connection):
                connection.execute(f"GRANT {OWNER} TO CURRENT_USER")
            connection.execute(f"SET LOCAL ROLE {OWNER}")
            connection.execute("RESET ROLE")
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def _acts_as_owner(connection: Connection) -> bool:
    row = connection.execute("SELECT pg_has_role(%s, 'USAGE')", (OWNER,)).fetchone()
    return bool(row and row[0])


# -- the devices' role ---------------------------------------------------------------------------------------


def _device(
    connection: Connection, settings: dict[str, str], given: str | None, password: str | None
) -> tuple[tuple[str, str | None], list[str]]:
    known = settings.get("role")
    if given is not None:
        need_login_role(connection, given)
        kept = password or (settings.get("role_password") if given == known else None)
        return (given, kept), [] if given == known else [f"devices log in as {given}"]
    if known is not None and exists(connection, known):
        return (known, settings.get("role_password")), []
    if not me(connection).makes_roles:
        raise _no_rights(connection)
    return _new_device(connection, known or _free_name(connection))


def need_login_role(connection: Connection, role: str) -> None:
    """Raise unless devices can log in as *role*, and *role* has no more power than they should."""
    row = connection.execute(
        "SELECT rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication "
        "FROM pg_roles WHERE rolname = %s",
        (role,),
    ).fetchone()
    if row is None:
        raise SyncError(f"there is no role {role}: CREATE ROLE {quoted(role)} LOGIN PASSWORD '…' makes it")
    if not row[0]:
        raise SyncError(f"the role {role} cannot log in: ALTER ROLE {quoted(role)} LOGIN changes that")
    if row[1]:
        raise SyncError(f"the role {role} has rights over the whole server: give devices one without any")


def _no_rights(connection: Connection) -> RightMissing:
    who = me(connection).name
    return RightMissing(
        f"{who} may not make the role that devices log in as: have it made with CREATE ROLE {DEVICE} LOGIN "
        f"PASSWORD '…' and say --device-role {DEVICE}, or ask for ALTER ROLE {quoted(who)} CREATEROLE"
    )


def _free_name(connection: Connection) -> str:
    """Return a name that no other database of the same server uses: its password is in that database's settings."""
    used = connection.execute(
        "SELECT 1 FROM pg_shdepend AS d JOIN pg_roles AS r ON r.oid = d.refobjid "
        "WHERE d.refclassid = 'pg_authid'::regclass AND r.rolname = %s AND d.dbid <> 0 "
        "AND d.dbid <> (SELECT oid FROM pg_database WHERE datname = current_database())",
        (DEVICE,),
    ).fetchone()
    return DEVICE if used is None else _own_name(connection)


def _own_name(connection: Connection) -> str:
    return f"{DEVICE}_{md5(connection.info.dbname.encode(), usedforsecurity=False).hexdigest()[:8]}"


def _new_device(connection: Connection, role: str) -> tuple[tuple[str, str], list[str]]:
    password = secrets.token_hex(24)
    if exists(connection, role):
        try:
            with connection.transaction():
                set_password(connection, role, password)
            return (role, password), [f"gave the role {role} a new password"]
        except psycopg.errors.InsufficientPrivilege:
            role = _own_name(connection)
    connection.execute(
        f"CREATE ROLE {quoted(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS "
        f"PASSWORD {_verifier(connection, role, password)}"
    )
    return (role, password), [f"made the role {role}, as which devices log in"]


def set_password(connection: Connection, role: str, password: str) -> None:
    """Set a role's password; the server's log sees only its verifier."""
    connection.execute(f"ALTER ROLE {quoted(role)} LOGIN PASSWORD {_verifier(connection, role, password)}")


def _verifier(connection: Connection, role: str, password: str) -> str:
    made = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return literal(made.decode())
