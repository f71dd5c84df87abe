"""A row's key in SQL: as text, as the columns that it is made of, as a set."""

from __future__ import annotations

from localstore import tables
from localstore.models import Row
from localstore.quoting import quoted

Model = type[Row]


def columns(model: Model, alias: str = "") -> list[str]:
    """Return the columns of a key."""
    return [f"{alias}.{quoted(name)}" if alias else quoted(name) for name in tables.key_columns(model)]


def listed(model: Model, alias: str = "") -> str:
    """Return the columns of a key, as a list for ORDER BY."""
    return ", ".join(columns(model, alias))


def text(model: Model, alias: str) -> str:
    """Return a key as text; sorted by its bytes it is in the order of its columns."""
    return " || '/' || ".join(f"{column}::text" for column in columns(model, alias))


def same(model: Model, one: str, other: str) -> str:
    """Return the condition that two rows have one key."""
    return " AND ".join(f"{a} = {b}" for a, b in zip(columns(model, one), columns(model, other), strict=True))


def parts(model: Model, pk: str) -> list[str]:
    """Return the columns' values of a key's text."""
    names = tables.key_columns(model)
    if len(names) == 1:
        return [f"{pk}::uuid"]
    return [f"split_part({pk}, '/', {at})::uuid" for at in range(1, len(names) + 1)]


def parsed(model: Model, pk: str) -> str:
    """Return a select list of a key's columns from its text."""
    names = tables.key_columns(model)
    return ", ".join(f"{part} AS {quoted(name)}" for part, name in zip(parts(model, pk), names, strict=True))


def from_array(model: Model, array: str) -> str:
    """Return a derived table of the keys in an array of texts; ``pk`` is the text."""
    return f"(SELECT t.pk, {parsed(model, 't.pk')} FROM unnest({array}) AS t (pk))"


def after(model: Model, alias: str) -> str:
    """Return the condition that a row comes behind the key ``after``; the first comparison finds the index.

    ``start_at`` is that key, or the smallest one when there is none.
    """
    names = columns(model, alias)
    row, begin = (", ".join(names), ", ".join(parts(model, "start_at")))
    if len(names) == 1:
        return f"{row} >= {begin} AND ({row} > {begin} OR after = '')"
    return f"({row}) >= ({begin}) AND (({row}) > ({begin}) OR after = '')"


def smallest(model: Model) -> str:
    """Return the text of the first key there can be."""
    return "/".join(["00000000-0000-0000-0000-000000000000"] * len(tables.key_columns(model)))
