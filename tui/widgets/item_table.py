"""The list of items."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from localstore.filters import Filter
from tui import glyphs, keymap
from tui.themes import type_colour
from tui.visible import line
from tui.widgets.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from localstore.items import ItemRow
    from localstore.rows import Page
    from localstore.store import Store

ORDERS = {
    "updated": "updated",
    "created": "created",
    "title": "title",
    "type": "type",
}


class ItemSource:
    """Items that a filter finds, in an order."""

    def __init__(self, store: Store, where: Filter, sort: str) -> None:
        self.store = store
        self.where = where
        self.sort = sort

    def page(self, after: str | None, limit: int) -> Page[ItemRow]:
        """Return up to *limit* items after a cursor."""
        return self.store.items.rows(self.where, sort=self.sort, after=after, limit=limit)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th item but the first."""
        return self.store.items.anchors(self.where, sort=self.sort, step=step)

    def count(self) -> int:
        """Return how many items there are."""
        return self.store.items.count(self.where)

    def key(self, row: ItemRow) -> str:
        """Return the item's id."""
        return row.id

    def keys(self, but: set[str]) -> list[str]:
        """Return the ids of all items found, *but* some; for actions on all in the filter."""
        found: list[str] = []
        after: str | None = None
        while True:
            page = self.page(after, 2_000)
            found += [row.id for row in page.rows if row.id not in but]
            if page.next is None:
                return found
            after = page.next


class ItemTable(VirtualTable):
    """Type, title, tags, day of change, state of the vectors."""

    SCOPE: ClassVar = "itemlist"
    BINDINGS: ClassVar = [*keymap.bindings("items"), *keymap.bindings("itemlist")]
    _layout: tuple[int, list[Column]] = (-1, [])

    def columns(self, width: int) -> list[Column]:
        """Give the title what the others leave; tags from 66 cells on."""
        if self._layout[0] != width:
            self._layout = (width, _columns(width))
        return self._layout[1]

    def cells(self, row: ItemRow, width: int) -> list[Cell]:
        """Show one item."""
        dark = self.app.current_theme.dark
        shown = {
            "type": Cell(line(row.type, 64), colour=type_colour(row.type, dark=dark)),
            "title": Cell(line(row.title)),
            "tags": Cell(" ".join(f"#{line(name, 64)}" for name in row.tags[:8]), "muted"),
            "updated": Cell(day(row.updated_at), "muted"),
            "E": Cell(glyphs.FRESHNESS[row.freshness][0], _TONES.get(row.freshness.name, "muted")),
        }
        return [shown[column.title] for column in self.columns(width)]


_TONES = {"FRESH": "good", "STALE": "warn"}


def _columns(width: int) -> list[Column]:
    kind = 12 if width >= 60 else 8
    tags = 0 if width < 56 else min(28, max(14, width // 4))
    fixed = [Column("updated", 10), Column("E", 1)]
    if width < 34:
        fixed = [Column("E", 1)]
    if tags:
        fixed.insert(0, Column("tags", tags))
    title = width - kind - 1 - sum(column.width + 1 for column in fixed) - 1
    return [Column("type", kind), Column("title", max(4, title)), *fixed]


def day(stamp: str) -> str:
    """Return the local day of a stored time."""
    return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d}"


def moment(stamp: str) -> str:
    """Return a stored time as a local day and minute."""
    return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d %H:%M}"
