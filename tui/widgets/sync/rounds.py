"""The log of rounds."""

from __future__ import annotations

from typing import Any, ClassVar

from tui import keymap
from tui.visible import line
from tui.widgets.items.item_table import moment
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.widgets.sync.words import OUTCOMES, summary_words


class RoundTable(VirtualTable):
    """When, how it ended, what it did."""

    SCOPE: ClassVar = "sync"
    BINDINGS: ClassVar = keymap.bindings("sync")

    def columns(self, width: int) -> list[Column]:
        """Give the words what the others leave."""
        return [Column("round", 16), Column("ended", 10), Column("what went", max(4, width - 16 - 10 - 3))]

    def cells(self, row: dict[str, Any], width: int) -> list[Cell]:
        """Show one round."""
        sign, word, tone = OUTCOMES.get(row["kind"], ("", line(str(row["kind"]), 40), "muted"))
        words = summary_words(row["summary"])
        return [Cell(moment(row["at"]), "muted"), Cell(f"{sign} {word}".strip(), tone), Cell(words)]
