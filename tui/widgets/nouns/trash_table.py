"""The list of deletions: when, what, what it holds, how large."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from localstore.deeds.deletions import counted
from tui import keymap
from tui.visible import line
from tui.widgets.items.item_table import moment
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.words import size

if TYPE_CHECKING:
    from localstore.deeds.deletions import Deletion


class TrashTable(VirtualTable):
    """Shows deletions; ``sizes`` are known a moment later."""

    SCOPE: ClassVar = "trash"
    BINDINGS: ClassVar = keymap.bindings("trash")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sizes: dict[str, int] = {}

    def columns(self, width: int) -> list[Column]:
        """Give the words what the others leave; two parts for the label, one for the counts."""
        rest = width - 16 - 10 - 4
        holds = rest * 2 // 5
        return [
            Column("deleted", 16),
            Column("what", max(4, rest - holds)),
            Column("holds", max(4, holds)),
            Column("size", 10, right=True),
        ]

    def cells(self, row: Deletion, width: int) -> list[Cell]:
        """Show one deletion."""
        freed = sum(row.freed.values())
        holds = counted(row.deleted) + (f"; {freed:,} set free" if freed else "")
        return [
            Cell(moment(row.deleted_at), "muted"),
            Cell(line(what(row), 400)),
            Cell(holds, "muted"),
            Cell(size(self.size_of(row)) if self.sizes else "", "muted"),
        ]

    def size_of(self, row: Deletion) -> int:
        """Return how many bytes a deletion takes, as far as that is known."""
        return sum(self.sizes.get(part, 0) for part in row.parts)


def what(row: Deletion) -> str:
    """Return what was deleted."""
    return row.label.removeprefix("delete ")
