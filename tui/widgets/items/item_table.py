"""The list of items."""

from __future__ import annotations

from array import array
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from localstore import times
from localstore.filters import Filter
from localstore.lists.item_orders import ORDERS, place_of, places, rows_at
from tui import glyphs, keymap
from tui.themes import type_colour
from tui.visible import line
from tui.widgets.lists.list_source import ListPage
from tui.widgets.lists.score_bar import number, score_line, share_of
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from localstore.items import ItemRow
    from localstore.rows import Page
    from localstore.store import Store
    from localstore.vectors.matches import Nearest

SCORE = 15
"""Cells of a score with its bar."""


class ItemSource:
    """Items that a filter finds, in an order."""

    def __init__(self, store: Store, where: Filter, sort: str) -> None:
        self.store = store
        self.where = where
        self.sort = sort

    def page(self, after: str | None, limit: int) -> Page[ItemRow] | ListPage:
        """Return up to *limit* items after a cursor."""
        return self.store.items.rows(self.where, sort=self.sort, after=after, limit=limit)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th item but the first."""
        return self.store.items.anchors(self.where, sort=self.sort, step=step)

    def count(self) -> int:
        """Return how many items there are."""
        return self.store.items.count(self.where)

    def place(self, pk: str) -> int | None:
        """Return how many items come before one."""
        return self.store.items.position(pk, self.where, sort=self.sort)

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


class SortedSource(ItemSource):
    """Items in an order that no index has: sorted once, when the first page is read."""

    _places: array[int] | None = None

    @property
    def places(self) -> array[int]:
        """The places of all items, in order; eight bytes each."""
        if self._places is None:
            self._places = places(self.store, self.where, self.sort)
        return self._places

    def page(self, after: str | None, limit: int) -> ListPage:
        """Return up to *limit* items after a cursor, which is a number."""
        start = int(after or 0)
        end = start + limit
        rows = rows_at(self.store, self.places[start:end])
        return ListPage(rows, str(end) if end < len(self.places) else None)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th item but the first."""
        return [str(at) for at in range(step, len(self.places) + 1, step)]

    def count(self) -> int:
        """Return how many items there are."""
        return len(self.places)

    def place(self, pk: str) -> int | None:
        """Return how many items come before one."""
        return place_of(self.store, pk, self.places)


def item_source(store: Store, where: Filter, sort: str) -> ItemSource:
    """Return the items that a filter finds, in one of the orders a list may have."""
    return (SortedSource if sort.lstrip("-") in ORDERS else ItemSource)(store, where, sort)


class RankedSource(ItemSource):
    """The items that are nearest to something, best first; there are few."""

    def __init__(self, store: Store, where: Filter, found: Nearest) -> None:
        super().__init__(store, where, "")
        self.found = found
        self.scores: dict[str, float] = {}
        for match in found.matches:
            self.scores.setdefault(match.item_id, match.score)

    def page(self, after: str | None, limit: int) -> ListPage:
        """Return the items with what a list shows of them as they are now."""
        ids = tuple(self.scores)[:limit]
        rows = self.store.items.rows(Filter(ids=ids), limit=limit).rows if ids else []
        place = {pk: at for at, pk in enumerate(ids)}
        return ListPage(sorted(rows, key=lambda row: place[row.id]), None)

    def anchors(self, step: int) -> list[str]:
        """Return nothing: all of them are one block."""
        return []

    def count(self) -> int:
        """Return how many items there are."""
        return len(self.scores)

    def place(self, pk: str) -> int | None:
        """Return nothing: all of them are at hand."""
        return None


class ItemTable(VirtualTable):
    """Type, title, tags, day of change (score, where items are ranked), state of the vectors."""

    PURE_ROWS: ClassVar = True
    SCOPE: ClassVar = "itemlist"
    BINDINGS: ClassVar = [*keymap.bindings("items"), *keymap.bindings("itemlist")]
    _layout: tuple[int, Any, list[Column]] = (-1, None, [])

    def columns(self, width: int) -> list[Column]:
        """Give the title what the others leave; tags from 66 cells on."""
        if self._layout[0] != width or self._layout[1] is not self.source:
            ranked = isinstance(self.source, RankedSource)
            sort = getattr(self.source, "sort", "")
            found = _columns(width, ranked=ranked, last="created" if sort.endswith("created") else "updated")
            self._layout = (width, self.source, [_with_arrow(column, sort) for column in found])
        return self._layout[2]

    def cells(self, row: ItemRow, width: int) -> list[Cell]:
        """Show one item."""
        dark = self.app.current_theme.dark
        shown = {
            "type": Cell(line(row.type, 64), colour=type_colour(row.type, dark=dark)),
            "title": Cell(line(row.title)),
            "tags": Cell(" ".join(f"#{line(name, 64)}" for name in row.tags[:8]), "muted"),
            "updated": Cell(day(row.updated_at), "muted"),
            "created": Cell(day(row.created_at), "muted"),
            "score": self._score(row.id),
            "E": Cell(glyphs.FRESHNESS[row.freshness][0], _TONES.get(row.freshness.name, "muted")),
        }
        return [shown[column.title] for column in self.columns(width)]

    def _score(self, pk: str) -> Cell:
        source = self.source
        if not isinstance(source, RankedSource) or pk not in source.scores:
            return Cell("")
        found, score = source.found, source.scores[pk]
        share = share_of(score, found.metric, found.matches[0].score)
        return Cell(f"{number(score):>6} {score_line(share, SCORE - 7, ascii=self.localstore.ascii)}", "bar")


_TONES = {"FRESH": "good", "STALE": "warn"}


_SORTS = {"type": "type", "title": "title", "tags": "tags", "updated": "updated", "created": "created", "E": "vectors"}
"""What a click on a heading sorts by."""


def _with_arrow(column: Column, sort: str) -> Column:
    named = _SORTS.get(column.title, "")
    arrow = glyphs.DOWN if sort.startswith("-") else glyphs.UP
    return replace(column, sort=named, arrow=arrow if named and named == sort.lstrip("-") else "")


def _columns(width: int, *, ranked: bool = False, last: str = "updated") -> list[Column]:
    kind = 12 if width >= 60 else 8
    tags = 0 if width < 56 else min(28, max(14, width // 4))
    fixed = [Column("score", SCORE) if ranked else Column(last, 10), Column("E", 1)]
    if width < 34:
        fixed = [Column("E", 1)]
    if tags:
        fixed.insert(0, Column("tags", tags))
    title = width - kind - 1 - sum(column.width + 1 for column in fixed) - 1
    return [Column("type", kind), Column("title", max(4, title)), *fixed]


@lru_cache(maxsize=512)
def day(stamp: str) -> str:
    """Return the local day of a stored time."""
    return times.local_day(stamp)


def moment(stamp: str) -> str:
    """Return a stored time as a local day and minute."""
    return times.local_minute(stamp)
