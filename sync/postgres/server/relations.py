"""Tables as the catalogs of a server describe them, whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from localstore.quoting import quoted
from sync.postgres.connection import Connection


@dataclass(frozen=True)
class Column:
    """A column: its type as ``format_type`` prints it, that of its domain's base, and what fills it."""

    name: str
    type: str
    base: str
    labels: tuple[str, ...] | None
    required: bool
    filled: bool
    """Whether it has a DEFAULT, is an identity or is generated."""


@dataclass(frozen=True)
class Index:
    """A valid index over whole rows: its columns in order; expressions are empty names."""

    columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key of one column: the table it points to, and what happens there on DELETE."""

    column: str
    parent: int
    action: str


@dataclass(frozen=True)
class Relation:
    """An ordinary or partitioned table."""

    oid: int
    schema: str
    table: str
    partitioned: bool
    owner: str
    rows: int
    """As last estimated; -1 when never."""
    row_security: bool
    forced: bool
    columns: dict[str, Column] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)

    @property
    def place(self) -> str:
        """The name with its schema, for a person."""
        return f"{self.schema}.{self.table}"

    @property
    def qualified(self) -> str:
        """The name with its schema, quoted."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"


_RELATIONS = """
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind = 'p', pg_get_userbyid(c.relowner), c.reltuples::bigint,
  c.relrowsecurity, c.relforcerowsecurity
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND NOT c.relispartition
  AND n.nspname NOT IN ('information_schema', 'localstore_sync') AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname"""

_COLUMNS = """
SELECT a.attrelid::bigint, a.attname, format_type(a.atttypid, -1),
  format_type(coalesce(nullif(t.typbasetype, 0), t.oid), -1),
  (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum AS e
   WHERE e.enumtypid = coalesce(nullif(t.typbasetype, 0), t.oid)),
  a.attnotnull OR t.typnotnull, a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = ANY (%s::bigint[]::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum"""

_INDEXES = """
SELECT i.indrelid::bigint, i.indisunique AND i.indimmediate,
  ARRAY(SELECT coalesce(a.attname, '')::text FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, at)
    LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE k.at <= i.indnkeyatts ORDER BY k.at)
FROM pg_index AS i
WHERE i.indrelid = ANY (%s::bigint[]::oid[]) AND i.indisvalid AND i.indpred IS NULL"""

_FOREIGN_KEYS = """
SELECT k.conrelid::bigint, a.attname, k.confrelid::bigint, k.confdeltype::text
FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND cardinality(k.conkey) = 1 AND k.conrelid = ANY (%s::bigint[]::oid[])"""

_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def relations(connection: Connection) -> list[Relation]:
    """Return all tables outside of PostgreSQL's own schemas, with their columns."""
    found = {row[0]: Relation(*row) for row in connection.execute(_RELATIONS).fetchall()}
    for oid, name, kind, base, labels, required, filled in _rows(connection, _COLUMNS, list(found)):
        found[oid].columns[name] = Column(name, kind, base, tuple(labels) if labels else None, required, filled)
    return list(found.values())


def with_keys(connection: Connection, chosen: Sequence[Relation]) -> None:
    """Fill in the indexes and foreign keys of tables."""
    by_oid = {each.oid: each for each in chosen}
    for oid, unique, columns in _rows(connection, _INDEXES, list(by_oid)):
        by_oid[oid].indexes.append(Index(tuple(columns), unique))
    for oid, column, parent, action in _rows(connection, _FOREIGN_KEYS, list(by_oid)):
        by_oid[oid].foreign_keys.append(ForeignKey(column, parent, _ACTIONS[action]))


def _rows(connection: Connection, sql: str, oids: list[int]) -> list[tuple[Any, ...]]:
    return connection.execute(sql, (oids,)).fetchall() if oids else []
