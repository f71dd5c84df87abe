"""The two databases, asked alike: run SQL with ``?`` for parameters, read rows as dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import apsw

from sync.postgres.connection import Connection

Record = dict[str, Any]

PARENTS: dict[str, dict[str, str]] = {
    "organization_memberships": {"user_id": "users", "organization_id": "organizations"},
    "items": {"owner_id": "users"},
    "contents": {"item_id": "items"},
    "embeddings": {"model_id": "ai_models"},
    "file_assets": {"owner_id": "users"},
    "item_tag_links": {"item_id": "items", "tag_id": "tags"},
    "api_keys": {"user_id": "users"},
}
"""What a row cannot be without."""

OPTIONAL_PARENTS: dict[str, dict[str, str]] = {
    "items": {"organization_id": "organizations"},
    "embeddings": {"content_id": "contents", "item_id": "items"},
    "file_assets": {"item_id": "items"},
    "events": {
        "actor_id": "users",
        "organization_id": "organizations",
        "item_id": "items",
        "model_id": "ai_models",
    },
    "settings": {"user_id": "users", "organization_id": "organizations"},
}

PLAIN: dict[str, dict[str, Any]] = {
    "users": {"email": "ada@example.org"},
    "organizations": {"name": "Engines", "slug": "engines"},
    "items": {"title": "Notes"},
    "ai_models": {"name": "mini", "provider": "local"},
    "embeddings": {"dim": 2},
    "file_assets": {"filename": "x.pdf", "path": "file://host/x.pdf"},
    "events": {"event_type": "item.added"},
    "tags": {"name": "engines"},
    "settings": {"scope": "global", "key": "theme", "value": "null"},
    "api_keys": {"key_hash": "00"},
}
"""The other columns that have no default."""


class Side(Protocol):
    """A database with the thirteen tables."""

    @property
    def vector(self) -> bytes | str:
        """A vector of two numbers, as this side keeps one."""
        ...

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Record]:
        """Run one statement; the rows it returns."""
        ...


class Sqlite:
    """The file's side."""

    vector = bytes(4) + b"\0\0\x80\x3f"

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Record]:
        cursor = self.connection.cursor()
        rows: list[Record] = []
        for row in cursor.execute(statement, tuple(values)):
            rows.append(dict(zip((name for name, _ in cursor.get_description()), row, strict=True)))
        return rows


class Postgres:
    """The server's side."""

    vector = "[0, 1]"

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Record]:
        cursor = self.connection.execute(statement.replace("?", "%s"), list(values))
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor] if names else []


def insert(side: Side, table: str, parents: Mapping[str, Mapping[str, str]] = PARENTS) -> Record:
    """Insert a row with only what has no default, below parents that are there already or are made too."""
    above = {column: _any(side, parent, parents) for column, parent in parents.get(table, {}).items()}
    vector = {"vector": side.vector} if table == "embeddings" else {}
    row = {**above, **PLAIN.get(table, {}), **vector}
    marks = ", ".join("?" for _ in row)
    return side.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks}) RETURNING *", list(row.values()))[0]


def _any(side: Side, table: str, parents: Mapping[str, Mapping[str, str]]) -> str:
    found = side.run(f"SELECT id FROM {table}") or [insert(side, table, parents)]
    return str(found[0]["id"])
