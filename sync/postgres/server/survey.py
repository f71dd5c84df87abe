"""What a server has before anything is changed there: whether it can sync, which tables it has, what differs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localstore import schema
from localstore.errors import InvalidValue
from localstore.models import BY_NAME, TABLES
from sync.errors import ServerReadOnly, SyncError
from sync.postgres.connection import Connection
from sync.postgres.schema import POSTGRES
from sync.postgres.server import finding, fitness, relations
from sync.postgres.server.adoption import ServerTable, plain_table
from sync.postgres.server.finding import Place
from sync.postgres.server.relations import Relation
from sync.postgres.versions import OLDEST_SERVER


@dataclass(frozen=True)
class Surveyed:
    """One of the thirteen tables: where it is or will be, and what differs from ours."""

    name: str
    place: str
    made: bool
    """Whether it is missing, and will be made."""
    rows: int = 0
    """As the server last estimated; -1 when it never did."""
    differences: tuple[str, ...] = ()
    missing_indexes: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """What a person reads."""
        if self.made:
            return f"{self.name}: will be made as {self.place}"
        rows = f", about {self.rows:,} rows" if self.rows >= 0 else ""
        notes = [*self.differences, *(f"no index begins with {column}" for column in self.missing_indexes)]
        return f"{self.name}: {self.place}{rows}" + (f"; {'; '.join(notes)}" if notes else "")


@dataclass(frozen=True)
class Survey:
    """The thirteen tables of a server; ``relations`` lacks those that are to be made."""

    tables: dict[str, ServerTable]
    relations: dict[str, Relation]
    surveyed: tuple[Surveyed, ...]

    @property
    def missing(self) -> list[str]:
        """The canonical names of the tables to be made, parents first."""
        return [each.name for each in self.surveyed if each.made]

    @property
    def mapping(self) -> dict[str, list[str]]:
        """Where each table is, as the server's settings keep it."""
        return {name: [table.schema, table.table] for name, table in self.tables.items()}


def survey(connection: Connection, search_path: Sequence[str], mapping: Mapping[str, Place], *, naive: bool) -> Survey:
    """Look for the thirteen tables; those that are there must fit, the others will be made beside them."""
    everything = relations.relations(connection)
    found = finding.find(everything, mapping)
    relations.with_keys(connection, list(found.values()))
    missing = [str(model._meta.table_name) for model in TABLES if model._meta.table_name not in found]
    home = _home(found, search_path) if missing else ""
    finding.refuse_others(everything, home, missing)
    fitting = {name: fitness.fitted(name, relation, naive=naive) for name, relation in found.items()}
    whole = {
        name: fitting.get(name) or plain_table(model, home)
        for name, model in ((str(model._meta.table_name), model) for model in TABLES)
    }
    parents = {relation.oid: name for name, relation in found.items()}
    return Survey(whole, found, tuple(_surveyed(table, found.get(name), parents) for name, table in whole.items()))


def _home(found: Mapping[str, Relation], search_path: Sequence[str]) -> str:
    """Return the schema for what is missing: where the others are, else the first of the search path."""
    schemas = {relation.schema for relation in found.values()}
    if len(schemas) == 1:
        return schemas.pop()
    if not search_path:
        raise SyncError("the role's search_path names no schema that exists: tables can be made nowhere; set one")
    return search_path[0]


def _surveyed(table: ServerTable, relation: Relation | None, parents: Mapping[int, str]) -> Surveyed:
    if relation is None:
        return Surveyed(table.name, table.place, made=True)
    return Surveyed(
        table.name,
        table.place,
        made=False,
        rows=relation.rows,
        differences=tuple(fitness.differences(table, relation, parents)),
        missing_indexes=tuple(fitness.missing_indexes(table.name, relation)),
    )


_TABLE = re.compile(r"(CREATE TABLE|REFERENCES| ON) (\w+) \(")


def creation(whole: Mapping[str, ServerTable], name: str) -> list[str]:
    """Return the DDL of one missing table and its indexes, its parents under the names they have there."""

    def placed(match: re.Match[str]) -> str:
        return f"{match[1]} {whole[match[2]].qualified} ("

    model = BY_NAME[name]
    ddl = [schema.create_table(model, POSTGRES), *schema.create_indexes(model)]
    return [_TABLE.sub(placed, statement) for statement in ddl]


def parse_mapping(given: Sequence[str]) -> dict[str, Place]:
    """Read ``items=app.item`` words; InvalidValue names the one that cannot be read."""
    found: dict[str, Place] = {}
    for word in given:
        name, _, place = word.partition("=")
        front, _, table = place.partition(".")
        if name not in BY_NAME:
            raise InvalidValue(f"{name!r} is none of the thirteen tables: {', '.join(BY_NAME)}")
        if not front or not table:
            raise InvalidValue(f"{word!r} should name a schema and a table, such as {name}=public.{name}")
        found[name] = (front, table)
    return found


def read_mapping(text: str | None) -> dict[str, Place]:
    """Read the mapping that the server's settings keep; parents come first."""
    found = json.loads(text or "{}")
    return {name: (found[name][0], found[name][1]) for name in BY_NAME if name in found}


# -- the server itself --------------------------------------------------------------------------------------

_OTHERS = (
    ("cockroachdb", "CockroachDB"),
    ("-yb-", "YugabyteDB"),
    ("redshift", "Amazon Redshift"),
    ("materialize", "Materialize"),
)


def need_fit_server(connection: Connection) -> None:
    """Raise when this server cannot keep the order of transactions that sync is built on; one sentence says why."""
    version = str(_one(connection, "SELECT version()"))
    other = next((name for mark, name in _OTHERS if mark in version.lower()), None)
    if other is not None:
        raise SyncError(f"this is {other}, which lacks the transaction snapshots that sync needs: use PostgreSQL")
    if connection.info.server_version < OLDEST_SERVER:
        raise SyncError(f"this is {version.split(' on ')[0]}: sync needs PostgreSQL {OLDEST_SERVER // 10000} or newer")
    if _one(connection, "SELECT to_regprocedure('pg_catalog.pg_current_snapshot()') IS NULL"):
        raise SyncError("this server has no pg_current_snapshot(), which sync needs: use PostgreSQL")
    if _one(connection, "SELECT pg_is_in_recovery()"):
        raise ServerReadOnly("this server is a replica, and pulling writes too: use the primary's address")
    encoding = _one(connection, "SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        raise SyncError(f"the database's encoding is {encoding}: sync needs one in UTF8")


def need_fit_tables(connection: Connection, found: Mapping[str, Relation]) -> None:
    """Raise when a table is spread over machines by Citus: triggers do not see what is written there."""
    if _one(connection, "SELECT to_regclass('pg_catalog.pg_dist_partition') IS NULL"):
        return
    oids = {relation.oid: relation.place for relation in found.values()}
    spread = connection.execute(
        "SELECT logicalrelid::oid::bigint FROM pg_catalog.pg_dist_partition "
        "WHERE logicalrelid::oid = ANY (%s::bigint[]::oid[])",
        (list(oids),),
    ).fetchall()
    if spread:
        raise SyncError(f"{oids[spread[0][0]]} is distributed by Citus, where changes are not noted: keep it local")


def _one(connection: Connection, sql: str) -> object:
    row = connection.execute(sql).fetchone()
    return row[0] if row else None


def search_path(connection: Connection) -> list[str]:
    """Return the schemas that exist of the session's search path: to be asked outside of our transactions."""
    row = connection.execute("SELECT current_schemas(false)::text[]").fetchone()
    return list(row[0]) if row else []
