"""Corrections: what a refused value obviously was meant to be. What nobody can know is left to a person."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

import apsw
import peewee

from localstore import times, values
from localstore.connection import opened
from localstore.errors import InvalidValue
from localstore.fields import JsonField, checker

NONE: Final = object()
"""Nobody knows."""


def corrected(field: peewee.Field[Any], kind: str, stored: Any) -> Any:
    """Return the value (as Python has it) that a refused one of the column stands for, or ``NONE``."""
    if stored is None:
        return NONE
    if kind == "BOOL":
        return bool(stored)
    try:
        text = bytes(stored).decode()
    except UnicodeDecodeError:
        return NONE
    rule = {"JSON": _document, "UTC": _moment, "TEXT": _text}.get(kind)
    value = rule(field, text) if rule else NONE
    return value if value is NONE or _is_taken(field, value) else NONE


def _is_taken(field: peewee.Field[Any], value: Any) -> bool:
    try:
        checker(field)(value, field.column_name)
    except InvalidValue:
        return False
    return True


def _text(_: peewee.Field[Any], text: str) -> Any:
    """A NUL is no part of any text: it is what a program of C leaves behind it."""
    return text.replace("\0", "") if "\0" in text else NONE


def _moment(_: peewee.Field[Any], text: str) -> Any:
    """ISO 8601 in any spelling; without a zone it is UTC, as SQLite's ``datetime('now')`` writes it."""
    try:
        found = datetime.fromisoformat(text.strip())
        return times.to_text(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, InvalidValue):
        return NONE


def _document(field: peewee.Field[Any], text: str) -> Any:
    """Nothing at all, JSON within a JSON text, JSON5, and numbers that JSON does not have."""
    kind = getattr(field, "kind", None) if isinstance(field, JsonField) else None
    if not text.strip("\0 \t\r\n"):
        return kind() if kind else NONE
    try:
        found = values.from_json(_strict(text))
    except (ValueError, InvalidValue):
        return NONE
    if isinstance(found, str) and kind:
        try:
            found = values.from_json(found)
        except (ValueError, InvalidValue):
            return NONE
    return _plain(found)


def _strict(text: str) -> str:
    """Return JSON for what SQLite reads as JSON5 (keys without quotes, a comma too many); else the text itself."""
    try:
        values.from_json(text)
    except ValueError:
        connection = opened(":memory:")
        try:
            return str(connection.execute("SELECT json(?)", (text,)).fetchall()[0][0])
        except apsw.SQLError:
            return text
        finally:
            connection.close()
    return text


def _plain(value: Any) -> Any:
    """Null where a number is not finite; texts without NUL."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {key.replace("\0", ""): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
