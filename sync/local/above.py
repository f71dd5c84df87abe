"""The rows above one that goes: kept with its conflict, so that it can come back together with them.

A conflict's ``theirs`` holds the nearest of them whole; ``ABOVE`` in it lists the others. People are left out: no
device makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localstore import tables
from localstore.connection import Connection
from localstore.models import CASCADE, User
from localstore.models import Row as Model
from sync.local.images import name_of
from sync.shapes import Image, Key

ABOVE = "above"
"""No column has this name."""


def above(
    connection: Connection, model: type[Model], row: Mapping[str, Any], goes: Callable[[Key], bool] | None = None
) -> Image | None:
    """Return what *row* hangs on as one image; of it only what *goes*, when given."""
    found = list(_chain(connection, model, row, goes))
    if not found:
        return None
    return found[0] | ({ABOVE: found[1:]} if found[1:] else {})


def _chain(
    connection: Connection, model: type[Model], row: Mapping[str, Any], goes: Callable[[Key], bool] | None
) -> Iterator[Image]:
    for column, parent, action in tables.references(model):
        value = row.get(column)
        if action != CASCADE or parent is User or value is None:
            continue
        found = tables.fetch(connection, parent, str(value))
        if found is not None and (goes is None or goes(Key(name_of(parent), str(value)))):
            yield tables.image(parent, found)
            yield from _chain(connection, parent, found, goes)


def unfolded(image: Mapping[str, Any] | None) -> list[Image]:
    """Return the images that ``above`` put together."""
    if not image:
        return []
    first = {name: value for name, value in image.items() if name != ABOVE}
    return [first, *image.get(ABOVE, ())]
