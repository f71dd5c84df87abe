"""What is to choose in a conflict, part by part; and the text of its versions, where the same keys work."""

from __future__ import annotations

from typing import Any, ClassVar

from tui import glyphs, keymap
from tui.visible import line
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.widgets.reading.reader import Reader
from tui.widgets.sync.versions import how_words

CHOICE = 10


class PartTable(VirtualTable):
    """A part, and what was chosen for it."""

    SCOPE: ClassVar = "merge"
    BINDINGS: ClassVar = keymap.bindings("merge")

    def columns(self, width: int) -> list[Column]:
        """Give the name what the choice leaves."""
        return [Column("field", max(4, width - CHOICE - 2)), Column("choice", CHOICE)]

    def cells(self, row: Any, width: int) -> list[Cell]:
        """Show one part."""
        sign = glyphs.OFFLINE if row.how is None else glyphs.GOOD
        tone = "warn" if row.how is None else "good"
        return [Cell(f"{sign} {line(row.label, 200)}", tone), Cell(how_words(row.how), tone)]


class VersionReader(Reader):
    """Base, mine, theirs, result."""

    SCOPE: ClassVar = "merge"
    BINDINGS: ClassVar = keymap.bindings("merge")
