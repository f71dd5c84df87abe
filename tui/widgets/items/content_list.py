"""The texts of an item, a row for each: place, role, how it begins, how long it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from localstore.lists.excerpts import Outline, extent, outline
from tui import keymap
from tui.visible import line
from tui.widgets.lists.list_source import ListPage
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from localstore.store import Store

ROLE_TONES = {"assistant": "good", "system": "warn", "tool": "muted"}
EMPTY = ("No text yet", "A prompt, a message, a section: an item has as many as it needs.", "a writes the first one")


@dataclass(frozen=True)
class ContentSource:
    """The texts of one item in order."""

    store: Store
    item: str

    def page(self, after: str | None, limit: int) -> ListPage:
        """Return up to *limit* texts after a cursor, which is a place."""
        at = int(after or 0)
        rows = outline(self.store, self.item, at=at, limit=limit + 1)
        return ListPage(rows[:limit], str(at + limit) if len(rows) > limit else None)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th text but the first."""
        return [str(at) for at in range(step, self.count(), step)]

    def count(self) -> int:
        """Return how many texts there are."""
        return extent(self.store, self.item)[0]

    def key(self, row: Outline) -> str:
        """Return the content's id."""
        return row.id


class ContentList(VirtualTable):
    """The texts; its keys are those of an item's texts."""

    SCOPE: ClassVar = "texts"
    BINDINGS: ClassVar = [*keymap.bindings("item"), *keymap.bindings("content")]

    def columns(self, width: int) -> list[Column]:
        """Return place, role, beginning, and the length where there is room."""
        wide = width >= 44
        rest = width - 5 - 10 - (9 if wide else 0) - 4
        found = [Column("#", 4, right=True), Column("role", 9), Column("text", max(4, rest))]
        return [*found, Column("length", 8, right=True)] if wide else found

    def cells(self, row: Outline, width: int) -> list[Cell]:
        """Return what a row shows."""
        from tui.words import size

        begin = line(" ".join(row.begin.split()))
        found = [
            Cell(f"{row.place:,}".rjust(4), "muted"),
            Cell(line(row.role, 32), ROLE_TONES.get(row.role, "row")),
            Cell(begin or "(empty)", "row" if begin else "muted"),
        ]
        return [*found, Cell(size(row.size).rjust(8), "muted")] if width >= 44 else found
