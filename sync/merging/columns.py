"""Columns: how each of a model's merges, and the one value of three."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from localstore import tables, values
from localstore.errors import InvalidValue
from localstore.fields import Default
from localstore.models import Row
from localstore.schema import field_type
from localstore.sync_rules import RULES, Merge
from sync.local.images import name_of, same
from sync.merging.documents import ABSENT, merge_documents
from sync.merging.documents import same as means_same
from sync.merging.prefer import NoBoth, Prefer
from sync.merging.texts import choose_text, merge_text

STAMPS = (Merge.LATER, Merge.EARLIER)
ONE_LINE = " / "
"""Between both versions of a text that is shown on one line (a title, a name)."""


class Shape(StrEnum):
    """What kind of value a column holds, as far as merging goes."""

    LATER = "later"
    EARLIER = "earlier"
    DERIVED = "derived"
    TEXT = "text"
    LINE = "line"
    """A text of one line: indexed, shown in lists."""
    DOCUMENT = "document"
    WHOLE = "whole"

    @property
    def is_stamp(self) -> bool:
        """Whether it is a time that follows from other changes: never disputed, no edit by itself."""
        return self in (Shape.LATER, Shape.EARLIER)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a model: its shape, and what it holds when nobody set it."""

    name: str
    shape: Shape
    default: Any


@dataclass(frozen=True, slots=True)
class Cell:
    """The one value, and the paths in it that both sides changed (the column's name when it is whole)."""

    value: Any
    disputed: tuple[str, ...] = ()


_RULED = {Merge.LATER: Shape.LATER, Merge.EARLIER: Shape.EARLIER, Merge.DERIVED: Shape.DERIVED}


@cache
def plan(model: type[Row]) -> tuple[Column, ...]:
    """Return a model's columns in the order of its table."""
    return tuple(column(model, name) for name in tables.columns(model))


@cache
def column(model: type[Row], name: str) -> Column:
    """Return how one column merges: by its rule, else by its type."""
    field = tables.field_of(model, name)
    rule = RULES[name_of(model)].merges.get(name)
    if rule in _RULED:
        shape = _RULED[rule]
    elif rule is Merge.WHOLE or field.primary_key or model._meta.composite_key:
        shape = Shape.WHOLE
    elif field_type(field) == "JSON":
        shape = Shape.DOCUMENT
    elif field_type(field) == "TEXT":
        shape = Shape.LINE if field.index or field.unique else Shape.TEXT
    else:
        shape = Shape.WHOLE
    return Column(name, shape, _default(field))


def _default(field: Any) -> Any:
    """Return the stored form of a column's default; None where there is none, or it differs from row to row."""
    default = getattr(field, "server_default", None)
    if default is None or isinstance(default, Default):
        return None
    return field.db_value(default)


@cache
def derived(model: type[Row]) -> frozenset[str]:
    """Return the columns that were computed from a text, with what they were computed by: they go together."""
    found = {each.name for each in plan(model) if each.shape is Shape.DERIVED}
    needed = {name for name, _, _ in tables.references(model) if not tables.field_of(model, name).null}
    return frozenset(found | needed) if found else frozenset()


def merge_cell(model: type[Row], name: str, base: Any, ours: Any, theirs: Any, prefer: Prefer = Prefer.THEIRS) -> Cell:
    """Return one value of three stored ones; *base* is ABSENT where the row was made on both sides.

    Raises NoBoth when both are preferred where only one can stand.
    """
    each = column(model, name)
    if each.shape is Shape.DOCUMENT and isinstance(ours, str) and isinstance(theirs, str):
        return _document(each, base, ours, theirs, prefer)
    if same(model, name, ours, theirs):
        return Cell(theirs)
    if base is ABSENT:
        if theirs is None or same(model, name, theirs, each.default):
            return Cell(ours)
        if ours is None or same(model, name, ours, each.default):
            return Cell(theirs)
    elif same(model, name, ours, base):
        return Cell(theirs)
    elif same(model, name, theirs, base):
        return Cell(ours)
    if each.shape.is_stamp:
        return Cell(_stamp(each.shape, ours, theirs))
    if each.shape in (Shape.TEXT, Shape.LINE) and isinstance(ours, str) and isinstance(theirs, str):
        return _text(each, base, ours, theirs, prefer)
    return Cell(_whole(name, ours, theirs, prefer), (name,))


def choose_cell(model: type[Row], name: str, base: Any, ours: Any, theirs: Any, prefer: Prefer) -> Cell:
    """Return one value where a person was asked: what is not disputed merges, the rest is the side's preferred.

    Unlike in ``merge_cell`` a side that holds the default has chosen it.
    """
    each = column(model, name)
    if base is not ABSENT:
        return merge_cell(model, name, base, ours, theirs, prefer)
    if each.shape is Shape.DOCUMENT and isinstance(ours, str) and isinstance(theirs, str):
        return _document(replace(each, default=None), base, ours, theirs, prefer)
    if each.shape in (Shape.TEXT, Shape.LINE) and isinstance(ours, str) and isinstance(theirs, str):
        return _text(each, base, ours, theirs, prefer)
    return Cell(_whole(name, ours, theirs, prefer), (name,))


def _stamp(shape: Shape, ours: Any, theirs: Any) -> Any:
    known = [value for value in (ours, theirs) if value is not None]
    return max(known) if shape is Shape.LATER else min(known)


def _document(each: Column, base: Any, ours: str, theirs: str, prefer: Prefer) -> Cell:
    name = each.name
    try:
        mine, other = values.from_json(ours), values.from_json(theirs)
        was = values.from_json(base) if isinstance(base, str) else ABSENT
        if base is ABSENT and each.default is not None and _is_unset(each, ours, theirs):
            return Cell(theirs if ours == each.default else ours)
        found = merge_documents(was, mine, other, prefer)
        if means_same(found.value, other):
            return Cell(theirs, _paths(name, found.disputed))
        value = ours if means_same(found.value, mine) else values.to_json(found.value)
    except NoBoth as error:
        raise NoBoth(f"{name}.{error.path}" if error.path else name) from None
    except (ValueError, RecursionError, InvalidValue):  # a document that only another program writes
        return _unreadable(name, base, ours, theirs, prefer)
    return Cell(value, _paths(name, found.disputed))


def _is_unset(each: Column, ours: str, theirs: str) -> bool:
    return each.default in (ours, theirs)


def _paths(name: str, disputed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}.{path}" if path else name for path in disputed)


def _unreadable(name: str, base: Any, ours: str, theirs: str, prefer: Prefer) -> Cell:
    """Merge documents as they are spelled."""
    if ours in (theirs, base):
        return Cell(theirs)
    return Cell(ours) if theirs == base else Cell(_whole(name, ours, theirs, prefer), (name,))


def _text(each: Column, base: Any, ours: str, theirs: str, prefer: Prefer) -> Cell:
    value, clean = merge_text(base, ours, theirs, prefer) if isinstance(base, str) else ("", False)
    if clean:
        return Cell(value)
    if prefer is Prefer.BOTH and each.shape is Shape.LINE:
        value = f"{theirs}{ONE_LINE}{ours}"
    elif not isinstance(base, str):
        value = choose_text(ours, theirs, prefer)
    return Cell(value, (each.name,))


def _whole(name: str, ours: Any, theirs: Any, prefer: Prefer) -> Any:
    if prefer is Prefer.BOTH:
        if ours is None or theirs is None:
            return ours if theirs is None else theirs
        raise NoBoth(name)
    return theirs if prefer is Prefer.THEIRS else ours


def disputed_columns(cells: Mapping[str, Cell]) -> tuple[str, ...]:
    """Return the names of the columns of which a part is disputed."""
    return tuple(name for name, cell in cells.items() if cell.disputed)
