"""Stored values that the door would refuse: other programs can write them, and the server would not take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import apsw
import peewee

from localstore import ids, tables, times, values
from localstore.checking.corrections import NONE, corrected
from localstore.checking.finding import Finding, Inquiry
from localstore.errors import InvalidValue, LocalstoreError
from localstore.fields import checker
from localstore.models import TABLES, Row
from localstore.schema import field_type

_TEXTUAL = ("TEXT", "JSON", "UTC", "ID")


@dataclass(frozen=True, slots=True)
class Refused:
    """One value that is refused: its row, why, and what it obviously should be (``NONE``: nobody knows)."""

    pk: str
    why: str
    right: Any


def stored_values(asked: Inquiry) -> Iterator[Finding]:
    """Every column of every table but vectors; a scan that reads all of them once."""
    for model in TABLES:
        refused = {name: found for name in tables.columns(model) if (found := _column(asked, model, name))}
        right = _correct(asked, model, refused) if asked.repair and refused else set()
        for name, found in refused.items():
            table = str(model._meta.table_name)
            mended = [each for each in found if (each.pk, name) in right]
            if mended:
                yield _finding(table, mended).mended()
            left = [each for each in found if (each.pk, name) not in right]
            if left:
                yield _finding(table, left)


def _finding(table: str, found: list[Refused]) -> Finding:
    one = found[0]
    known = all(each.right is not NONE for each in found)
    advice = "'check --repair' corrects them" if known else "edit or delete them"
    message = f"{len(found)} of {table} hold a value no other database takes, such as {ids.short(one.pk)}: {one.why}"
    return Finding("value", table, len(found), f"{message}; {advice}", row=one.pk)


def _column(asked: Inquiry, model: type[Row], name: str) -> list[Refused]:
    """Return the refused values of a column, by key."""
    field = tables.field_of(model, name)
    kind = field_type(field)
    if kind not in (*_TEXTUAL, "BOOL"):
        return []
    given = f"CAST({name} AS BLOB)" if kind in _TEXTUAL else name
    key = f"CAST({tables.key_sql(model)} AS BLOB)"
    sql = f"SELECT {key}, why, given FROM (SELECT *, {given} AS given, refused({given}) AS why"
    sql += f" FROM {model._meta.table_name}) WHERE why IS NOT NULL ORDER BY 1"
    with asked.reading() as connection:
        refused: Any = _refusal(field, kind)
        connection.create_scalar_function("refused", refused, 1, deterministic=True)
        try:
            rows = connection.execute(sql).fetchall()
        except apsw.CorruptError:  # told by pages
            return []
    return [Refused(_text(pk), why, corrected(field, kind, value)) for pk, why, value in rows]


def _text(key: bytes | None) -> str:
    return (key or b"").decode(errors="replace")


def _correct(asked: Inquiry, model: type[Row], refused: dict[str, list[Refused]]) -> set[tuple[str, str]]:
    """Correct what obviously can be, all columns of a row at once; return which (key, column) were."""
    rows: dict[str, dict[str, Any]] = {}
    for name, found in refused.items():
        for each in found:
            if each.right is not NONE:
                rows.setdefault(each.pk, {})[name] = each.right
    if not rows:
        return set()
    asked.keep()
    done: set[tuple[str, str]] = set()
    with asked.store.action("check.corrected") as action:
        for pk, given in rows.items():
            try:
                action.update(model, pk, given)
            except (LocalstoreError, ValueError):  # another value of the row stands in the way
                continue
            done |= {(pk, name) for name in given}
        action.note(table=model._meta.table_name, corrected=len(done))
    return done


def _refusal(field: peewee.Field[Any], kind: str) -> Callable[[Any], str | None]:
    """Return a function that says why a stored value is refused, or nothing."""
    check, name = checker(field), field.column_name

    def refused(value: Any) -> str | None:
        if value is None:
            return None if field.null else f"{name}: no value at all"
        if kind == "BOOL":
            return None if value in (0, 1) else f"{name}: {value} is neither 0 nor 1"
        try:
            text = bytes(value).decode()
            check(values.from_json(text, name) if kind == "JSON" else text, name)
        except UnicodeDecodeError:
            return f"{name}: not UTF-8"
        except InvalidValue as error:
            return str(error)
        except ValueError as error:
            return f"{name}: not JSON ({error})"
        return _form(text, kind, name)

    return refused


def _form(text: str, kind: str, name: str) -> str | None:
    """Refuse what means a value and is not written in the one form, which is what sorts and compares."""
    if kind == "UTC" and not times.PATTERN.fullmatch(text):
        return f"{name}: {text[:40]!r} is a time in another form than 2026-01-31T09:30:00.000000Z"
    if kind == "ID" and ids.as_id(text) != text:
        return f"{name}: {text[:40]!r} is a UUID in another spelling"
    return None
