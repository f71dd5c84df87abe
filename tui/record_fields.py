"""The fields of a form, made from the columns of a table: what each takes, and how its value reads as text.

Pure: no widget, no store. A form holds texts; ``read`` turns one into a value, or says in a sentence why not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from localstore import api_keys, by_columns, tables, tags, times, users
from localstore.contents import ROLES as CONTENT_ROLES
from localstore.errors import InvalidValue
from localstore.events import SECRET
from localstore.fields import Default, checker
from localstore.lists.labels import parents
from localstore.memberships import ROLES
from localstore.models import SCOPES
from localstore.schema import field_type
from tui import json_check

NUMBERS_A_LINE = 8


class Kind(Enum):
    """What a field is on the screen."""

    TEXT = "one line"
    LONG = "many lines"
    JSON = "a document"
    VECTOR = "a list of numbers"
    FLAG = "yes or no"
    CHOICE = "one of a few"
    NUMBER = "a whole number"
    TIME = "a moment"
    LINK = "another row"
    SHOWN = "shown only"


AUDIT = frozenset({"id", "created_at", "updated_at"})
EDITORS = (Kind.LONG, Kind.JSON, Kind.VECTOR)
LONG = {("contents", "text"), ("items", "description")}
CHOICES = {("organization_memberships", "role"): ROLES, ("settings", "scope"): SCOPES}
WORDS = {
    ("contents", "role"): CONTENT_ROLES,
    ("organizations", "plan_type"): ("free",),
    ("users", "auth_provider"): ("local",),
    ("items", "type"): ("note",),
}
"""Texts of which any is allowed, and some are usual; those of other rows are offered too."""
_CHECKS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("users", "email"): users.clean,
    ("tags", "name"): tags.clean,
    ("api_keys", "scopes"): api_keys.checked_scopes,
}
_LABELS = {"meta_data": "Metadata", "mime_type": "MIME type", "ai_models.name": "Name", "extras": "Extras"}


@dataclass(frozen=True)
class Spec:
    """One field: the column, what it takes, whether it may be empty."""

    table: str
    column: str
    kind: Kind
    required: bool = False
    null: bool = False
    options: tuple[str, ...] = ()
    parent: str = ""
    json_kind: type | None = None

    @property
    def label(self) -> str:
        """What the column is called on the screen."""
        plain = self.column.removesuffix("_id").replace("_", " ").capitalize()
        return _LABELS.get(self.column, plain) + (" (JSON)" if self.kind is Kind.JSON else "")

    @property
    def is_aside(self) -> bool:
        """Tell whether it is a link that may be empty: what is written comes before it."""
        return self.kind is Kind.LINK and self.null

    @property
    def offers(self) -> bool:
        """Tell whether values that other rows have are offered while one is typed."""
        return self.kind is Kind.TEXT and (self.table, self.column) in _offered()


@cache
def _offered() -> frozenset[tuple[str, str]]:
    more = {("ai_models", "provider"), ("events", "event_type"), ("file_assets", "mime_type"), ("settings", "key")}
    return frozenset({*WORDS, *more, ("tags", "color")})


@cache
def specs(table: str, *, new: bool) -> tuple[Spec, ...]:
    """Return the fields of a form in the order of the columns; links that may be empty, then long ones, come later."""
    model = tables.model_of(table)
    made = [_spec(table, field, new=new) for field in model._meta.sorted_fields if field.column_name not in SECRET]
    wanted = [spec for spec in made if not (new and spec.kind is Kind.SHOWN)]
    return tuple(sorted(wanted, key=lambda spec: (spec.column in AUDIT, spec.kind in EDITORS, spec.is_aside)))


def _spec(table: str, field: Any, *, new: bool) -> Spec:
    column = field.column_name
    fixed = by_columns.BY_STORE.get(table, frozenset()) | (
        frozenset() if new else by_columns.FIXED.get(table, frozenset())
    )
    if column in AUDIT | fixed:
        return Spec(table, column, Kind.SHOWN)
    parent = parents(tables.model_of(table)).get(column)
    return Spec(
        table,
        column,
        _kind(table, field),
        required=column in by_columns.required(table) and column != "value",
        null=bool(field.null),
        options=CHOICES.get((table, column), ()),
        parent=str(parent._meta.table_name) if parent else "",
        json_kind=getattr(field, "kind", None),
    )


def _kind(table: str, field: Any) -> Kind:
    place = (table, field.column_name)
    if field.column_name in parents(tables.model_of(table)):
        return Kind.LINK
    if place in LONG:
        return Kind.LONG
    if place in CHOICES:
        return Kind.CHOICE
    kinds = {"JSON": Kind.JSON, "VECTOR": Kind.VECTOR, "BOOL": Kind.FLAG, "BIGINT": Kind.NUMBER, "UTC": Kind.TIME}
    return kinds.get(field_type(field), Kind.TEXT)


def blank(spec: Spec) -> str:
    """Return what a field of a new row holds before anything is written."""
    field: Any = tables.field_of(tables.model_of(spec.table), spec.column)
    if not getattr(field, "has_server_default", False):
        return spec.options[0] if spec.options else "null" if spec.kind is Kind.JSON else ""
    value = field.server_default
    return times.now() if value is Default.NOW else shown(spec, value)


# -- values as text --------------------------------------------------------------------------------------------


def shown(spec: Spec, value: Any) -> str:
    """Return a stored value as a form shows it; ``read`` gives it back."""
    if spec.kind is Kind.JSON:
        return json.dumps(value, ensure_ascii=False, indent=2)
    if value is None:
        return ""
    if spec.kind is Kind.VECTOR:
        return vector_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return times.to_text(value) if isinstance(value, datetime) else str(value)


def vector_text(vector: Any) -> str:
    """Return a vector as a JSON list, some numbers a line, each in the shortest form of its float32."""
    numbers = [str(number) for number in vector]  # of a numpy.float32, the shortest text that reads back the same
    lines = [", ".join(numbers[at : at + NUMBERS_A_LINE]) for at in range(0, len(numbers), NUMBERS_A_LINE)]
    return "[" + ",\n ".join(lines) + "]"


def read(spec: Spec, text: str) -> Any:
    """Return the value that a field's text stands for; InvalidValue says what is wrong, without naming the column."""
    if not text.strip() and spec.kind not in (Kind.TEXT, Kind.LONG):
        return _nothing(spec)
    if spec.required and not text.strip():
        raise InvalidValue("a value is needed: write one")
    if not text and spec.null:
        return None
    value = _READ.get(spec.kind, _as_it_is)(spec, text)
    field: Any = tables.field_of(tables.model_of(spec.table), spec.column)
    checked = checker(field)(value, "")
    if (spec.table, spec.column) in _CHECKS:
        _CHECKS[(spec.table, spec.column)](checked)
    return checked


def sentence(error: Exception, column: str) -> str:
    """Return what an error says, without the column under whose field it will stand."""
    return str(error).removeprefix(f"{column}: ").removeprefix(f"{column}.")


def _nothing(spec: Spec) -> Any:
    needed = InvalidValue(f"a value is needed: {'choose' if spec.kind is Kind.LINK else 'write'} one")
    if spec.required:
        raise needed
    if spec.kind is Kind.JSON and not spec.null:
        return spec.json_kind() if spec.json_kind else None
    if spec.null:
        return None
    if spec.kind is Kind.NUMBER:
        return 0
    raise needed


def _as_it_is(spec: Spec, text: str) -> Any:
    return text


def _number(spec: Spec, text: str) -> int:
    bare = text.strip().replace(",", "").replace("_", "")
    if bare.lstrip("-").isascii() and bare.lstrip("-").isdigit() and len(bare) < 25:
        return int(bare)
    raise InvalidValue(f"{text[:40]!r} is no whole number")


def _time(spec: Spec, text: str) -> datetime:
    """Read ISO 8601; a time without a zone is the one on the clock here."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidValue(f"{text[:40]!r} is no time like 2026-01-31T09:30:00Z") from None
    return times.of_here(moment)


def _flag(spec: Spec, text: str) -> bool:
    return text == "true"


def _document(spec: Spec, text: str) -> Any:
    document = json_check.read(text)
    if spec.json_kind and not isinstance(document, spec.json_kind):
        raise InvalidValue("1:1 expecting an object: {…}" if spec.json_kind is dict else "1:1 expecting a list: […]")
    return document


def _vector(spec: Spec, text: str) -> Any:
    return json_check.read(text)


_READ: dict[Kind, Callable[[Spec, str], Any]] = {
    Kind.NUMBER: _number,
    Kind.TIME: _time,
    Kind.FLAG: _flag,
    Kind.JSON: _document,
    Kind.VECTOR: _vector,
}


def column_of(table: str, path: str) -> str:
    """Return the column that a path of an error leads to (``meta_data.a[2]``, ``user``); empty when to none."""
    head = path.partition(".")[0].partition("[")[0]
    columns = tables.columns(tables.model_of(table))
    spelled = {"tag": "name", "owner": "owner_id"}
    return next((name for name in (head, f"{head}_id", spelled.get(head, "")) if name in columns), "")


def changed(table: str, start: Mapping[str, str], texts: Mapping[str, str]) -> list[str]:
    """Return the columns whose text is another than at the start."""
    return [name for name, text in texts.items() if text != start.get(name)]
