"""What a deletion holds, row by row, and the question whether to bring it back."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from localstore import tables
from localstore.deeds.deletions import Inside, counted, inside
from localstore.ids import short
from tui.lanes import Urgency
from tui.messages import Failed, Loaded
from tui.screens.dialogs.question import Dialog
from tui.visible import line
from tui.widgets.items.item_table import moment
from tui.widgets.nouns.trash_table import what
from tui.widgets.reading.reader import Line, Piece, Reader

if TYPE_CHECKING:
    from localstore.deeds.deletions import Deletion

SHOWN = 500
"""Rows that are named."""


class TrashInside(Dialog[bool]):
    """Returns whether to bring it back."""

    CSS = """
    TrashInside > #box { width: 90; height: 80%; }
    TrashInside Reader { height: 1fr; margin: 1 0; background: $surface; }
    """

    def __init__(self, row: Deletion) -> None:
        super().__init__()
        self.row = row

    def compose(self) -> ComposeResult:
        """Heading, rows, buttons."""
        freed = f" · set free: {counted(self.row.freed)}" if self.row.freed else ""
        with Vertical(id="box"):
            yield Static(Content(f"Deleted {moment(self.row.deleted_at)}: {line(what(self.row), 200)}"), id="question")
            yield Static(Content(f"{counted(self.row.deleted)}{freed}"), id="hint")
            yield Reader()
            yield from self.buttons("Bring back")

    def on_mount(self) -> None:
        """Read the rows."""
        store, parts = self.localstore.store, self.row.parts
        work = lambda: Loaded("inside", inside(store, parts, SHOWN))  # noqa: E731
        self.localstore.reader.submit(self, work, key="inside", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the rows."""
        message.stop()
        total = sum(self.row.deleted.values()) + sum(self.row.freed.values())
        self.query_one(Reader).show(lines(message.value, total))

    def on_failed(self, message: Failed) -> None:
        """Close: it is gone."""
        self.dismiss(None)

    def action_confirm(self) -> None:
        """Bring it back."""
        self.dismiss(True)


def lines(rows: list[Inside], total: int) -> list[Line]:
    """Return the rows by table, with a heading for each."""
    found: list[Line] = []
    for (table, freed), group in groupby(rows, key=lambda row: (row.table, row.freed)):
        some = list(group)
        heading = tables.noun(tables.model_of(table), 2) + (" that stayed, set free" if freed else "")
        found += [(Piece(""),)] if found else []
        found.append((Piece(heading, "heading"), Piece(f"  {len(some):,}", "note")))
        named = [row for row in some if row.words.strip()]
        found += [(Piece(f"  {short(row.key):<10}", "note"), Piece(line(row.words, 160))) for row in named]
    if total > len(rows):
        found += [(Piece(""),), (Piece(f"… and {total - len(rows):,} more", "note"),)]
    return found
