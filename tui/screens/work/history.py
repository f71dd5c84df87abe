"""History: what was done here, newest first, and what undo and redo would take next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from localstore.deeds.undo import UndoEntry
from tui import glyphs, keymap
from tui.lanes import Urgency
from tui.messages import Loaded
from tui.screens.dialogs.sheet import Sheet
from tui.screens.work.plain_list import PlainList, visit
from tui.visible import line
from tui.widgets.items.item_table import moment
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.widgets.reading.reader import Piece, plain

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

NONE = ("Nothing was done yet", "The last 100 actions stand here; u takes them back one by one.", "")


class HistoryTable(VirtualTable):
    """When, what, and whether it is undone."""

    SCOPE: ClassVar = "history"
    BINDINGS: ClassVar = keymap.bindings("history")
    next_undo = 0
    next_redo = 0

    def columns(self, width: int) -> list[Column]:
        """Give the action what the others leave."""
        return [Column("when", 16), Column("state", 12), Column("action", max(4, width - 16 - 12 - 3))]

    def cells(self, row: UndoEntry, width: int) -> list[Cell]:
        """Show one action."""
        state = Cell("undone", "muted") if row.undone else Cell(f"{glyphs.GOOD} done", "good")
        if row.seq == self.next_undo:
            state = Cell(f"{glyphs.CHOSEN} u is next", "bar")
        elif row.seq == self.next_redo:
            state = Cell(f"{glyphs.CHOSEN} U is next", "warn")
        tone = "muted" if row.undone else "row"
        return [Cell(moment(row.at), "muted"), state, Cell(line(row.label, 400), tone)]


class HistoryScreen(PlainList):
    """Shows the undo log; ``u`` and ``U`` step through it as they do everywhere."""

    noun = "actions"

    def make_table(self) -> HistoryTable:
        """Return the list."""
        table = HistoryTable(id="history")
        table.empty = NONE
        return table

    def facts(self) -> list[tuple[str, str]]:
        """Say which keys step."""
        return [("u takes back, U does again", "$muted")]

    def reload(self) -> None:
        """Read the log."""
        store = self.localstore.store
        work = lambda: Loaded("history", store.history())  # noqa: E731
        self.localstore.reader.submit(self, work, key="history", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the log, and what is next."""
        message.stop()
        entries: list[UndoEntry] = message.value
        table = self.query_one(HistoryTable)
        table.next_undo = next((each.seq for each in entries if not each.undone), 0)
        table.next_redo = next((each.seq for each in reversed(entries) if each.undone), 0)
        table.load(ListSource(entries, lambda each: str(each.seq)), keep=True)
        self.show_status()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the whole label."""
        message.stop()
        if row := message.row:
            state = "undone: U does it again" if row.undone else "done: u takes it back, after those above it"
            lines = [*plain(row.label), (Piece(""),), (Piece(moment(row.at), "note"),), (Piece(state, "note"),)]
            self.app.push_screen(Sheet("Action", lines))


def show(app: LocalstoreApp) -> None:
    """Go to the history."""
    visit(app, HistoryScreen)
