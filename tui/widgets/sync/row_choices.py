"""What can be done with a row that waits, in words; and the list of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from tui import keymap
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from sync.conflicts import OpenConflict


class RowChoice(NamedTuple):
    """One way out: how it is called to ``resolve``, a word, what happens, and whether something is given up."""

    how: str
    word: str
    words: str
    drops: bool = False


RETRY = RowChoice("retry", "try again", "the next round pushes it again")
KINDS: dict[str, tuple[RowChoice, ...]] = {
    "deleted there": (
        RowChoice("revive", "revive", "it lives again with your edit"),
        RowChoice("theirs", "give up", "it stays deleted, your edit is dropped", True),
    ),
    "deleted here": (
        RowChoice("revive", "revive", "it lives again with their edit"),
        RowChoice("mine", "give up", "it stays deleted, theirs is dropped", True),
    ),
    "parent gone": (
        RowChoice("revive", "revive", "what it belonged to comes back too"),
        RowChoice("theirs", "give up", "it stays deleted with what held it", True),
    ),
    "refused": (RETRY, RowChoice("theirs", "give up", "it becomes what the server has", True)),
    "taken": (RETRY, RowChoice("theirs", "give up", "the other row stands, yours goes", True)),
    "unreadable": (RowChoice("retry", "try again", "it is read again, as the server has it"),),
    "parked": (RowChoice("retry", "try again", "it comes in if its parent is here"),),
}
OTHER = RowChoice("value", "another", "you write another value; it is pushed")


def ways(found: OpenConflict) -> tuple[RowChoice, ...]:
    """Return what can be done with a conflict; where one value is taken, another can be written."""
    known = KINDS.get(str(found.kind), ())
    return (OTHER, *known) if taken_column(found) else known


def taken_column(found: OpenConflict) -> str | None:
    """Return the column whose value belongs to another row, when it is the only one in dispute."""
    names = list(found.ours or {})
    return names[0] if str(found.kind) == "taken" and len(names) == 1 else None


WORD = 12


class RowChoiceTable(VirtualTable):
    """The ways out of one conflict."""

    SCOPE: ClassVar = "row"
    BINDINGS: ClassVar = keymap.bindings("row")

    def columns(self, width: int) -> list[Column]:
        """Give the words what the others leave."""
        return [Column("do", WORD), Column("key", 4), Column("what happens", max(4, width - WORD - 4 - 3))]

    def cells(self, row: RowChoice, width: int) -> list[Cell]:
        """Show one way."""
        keys = self.localstore.keys[f"row.{row.how}"].all_keys
        return [Cell(row.word, "warn" if row.drops else "good"), Cell(keymap.display(keys[0]), "mark"), Cell(row.words)]
