"""The hash of a row, computed here from what SQLite stores as the server computes it from its own.

MD5 over the columns: ``-`` for NULL, else the length of the text in bytes, ``:`` and the text. JSON is written as
PostgreSQL writes ``jsonb``: https://www.postgresql.org/docs/current/datatype-json.html. A number that another program
wrote with trailing zeros keeps them on the server and has none here: such rows are fetched and found to be equal.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from array import array
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from localstore import tables, values
from localstore.errors import InvalidValue
from localstore.fields import JsonField
from localstore.models import Row as Model
from localstore.schema import field_type
from sync.shapes import Row, vector_hash

if TYPE_CHECKING:
    import peewee

    _Column = peewee.Field[Any]

Render = Callable[[Any], str]
UNWRITABLE = ""
"""The hash of a row that the server would refuse: no row of the server has it."""


@cache
def hasher(model: type[Model], masked: frozenset[str] = frozenset()) -> Callable[[Row], str]:
    """Return what hashes stored rows of *model*; *masked* columns count as the empty values they arrive as."""
    renders = [_render(tables.field_of(model, name), name in masked) for name in tables.columns(model)]

    def row_hash(row: Row) -> str:
        parts = bytearray()
        try:
            for value, render in zip(row, renders, strict=True):
                if value is None:
                    parts += b"-"
                else:
                    text = render(value).encode()
                    parts += b"%d:%b" % (len(text), text)
        except (InvalidValue, ValueError):
            return UNWRITABLE
        return hashlib.md5(parts, usedforsecurity=False).hexdigest()

    return row_hash


def jsonb_text(document: Any) -> str:
    """Return a checked document as PostgreSQL prints it once it is ``jsonb``."""
    if isinstance(document, str):
        return encode_basestring(document)
    if document is None:
        return "null"
    if isinstance(document, bool):
        return "true" if document else "false"
    if isinstance(document, int):
        return str(document)
    if isinstance(document, float):
        return format(Decimal(repr(document)), "f")
    if isinstance(document, list):
        return f"[{', '.join(map(jsonb_text, document))}]"
    pairs = sorted((key.encode(), key, value) for key, value in document.items())
    pairs.sort(key=lambda pair: len(pair[0]))
    return f"{{{', '.join(f'{encode_basestring(key)}: {jsonb_text(value)}' for _, key, value in pairs)}}}"


def _render(field: _Column, masked: bool) -> Render:
    kind = field_type(field)
    if kind == "JSON":
        assert isinstance(field, JsonField)
        return (lambda _: "{}") if masked else _json(field)
    if masked:
        return lambda _: ""
    return _RENDERS[kind]


def _json(field: JsonField) -> Render:
    def render(stored: str) -> str:
        if stored in ("{}", "[]"):
            return stored
        return jsonb_text(field.check(values.from_json(stored, field.name), field.name))

    return render


def _vector(blob: bytes) -> str:
    """Hash a vector; the server has no -0.0, which another program may have stored here."""
    if b"\0\0\0\x80" in blob:
        numbers = array("f", blob)
        if sys.byteorder == "big":
            numbers.byteswap()
        blob = struct.pack(f"<{len(numbers)}f", *(number + 0.0 for number in numbers))
    return vector_hash(blob)


_RENDERS: dict[str, Render] = {
    "ID": str,
    "TEXT": str,
    "UTC": str,
    "BOOL": lambda stored: "t" if stored else "f",
    "BIGINT": str,
    "VECTOR": _vector,
}
