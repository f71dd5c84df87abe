"""Rows as the server's functions take them: one JSON array, vectors beside it in one flat binary array."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson

from localstore import tables
from localstore.errors import InvalidValue
from localstore.models import BY_NAME
from localstore.schema import field_type
from sync.postgres.pushing.binary import Reals, flat, is_finite
from sync.postgres.reading import SHALLOW, is_plain
from sync.postgres.values import to_postgres
from sync.shapes import Image

_NUL = b"\\u0000"


def encoded(tbl: str, rows: Sequence[Mapping[str, Any]]) -> tuple[str, Reals]:
    """Return rows (stored values by column, whole or the changed columns alone) as the two parameters.

    They were checked (``refusal``): what PostgreSQL cannot hold is not among them.
    """
    documents, vectors = _documents(tbl, rows)
    return orjson.dumps(documents).decode(), flat(vectors)


def _documents(tbl: str, rows: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[bytes]]:
    writers, blobs = _writers(tbl), tables.blobs(BY_NAME[tbl])
    vectors: list[bytes] = []
    at = 1
    documents = []
    for row in rows:
        document = {name: value if value is None else writers[name](value) for name, value in row.items()}
        for name in blobs & row.keys():
            vector: Any = document.pop(name)
            document |= {"_at": at, "_n": len(vector) // 4}
            vectors.append(vector)
            at += len(vector) // 4
        documents.append(document)
    return documents, vectors


def refusals(tbl: str, rows: Mapping[str, Image]) -> dict[str, str]:
    """Return why rows cannot be sent, by key: values that only other programs write into a file."""
    try:
        if _NUL not in orjson.dumps(_documents(tbl, list(rows.values()))[0]):
            return {}
    except (InvalidValue, orjson.JSONEncodeError):
        pass
    found = {pk: _refusal(tbl, row) for pk, row in rows.items()}
    return {pk: reason for pk, reason in found.items() if reason}


def _refusal(tbl: str, row: Image) -> str | None:
    model = BY_NAME[tbl]
    try:
        for name, value in row.items():
            if value is not None:
                _writers(tbl)[name](value)
                to_postgres(tables.field_of(model, name))(value)
    except InvalidValue as error:
        return f"the server cannot hold it: {error}"
    return None


@cache
def _writers(tbl: str) -> dict[str, Callable[[Any], Any]]:
    model = BY_NAME[tbl]
    return {name: _writer(tables.field_of(model, name)) for name in tables.columns(model)}


def _writer(field: Any) -> Callable[[Any], Any]:
    kind = field_type(field)
    if kind == "JSON":
        send, start = to_postgres(field), {dict: "{", list: "["}.get(field.kind, "")
        return lambda stored: _document(stored, start, send)
    if kind == "VECTOR":
        return _vector
    return bool if kind == "BOOL" else _same


def _same(stored: Any) -> Any:
    return stored


def _vector(stored: Any) -> bytes:
    if not isinstance(stored, bytes) or len(stored) % 4 or not stored or not is_finite(stored):
        raise InvalidValue("a vector is a list of finite float32 numbers", "vector")
    return stored


def _document(stored: str, start: str, send: Callable[[Any], Any]) -> Any:
    """Pass a document on as it is when PostgreSQL means the same by it; else in the form that both give back."""
    if stored.startswith(start):
        try:
            if len(stored) == 2 or is_plain(orjson.loads(stored), SHALLOW):
                return orjson.Fragment(stored)
        except orjson.JSONDecodeError:
            pass
    return orjson.Fragment(send(stored))
