"""The orders a list of items may have: which way each begins, and how a person calls it."""

from __future__ import annotations

from typing import NamedTuple

from localstore.lists.item_orders import ORDERS
from tui import glyphs


class Sort(NamedTuple):
    """An order: which way it is first, what it says up and down; a word on what it costs."""

    name: str
    first: str
    up: str
    down: str

    @property
    def note(self) -> str:
        """Say when the whole list must be sorted before the first row is shown."""
        return "no index: sorts the list once" if self.name in ORDERS else ""


SORTS = (
    Sort("updated", "-updated", "oldest change first", "latest change first"),
    Sort("created", "-created", "oldest first", "newest first"),
    Sort("title", "title", "A to Z", "Z to A"),
    Sort("type", "type", "A to Z", "Z to A"),
    Sort("tags", "-tags", "fewest tags first", "most tags first"),
    Sort("vectors", "-vectors", "without vectors first", "stale ones first"),
)
_BY_NAME = {sort.name: sort for sort in SORTS}


def known_sort(sort: object) -> str:
    """Return an order that was remembered, or the first one when there is none of that name."""
    known = isinstance(sort, str) and sort.removeprefix("-") in _BY_NAME
    return str(sort) if known else SORTS[0].first


def next_sort(sort: str, name: str) -> str:
    """Return the order after a click on a column: its own way first, then the other."""
    return flipped(sort) if sort.lstrip("-") == name else _BY_NAME[name].first


def flipped(sort: str) -> str:
    """Return the other way of an order."""
    return sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"


def spoken(sort: str) -> str:
    """Return an order as the status line says it."""
    return f"{sort.lstrip('-')} {glyphs.DOWN if sort.startswith('-') else glyphs.UP}"


def words(sort: str) -> str:
    """Return what stands first in an order."""
    found = _BY_NAME[sort.lstrip("-")]
    return found.down if sort.startswith("-") else found.up
