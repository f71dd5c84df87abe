"""The list of tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui import colours, glyphs, keymap
from tui.visible import line
from tui.widgets.items.item_table import day
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.widgets.reading.reader import Reader

if TYPE_CHECKING:
    from localstore.lists.tag_list import TagRow

WIDE = 48


class TagTable(VirtualTable):
    """Name, colour as swatch and word, items, what is odd, day it was made."""

    SCOPE: ClassVar = "tags"
    BINDINGS: ClassVar = keymap.bindings("tags")

    def columns(self, width: int) -> list[Column]:
        """Give the name what the others leave."""
        fixed = [Column("colour", 10), Column("items", 9, right=True), Column("", 11)]
        if width >= WIDE:
            fixed.append(Column("created", 10))
        return [Column("tag", max(6, width - sum(column.width + 1 for column in fixed) - 1)), *fixed]

    def cells(self, row: TagRow, width: int) -> list[Cell]:
        """Show one tag."""
        colour = colours.shown(row.color) if row.color else ""
        swatch = f"{glyphs.SQUARE} " if colour else "? " if row.color else ""
        odd = Cell(f"{glyphs.WARNING} {row.doubles + 1} alike", "warn") if row.doubles else Cell("")
        cells = [
            Cell(f"#{line(row.name, 300)}"),
            Cell(f"{swatch}{line(colours.word(row.color), 40)}", "row" if colour else "muted", colour),
            Cell(f"{row.items:>9,}", "row" if row.items else "muted"),
            odd if row.doubles or row.items else Cell(f"{glyphs.OFFLINE} unused", "muted"),
            Cell(day(row.created_at), "muted"),
        ]
        return cells if width >= WIDE else cells[:-1]


class TagReader(Reader):
    """What is known of a tag; the keys of tags work here too."""

    SCOPE: ClassVar = "tags"
    BINDINGS: ClassVar = keymap.bindings("tags")
