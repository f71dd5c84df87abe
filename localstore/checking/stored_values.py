"""Stored values that the door would refuse: other programs can write them, and the server would not take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import peewee

from localstore import ids, tables, values
from localstore.checking.finding import Finding, Inquiry
from localstore.errors import InvalidValue
from localstore.fields import checker, from_bytes
from localstore.models import TABLES, Row
from localstore.schema import field_type

_TEXTUAL = ("TEXT", "JSON", "UTC", "ID")


def stored_values(asked: Inquiry) -> Iterator[Finding]:
    """Every column of every table; a scan that reads all of them once."""
    with asked.store.reading() as connection:
        for model in TABLES:
            for name in tables.columns(model):
                field = tables.field_of(model, name)
                kind = field_type(field)
                if kind not in (*_TEXTUAL, "VECTOR"):
                    continue
                refused: Any = _refusal(field, kind)
                connection.create_scalar_function("refused", refused, 1)
                given = f"CAST({name} AS BLOB)" if kind in _TEXTUAL else name
                yield from _column(connection, model, name, given)


def _column(connection: Any, model: type[Row], name: str, given: str) -> Iterator[Finding]:
    table = model._meta.table_name
    sql = (
        f"SELECT count(*), min({tables.key_sql(model)}), min(why) FROM (SELECT *, refused({given}) AS why FROM {table}"
        f" WHERE {name} IS NOT NULL) WHERE why IS NOT NULL"
    )
    ((count, first, why),) = connection.execute(sql).fetchall()
    if count:
        message = f"{count} of {table} hold a value no other database takes, such as {ids.short(first)}: {why}"
        yield Finding("value", table, count, f"{message}; edit or delete them")


def _refusal(field: peewee.Field[Any], kind: str) -> Callable[[Any], str | None]:
    """Return a function that says why a stored value is refused, or nothing."""
    check = checker(field)

    def refused(value: Any) -> str | None:
        try:
            if kind == "VECTOR":
                return _vector(value)
            text = bytes(value).decode()
            check(values.from_json(text, field.column_name) if kind == "JSON" else text, field.column_name)
        except UnicodeDecodeError:
            return f"{field.column_name}: not UTF-8"
        except InvalidValue as error:
            return str(error)
        except ValueError as error:
            return f"{field.column_name}: not JSON ({error})"
        return None

    return refused


def _vector(blob: bytes) -> str | None:
    import numpy

    if len(blob) % 4:
        return f"vector: {len(blob)} bytes are no whole float32 numbers"
    return None if numpy.isfinite(from_bytes(blob)).all() else "vector: a number that is not finite"
