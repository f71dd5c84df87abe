"""What a person calls a row: its noun and its title, its key, or what it hangs on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from localstore import ids, tables
from localstore.connection import Connection
from localstore.models import Content, Item, Row

NAMES = ("title", "name", "filename", "email", "key", "description", "event_type")
"""Columns that people know a row by, the best first."""
CLIP = 60
DEPTH = 3
"""A vector hangs on a text, which hangs on an item."""


def label(connection: Connection, model: type[Row], pk: str, images: Iterable[Mapping[str, Any] | None]) -> str:
    """Return ``item 'Reading list'``, ``setting 'theme'``, ``content of item 'Reading list'``.

    The live row names itself; one that is gone is named by its images, else by the end of its id.
    """
    row = dict(tables.fetch(connection, model, pk) or {})
    for image in images:
        row = dict(image or {}) | row
    return _named(connection, model, pk, row, DEPTH)


def _named(connection: Connection, model: type[Row], pk: str, row: Mapping[str, Any], depth: int) -> str:
    noun = tables.noun(model)
    name = next((row[name] for name in NAMES if name in tables.columns(model) and row.get(name)), None)
    if isinstance(name, str):
        return f"{noun} {_clipped(name)!r}"
    above = _parents(connection, model, pk, row, depth) if depth else []
    if not above:
        return f"{noun} {ids.short(pk)}"
    if tables.is_stamped(model):
        return f"{noun} of {above[0]}"
    return f"{noun}: {' · '.join(above)}"


def _parents(connection: Connection, model: type[Row], pk: str, row: Mapping[str, Any], depth: int) -> list[str]:
    """Return the labels of what a row hangs on: items and texts before all else."""
    found = []
    keys = dict(zip(tables.key_columns(model), tables.key_parts(pk), strict=True)) | dict(row)
    order = sorted(tables.references(model), key=lambda each: each[1] not in (Item, Content))
    for column, parent, _ in order:
        value = keys.get(column)
        if isinstance(value, str):
            above = tables.fetch(connection, parent, value) or {}
            found.append(_named(connection, parent, value, above, depth - 1))
    return found


def _clipped(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= CLIP else line[: CLIP - 1] + "…"
