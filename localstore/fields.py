"""Columns: one declaration, two dialects.

Each field says what may go in (its ``check``), how SQLite keeps it, and by its ``field_type`` what the server
calls it. Types per dialect: ``localstore.schema.SQLITE`` and ``sync.postgres.schema.POSTGRES``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from localstore import ids, times, values
from localstore.errors import InvalidValue
from localstore.orm import peewee

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vector = NDArray[numpy.float32]
    _Text = peewee.TextField[Any]
    _Integer = peewee.BigIntegerField[Any]
    _Boolean = peewee.BooleanField[Any]
    _Id = peewee.Field[str]
    _Any = peewee.Field[Any]
else:
    _Text, _Integer, _Boolean = peewee.TextField, peewee.BigIntegerField, peewee.BooleanField
    _Id = _Any = peewee.Field


class Default(Enum):
    """Values that the database itself fills in, so that other programs can insert."""

    NEW_ID = "new id"
    NOW = "now"


class _Checked:
    """What all fields here share: ``check`` at the door and the default that the database knows."""

    server_default: Any = None
    has_server_default = False
    null: bool
    name: str

    def default_on_server(self, value: Any) -> None:
        """Note the DEFAULT of the column; ``localstore.schema`` writes it into the DDL."""
        self.server_default, self.has_server_default = value, True

    def check(self, value: Any, path: str) -> Any:
        """Return *value* in its Python form, or raise InvalidValue naming *path*."""
        if value is None:
            if self.null:
                return None
            raise InvalidValue("a value is needed, got none", path)
        return self.check_value(value, path)

    def check_value(self, value: Any, path: str) -> Any:
        """Check a value that is not None."""
        raise NotImplementedError


class IdField(_Checked, _Id):
    """A UUID as lower-case text with dashes; UUID on the server."""

    field_type = "ID"

    def check_value(self, value: Any, path: str) -> str:
        """Accept a UUID in any spelling; keep the one that both databases give back."""
        found = ids.as_id(value)
        if found is None:
            raise InvalidValue(f"{values.shown(value)} is not a UUID", path)
        return found


class TextField(_Checked, _Text):
    """Unicode text of at most ``limit`` bytes of UTF-8."""

    def __init__(self, *args: Any, limit: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = limit

    def check_value(self, value: Any, path: str) -> str:
        """Refuse NUL, lone surrogates and more than the limit (2,000 bytes where the column is indexed)."""
        indexed = values.MAX_INDEXED if self.index or self.unique else values.MAX_TEXT
        return values.check_text(value, path, self.limit or indexed)


class IntegerField(_Checked, _Integer):
    """A whole number of 64 bits; BIGINT on the server."""

    def check_value(self, value: Any, path: str) -> int:
        """Refuse fractions, booleans and more than 64 bits."""
        return values.check_integer(value, path)


class BooleanField(_Checked, _Boolean):
    """True or false; 0 or 1 in SQLite."""

    def check_value(self, value: Any, path: str) -> bool:
        """Refuse everything but the two."""
        if value is True or value is False:
            return bool(value)
        raise InvalidValue(f"expected true or false, got {values.shown(value)}", path)

    def db_value(self, value: Any) -> int | None:
        """Give SQLite the number."""
        return None if value is None else int(bool(value))


class UtcField(_Checked, _Any):
    """A moment: aware datetime in Python, sortable UTC text in SQLite, TIMESTAMPTZ on the server."""

    field_type = "UTC"

    def check_value(self, value: Any, path: str) -> datetime:
        """Refuse naive times; convert other zones."""
        return times.from_text(times.stamp(value, path))

    def db_value(self, value: Any) -> str | None:
        """Give SQLite the text."""
        return None if value is None else times.stamp(value)

    def python_value(self, value: Any) -> datetime | None:
        """Read the text."""
        return times.from_text(value) if isinstance(value, str) else value


class JsonField(_Checked, _Any):
    """A JSON document as text in SQLite, JSONB on the server; never SQL NULL.

    ``kind`` is dict, list or None for any value: only then is JSON ``null`` a value.
    """

    field_type = "JSON"

    def __init__(self, kind: type | None = dict, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind

    def check(self, value: Any, path: str) -> Any:
        """Check and normalise the document; the wrong kind is refused."""
        if self.kind is not None and not isinstance(value, self.kind):
            wanted = "an object" if self.kind is dict else "a list"
            raise InvalidValue(f"expected {wanted}, got {values.shown(value)}", path)
        return values.check_json(value, path)

    def db_value(self, value: Any) -> str:
        """Give SQLite the text; a Python None is JSON null."""
        return values.to_json(value)

    def python_value(self, value: Any) -> Any:
        """Read the text."""
        return values.from_json(value) if isinstance(value, str | bytes) else value


class VectorField(_Checked, _Any):
    """A vector: read-only float32 array in Python, little-endian float32 BLOB in SQLite, JSONB list there."""

    field_type = "VECTOR"

    def check_value(self, value: Any, path: str) -> Vector:
        """Take a sequence or array of one dimension; refuse NaN, infinity and float32 overflow by position."""
        return to_vector(value, path)

    def db_value(self, value: Any) -> bytes | None:
        """Give SQLite the bytes."""
        return None if value is None else to_vector(value, self.name).tobytes()

    def python_value(self, value: Any) -> Vector | None:
        """Read the bytes."""
        return None if value is None else from_bytes(value)


# Of all float32 numbers only this one has a shortest text that is, as a float64, half-way to its neighbour, and is
# rounded to that (every one was tried). PostgreSQL writes it so too; ours has two digits more, for other readers.
_BETWEEN = 7.038531e-26
_BELOW = 7.03853069185120912e-26
_SHORTEST, _CLEAR = b"7.038531e-26", b"7.03853069e-26"


def to_vector(value: Sequence[float] | Any, path: str = "vector") -> Vector:
    """Return *value* as a read-only float32 array of shape ``(d,)``, -0.0 as 0.0; InvalidValue names the place."""
    import numpy

    try:
        given = numpy.asarray(value)
        if given.dtype.kind not in "fiuO":  # numpy reads numbers out of texts, and drops imaginary parts
            raise TypeError
        wide = given.astype(numpy.float64)
    except (TypeError, ValueError, OverflowError):
        raise InvalidValue(f"expected a list of numbers, got {values.shown(value)}", path) from None
    if wide.ndim != 1 or not wide.size:
        raise InvalidValue(f"expected a list of numbers, got an array of shape {wide.shape}", path)
    with numpy.errstate(over="ignore"):
        vector = wide.astype("<f4") + numpy.float32(0)
    between = numpy.abs(wide) == _BETWEEN
    if between.any():
        vector[between] = numpy.copysign(numpy.float32(_BELOW), wide[between])
    if not numpy.isfinite(vector).all():
        at = int(numpy.flatnonzero(~numpy.isfinite(vector))[0])
        raise InvalidValue(f"{wide[at]} does not fit float32", f"{path}[{at}]")
    vector.flags.writeable = False
    return vector


def from_bytes(blob: bytes) -> Vector:
    """Return a stored vector as a read-only float32 array of shape ``(d,)``."""
    import numpy

    return numpy.frombuffer(blob, dtype="<f4")


def vector_json(blob: bytes) -> bytes:
    """Return a stored vector as JSON with the shortest text that reads back to the same float32."""
    import orjson

    text = orjson.dumps(from_bytes(blob), option=orjson.OPT_SERIALIZE_NUMPY)
    return text.replace(_SHORTEST, _CLEAR) if b"e" in text else text


def norm(vector: Sequence[float] | Any) -> float:
    """Return the Euclidean length of a vector."""
    return math.sqrt(math.fsum(float(x) * float(x) for x in vector))


def checker(field: peewee.Field[Any]) -> Callable[[Any, str], Any]:
    """Return the door check of a column; a foreign key checks as the key it points to."""
    target = field.rel_field if isinstance(field, peewee.ForeignKeyField) else field
    assert isinstance(target, _Checked)
    if field.null and value_optional(target):
        return lambda value, path: None if value is None else target.check(value, path)
    return target.check


def value_optional(field: _Checked) -> bool:
    """Tell whether None means SQL NULL for this kind of field (for JSON it is a value)."""
    return not isinstance(field, JsonField)
