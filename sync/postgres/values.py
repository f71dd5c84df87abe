"""One value on its way: what SQLite stores ⇄ what PostgreSQL is given and gives back.

Both ways go by text, the form of COPY and of untyped parameters, so that no driver's idea of a type comes between:
psycopg's datetime depends on the session's zone, and its float64 is not the float32 of a vector. Each function is
made once for a column and called for each row; it raises InvalidValue with the column's name, for rows that other
programs wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from localstore import ids, times, values
from localstore.errors import InvalidValue
from localstore.fields import JsonField, from_bytes, to_vector, vector_json
from localstore.schema import field_type

if TYPE_CHECKING:
    import peewee

    _Column = peewee.Field[Any]

Stored = str | int | bytes | None
"""What a SQLite column holds."""
Sent = str | int | bool | None
"""What a parameter or COPY's ``write_row`` takes."""
_UTC = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6}))?\+00")
_BOOLEANS = {"t": 1, "true": 1, "f": 0, "false": 0}
_EMPTY: dict[type | None, str] = {dict: "{}", list: "[]"}


def to_postgres(field: _Column) -> Callable[[Stored], Sent]:
    """Return what turns a stored value of this column into a parameter; the server's limits are the server's."""
    send = _SEND[field_type(field)]
    return lambda stored: None if stored is None else send(stored, field)


def from_postgres(field: _Column) -> Callable[[str | None], Stored]:
    """Return what turns this column's text, as COPY or ``::text`` gives it, into what SQLite stores."""
    read = _READ[field_type(field)]

    def convert(text: str | None) -> Stored:
        if text is not None:
            return read(text, field)
        if field.null:
            return None
        raise InvalidValue("a value is needed, the server has NULL", field.column_name)

    return convert


def _json(text: str, field: _Column) -> str:
    """Bring a document to the one form that is stored; of equal keys the last wins, as in ``jsonb``."""
    assert isinstance(field, JsonField)
    if text == _EMPTY.get(field.kind):
        return text
    return values.to_json(field.check(values.from_json(text, field.column_name), field.column_name))


def _send_vector(blob: bytes, field: _Column) -> str:
    # orjson writes NaN, which a foreign program may have stored, as null.
    return vector_json(to_vector(from_bytes(blob), field.column_name).tobytes()).decode()


_SEND: dict[str, Callable[[Any, _Column], Sent]] = {
    "ID": lambda stored, field: values.check_text(stored, field.column_name),
    "TEXT": lambda stored, field: values.check_text(stored, field.column_name),
    "UTC": lambda stored, field: times.stamp(stored, field.column_name),
    "JSON": _json,
    "BOOL": lambda stored, _: bool(stored),
    "BIGINT": lambda stored, field: values.check_integer(stored, field.column_name),
    "VECTOR": _send_vector,
}


def _read_id(text: str, field: _Column) -> str:
    found = text if ids.is_id(text) else ids.as_id(text)
    if found is None:
        raise InvalidValue(f"{values.shown(text)} is not a UUID", field.column_name)
    return found


def _read_time(text: str, field: _Column) -> str:
    """Read ISO text; in UTC, as our sessions print it, without the detour over a datetime."""
    if match := _UTC.fullmatch(text):
        day, second, fraction = match.groups(default="")
        return f"{day}T{second}.{fraction:0<6}Z"
    return times.stamp(text, field.column_name)


def _read_boolean(text: str, field: _Column) -> int:
    if text not in _BOOLEANS:
        raise InvalidValue(f"expected true or false, got {values.shown(text)}", field.column_name)
    return _BOOLEANS[text]


def _read_integer(text: str, field: _Column) -> int:
    try:
        number = int(text)
    except ValueError:
        raise InvalidValue(f"expected a whole number, got {values.shown(text)}", field.column_name) from None
    return values.check_integer(number, field.column_name)


def _read_vector(text: str, field: _Column) -> bytes:
    try:
        numbers = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidValue(f"expected a list of numbers, got {values.shown(text)}", field.column_name) from None
    return to_vector(numbers, field.column_name).tobytes()


_READ: dict[str, Callable[[str, _Column], Stored]] = {
    "ID": _read_id,
    "TEXT": lambda text, _: text,
    "UTC": _read_time,
    "JSON": _json,
    "BOOL": _read_boolean,
    "BIGINT": _read_integer,
    "VECTOR": _read_vector,
}
