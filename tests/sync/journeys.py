"""A value's way from Python into the file, to the server and back."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localstore.fields import checker
from localstore.models import TABLES
from sync.postgres.values import Stored, from_postgres, to_postgres
from tests.sync.sides import Postgres, Sqlite, insert

if TYPE_CHECKING:
    import peewee

    Column = peewee.Field[Any]

DIM = 8
"""Length of the vectors that a Pair carries."""


@dataclass(frozen=True)
class Journey:
    """What each station showed."""

    read: Any
    """in Python, from the file"""
    stored: Stored
    """in the file"""
    seen: Any
    """by psycopg, as other programs see it"""
    text: str | None
    """in a COPY from the server"""
    back: Stored
    """in the file again"""


class Pair:
    """One row of each table in a file and in a server's database; models read and write the file."""

    def __init__(self, file: Sqlite, server: Postgres) -> None:
        self.file, self.server = file, server
        for model in TABLES:
            insert(file, model._meta.table_name)
            insert(server, model._meta.table_name)
        file.run("UPDATE embeddings SET dim = ?, vector = ?", [DIM, bytes(4 * DIM)])
        server.run("UPDATE embeddings SET dim = ?, vector = ?", [DIM, json.dumps([0] * DIM)])

    def carry(self, field: Column, value: Any) -> Journey:
        """Write *value* through the door to the file, then its column to the server, then that to the file."""
        model, column = field.model, field.column_name
        kept = field.db_value(checker(field)(value, column))  # type: ignore[no-untyped-call]
        self.file.run(_writing(field), [kept])
        read = getattr(model.select(field).get(), field.name)
        stored = self.file.run(_reading(field))[0][column]
        self.server.run(_writing(field), [to_postgres(field)(stored)])
        seen, text = self.server.run(_reading(field))[0][column], self.copied(field)
        self.file.run(_writing(field), [from_postgres(field)(text)])
        return Journey(read, stored, seen, text, self.file.run(_reading(field))[0][column])

    def copied(self, field: Column) -> str | None:
        """The text that COPY gives of the server's column."""
        with self.server.connection.cursor().copy(f"COPY ({_reading(field)}) TO STDOUT") as copy:
            ((text,),) = list(copy.rows())
        return None if text is None else str(text)


def _reading(field: Column) -> str:
    return f"SELECT {field.column_name} FROM {field.model._meta.table_name}"


def _writing(field: Column) -> str:
    return f"UPDATE {field.model._meta.table_name} SET {field.column_name} = ?"


def nested(levels: int) -> Any:
    """A JSON document of that depth."""
    document: Any = 1
    for _ in range(levels):
        document = [document]
    return document


def noise(size: int) -> str:
    """Text that does not compress: PostgreSQL compresses what is too long for an index."""
    return "".join(uuid.uuid5(uuid.NAMESPACE_OID, str(each)).hex for each in range(size // 32 + 1))[:size]
