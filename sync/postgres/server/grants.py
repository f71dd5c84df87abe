"""Rights: what the functions' owner needs on the thirteen tables, and what devices may call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localstore.quoting import quoted
from sync.errors import RightMissing, SyncError
from sync.postgres.connection import Connection
from sync.postgres.server.adoption import ServerTable
from sync.postgres.server.ddl import SCHEMA
from sync.postgres.server.relations import Relation
from sync.postgres.server.roles import Roles

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Grant:
    """A right that is missing, as the statement that gives it."""

    sql: str
    what: str


def need_tables(connection: Connection, found: Iterable[Relation]) -> None:
    """Raise unless the administrator acts as the owner of every table: only an owner can put triggers on it."""
    for relation in found:
        if not _one(connection, "SELECT pg_has_role(%s, 'USAGE')", relation.owner):
            who = connection.info.user
            raise RightMissing(
                f"{relation.place} belongs to {relation.owner}, and {who} cannot put triggers on it: connect as "
                f"{relation.owner}, or have GRANT {quoted(relation.owner)} TO {quoted(who)} run"
            )


def need_create(connection: Connection, schema: str | None) -> None:
    """Raise unless the administrator may make the schema of sync, and tables in *schema* when one is given."""
    who, database = connection.info.user, connection.info.dbname
    there = _one(connection, "SELECT to_regnamespace('localstore_sync') IS NOT NULL")
    if not there and not _one(connection, "SELECT has_database_privilege(current_database(), 'CREATE')"):
        raise RightMissing(
            f"{who} may not make the schema {SCHEMA} in {database}: "
            f"GRANT CREATE ON DATABASE {quoted(database)} TO {quoted(who)} allows it"
        )
    if schema is not None and not _one(connection, "SELECT has_schema_privilege(%s, 'CREATE')", schema):
        raise RightMissing(
            f"{who} may not make tables in the schema {schema}: "
            f"GRANT CREATE ON SCHEMA {quoted(schema)} TO {quoted(who)} allows it"
        )


def need_visible(connection: Connection, found: Mapping[str, Relation], owner: str) -> None:
    """Raise where row level security would hide rows from our functions without an error."""
    blind = hidden(connection, found.values(), owner)
    if blind:
        raise SyncError(policy_sentence(blind[0], owner, new_role=not _role_exists(connection, owner)))


def policy_sentence(relation: Relation, owner: str, *, new_role: bool = False) -> str:
    """Return what an owner of a table with row level security reads."""
    role = f"CREATE ROLE {quoted(owner)} NOLOGIN; " if new_role else ""
    return (
        f"{relation.place} has row level security, which would hide its rows from sync: {role}CREATE POLICY localstore "
        f"ON {relation.qualified} TO {quoted(owner)} USING (true) WITH CHECK (true) lets them be seen"
    )


_ADMITTED = """
SELECT (SELECT coalesce(bool_or(rolbypassrls OR rolsuper), false) FROM pg_roles WHERE rolname = %(owner)s)
  OR (EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = %(oid)s AND p.polpermissive AND p.polcmd = '*'
        AND pg_get_expr(p.polqual, p.polrelid) = 'true'
        AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'true') = 'true'
        AND (0 = ANY (p.polroles) OR to_regrole(quote_ident(%(owner)s))::oid = ANY (p.polroles)))
    AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = %(oid)s AND NOT p.polpermissive
        AND (0 = ANY (p.polroles) OR to_regrole(quote_ident(%(owner)s))::oid = ANY (p.polroles))))"""


def hidden(connection: Connection, found: Iterable[Relation], owner: str) -> list[Relation]:
    """Return the tables whose row level security does not let *owner* see and write every row."""
    return [each for each in found if each.row_security and not _admitted(connection, each, owner)]


def _admitted(connection: Connection, relation: Relation, owner: str) -> bool:
    owns = "SELECT pg_has_role(%s, %s, 'USAGE')"
    if not relation.forced and _role_exists(connection, owner) and _one(connection, owns, owner, relation.owner):
        return True
    row = connection.execute(_ADMITTED, {"owner": owner, "oid": relation.oid}).fetchone()
    return bool(row and row[0])


def _role_exists(connection: Connection, role: str) -> bool:
    return bool(_one(connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", role))


# -- what the functions' owner needs ---------------------------------------------------------------------------


def missing_on_tables(connection: Connection, whole: Mapping[str, ServerTable], owner: str) -> list[Grant]:
    """Return the grants that the functions' owner lacks on schemas, tables and the sequences of their defaults."""
    found = []
    for schema in sorted({table.schema for table in whole.values()}):
        if not _one(connection, "SELECT has_schema_privilege(%s, %s, 'USAGE')", owner, schema):
            found.append(Grant(f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {quoted(owner)}", f"the schema {schema}"))
    for table in whole.values():
        lacking = [right for right in RIGHTS if not _may(connection, owner, table, right)]
        if lacking:
            sql = f"GRANT {', '.join(lacking)} ON {table.qualified} TO {quoted(owner)}"
            found.append(Grant(sql, table.place))
    return found + _missing_on_sequences(connection, whole, owner)


def _may(connection: Connection, role: str, table: ServerTable, right: str) -> bool:
    return bool(_one(connection, "SELECT has_table_privilege(%s, %s::regclass, %s)", role, table.qualified, right))


def sequences(connection: Connection, whole: Iterable[ServerTable]) -> list[str]:
    """Return the sequences, quoted, that fill in columns of tables by a DEFAULT."""
    rows = connection.execute(
        "SELECT DISTINCT s.oid::regclass::text FROM pg_attrdef AS a "
        "JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid "
        "JOIN pg_class AS s ON d.refclassid = 'pg_class'::regclass AND s.oid = d.refobjid AND s.relkind = 'S' "
        "WHERE a.adrelid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name) ORDER BY 1",
        ([table.qualified for table in whole],),
    ).fetchall()
    return [name for (name,) in rows]


def _missing_on_sequences(connection: Connection, whole: Mapping[str, ServerTable], owner: str) -> list[Grant]:
    may = "SELECT has_sequence_privilege(%s, %s::regclass, 'USAGE')"
    return [
        Grant(f"GRANT USAGE ON SEQUENCE {name} TO {quoted(owner)}", f"the sequence {name}")
        for name in sequences(connection, whole.values())
        if not _one(connection, may, owner, name)
    ]


# -- what devices need -----------------------------------------------------------------------------------------


def missing_for_devices(connection: Connection, roles: Roles) -> list[Grant]:
    """Return the grants that devices lack to connect and to reach the functions."""
    found = []
    device, database = quoted(roles.device), connection.info.dbname
    if not _one(connection, "SELECT has_database_privilege(%s, current_database(), 'CONNECT')", roles.device):
        found.append(Grant(f"GRANT CONNECT ON DATABASE {quoted(database)} TO {device}", f"the database {database}"))
    if not _one(connection, "SELECT has_schema_privilege(%s, 'localstore_sync', 'USAGE')", roles.device):
        found.append(Grant(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {device}", f"the schema {SCHEMA}"))
    return found


def _one(connection: Connection, sql: str, *parameters: object) -> object:
    row = connection.execute(sql, parameters).fetchone()
    return row[0] if row else None
