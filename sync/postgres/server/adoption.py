"""The thirteen tables as a server has them: under which names, with which types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localstore import tables
from localstore.models import TABLES, Row
from localstore.quoting import quoted
from localstore.schema import field_type

PLAIN_TYPES = {
    "ID": "uuid",
    "TEXT": "text",
    "UTC": "timestamp with time zone",
    "JSON": "jsonb",
    "BOOL": "boolean",
    "BIGINT": "bigint",
    "VECTOR": "jsonb",
}
"""How ``format_type`` names what ``sync.postgres.schema`` declares."""


def literal(text: str) -> str:
    """Return *text* as a literal, read the same whatever ``standard_conforming_strings`` says."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'" if "\\" not in text else " E'" + escaped.replace("\\", "\\\\") + "'"


@dataclass(frozen=True)
class ServerColumn:
    """A column of the thirteen tables on one server."""

    name: str
    """The canonical name."""
    actual: str
    """The name on the server: the canonical one, as tables are adopted by their columns."""
    type: str
    """As ``format_type`` prints it: with its schema when it is not PostgreSQL's, without a length."""
    kind: str
    """ID, TEXT, UTC, JSON, BOOL, BIGINT or VECTOR."""
    enum: tuple[str, ...] | None = None
    """The labels of a native ENUM."""
    nullable: bool = False
    naive: bool = False
    """A ``timestamp`` without zone, declared to be UTC."""


@dataclass(frozen=True)
class ServerTable:
    """One of the thirteen tables on one server."""

    name: str
    """The canonical name."""
    schema: str
    table: str
    columns: tuple[ServerColumn, ...]
    """In canonical order."""

    @property
    def qualified(self) -> str:
        """The table's name with its schema, quoted."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    @property
    def place(self) -> str:
        """The table's name with its schema, for a person."""
        return f"{self.schema}.{self.table}"


def _plain_column(model: type[Row], name: str) -> ServerColumn:
    field: Any = tables.field_of(model, name)
    kind = field_type(field)
    return ServerColumn(name, name, PLAIN_TYPES[kind], kind, nullable=bool(field.null))


def plain_table(model: type[Row], schema: str = "public") -> ServerTable:
    """Return one of the thirteen tables as this program makes it."""
    name = str(model._meta.table_name)
    columns = tuple(_plain_column(model, column) for column in tables.columns(model))
    return ServerTable(name, schema, name, columns)


def plain(schema: str = "public") -> dict[str, ServerTable]:
    """Return the thirteen tables as this program makes them, by canonical name, parents before children."""
    return {table.name: table for table in (plain_table(model, schema) for model in TABLES)}
