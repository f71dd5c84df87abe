"""Which table a row is of, told by the number and the form of its values; and what of a damaged row can stay."""

from __future__ import annotations

import json
import math
import struct
from functools import cache
from typing import Any

from localstore import ids, times
from localstore.fields import Default
from localstore.models import BY_NAME, Row
from localstore.orm import peewee
from localstore.schema import field_type
from localstore.tables import columns, is_stamped

_ORDER = ("organization_memberships", "contents", "embeddings", "events", "items", "settings", "api_keys", "ai_models")
"""Those that ask most of their values come first: an organization asks less than a content does."""
_NEVER_MENDED = frozenset({"api_keys", "item_tag_links", "embeddings"})
"""A damaged key must open nothing, half a link says nothing, and a wrong vector is worse than none."""
LOST = "recovered"


@cache
def _by_width() -> dict[int, tuple[type[Row], ...]]:
    names = [*_ORDER, *(name for name in BY_NAME if name not in _ORDER)]
    found: dict[int, tuple[type[Row], ...]] = {}
    for name in names:
        width = len(columns(BY_NAME[name]))
        found[width] = (*found.get(width, ()), BY_NAME[name])
    return found


def shape(values: list[object]) -> type[Row] | None:
    """Return the table whose columns all values fit."""
    return next((model for model in _by_width().get(len(values), ()) if fits(model, values)), None)


def fits(model: type[Row], values: list[object]) -> bool:
    """Tell whether every value is what the column takes."""
    kinds = _kinds(model)
    return len(values) == len(kinds) and all(map(_sound, kinds, values)) and _agrees(model, values)


@cache
def _kinds(model: type[Row]) -> tuple[tuple[str, bool], ...]:
    return tuple((field_type(field), bool(field.null)) for field in model._meta.sorted_fields)


def _sound(kind: tuple[str, bool], value: object) -> bool:
    name, nullable = kind
    if value is None:
        return nullable
    if isinstance(value, str):
        if name == "ID":
            return bool(ids.PATTERN.fullmatch(value))
        if name == "UTC":
            return _is_time(value)
        return (name == "TEXT" and "\0" not in value) or (name == "JSON" and is_json(value))
    if isinstance(value, int):
        return value in (0, 1) if name == "BOOL" else name == "BIGINT"
    return isinstance(value, bytes) and name == "VECTOR" and len(value) > 0 and is_finite(value)


def _agrees(model: type[Row], values: list[object]) -> bool:
    """Tell whether values that speak of each other agree: a vector and its length, a scope and its names."""
    row = dict(zip(columns(model), values, strict=True))
    if "vector" in row:
        return isinstance(row["vector"], bytes) and row["dim"] == len(row["vector"]) // 4
    return "scope" not in row or row["scope"] in ("global", "user", "organization")


def _is_time(text: str) -> bool:
    try:
        return bool(times.PATTERN.fullmatch(text) and times.from_text(text))
    except ValueError:
        return False


def is_finite(vector: bytes) -> bool:
    """Tell whether bytes are float32 numbers none of which is infinite or none (sums of them fit a float64)."""
    return len(vector) % 4 == 0 and math.isfinite(sum(struct.unpack(f"<{len(vector) // 4}f", vector)))


def is_json(text: str) -> bool:
    """Tell whether SQLite would take a text for JSON."""
    try:
        _DECODER.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _refused(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refused)
"""``json.loads`` would make one for each text."""


# -- damaged rows ----------------------------------------------------------------------------------------------


def _is_recognised(model: type[Row], values: list[object]) -> bool:
    """Tell whether a row that does not fit is a damaged row of the table, and not noise.

    Its key, or both its times, must be sound, and more than half of all its values.
    """
    if len(values) != len(columns(model)) or not is_stamped(model):
        return False
    sound = [*map(_sound, _kinds(model), values)]
    return (sound[0] or (sound[1] and sound[2])) and 2 * sum(sound) > len(sound)


def mended(model: type[Row], values: list[object]) -> dict[str, Any] | None:
    """Return a damaged row with what is unsound in it replaced; None when it is of no use without that.

    What replaces: the column's default; for a time, the row's other one; for a key, a new one; for a document, one
    that holds its text; a link that may be empty is emptied, one that may not leads to a stand-in.
    """
    table = model._meta.table_name
    if table in _NEVER_MENDED or not _is_recognised(model, values):
        return None
    row = dict(zip(columns(model), values, strict=True))
    for field, kind, value in zip(model._meta.sorted_fields, _kinds(model), values, strict=True):
        if not _sound(kind, value):
            row[field.column_name] = _instead(field, kind[0], value, row)
    return row if fits(model, list(row.values())) else None


def _instead(field: peewee.Field[Any], kind: str, value: object, row: dict[str, Any]) -> object:
    if kind == "UTC" and field.column_name in ("created_at", "updated_at"):
        stamps = [row[name] for name in ("updated_at", "created_at") if _sound(("UTC", False), row[name])]
        return stamps[0] if stamps else times.now()
    if kind == "JSON":
        text = _clean(value) if isinstance(value, str) else ""
        return json.dumps({LOST: text} if text else {}, ensure_ascii=False)
    if kind == "TEXT" and value is not None:
        return _clean(value.decode(errors="replace") if isinstance(value, bytes) else str(value))
    if field.null:
        return None
    if kind == "ID":
        return ids.new_id()
    default = getattr(field, "server_default", None)
    if isinstance(default, Default):
        return times.now()
    return default if default is not None else {"TEXT": LOST, "BOOL": 0, "BIGINT": 0}.get(kind)


def _clean(text: str) -> str:
    """Return a text without NUL: a page of zeros leaves a row of them at its end."""
    return text.rstrip("\0").replace("\0", "\ufffd")
