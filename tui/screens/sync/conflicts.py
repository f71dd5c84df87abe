"""The list of conflicts: what waits for the person, and all of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.screen import Screen

from tui import glyphs
from tui.messages import Changed, Failed, Written
from tui.screens.sync.link import Listed
from tui.syncing import RoundEnded
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.sync.conflict_table import ConflictSource, ConflictTable
from tui.widgets.sync.progress import SyncProgress
from tui.words import how_many

if TYPE_CHECKING:
    from sync.resolution.resolving_all import Settled
    from tui.app import LocalstoreApp

NONE = ("No conflicts", "Where both sides changed the same, both values wait here until you choose.")
ROWS = {
    "mine": "Rows deleted there live again; rows that the server refused are tried once more.",
    "theirs": "Rows deleted there stay deleted; rows that the server refused are given up.",
}
WORDS = {
    "mine": "What was written here becomes the value everywhere; theirs stays in the resolved conflict.",
    "theirs": "What the server has stays; what was written here stays in the resolved conflict.",
}


class SyncConflicts(Screen[None]):
    """Shows what waits; opens one, or resolves all of them or the marked ones."""

    AUTO_FOCUS = "ConflictTable"
    DEFAULT_CSS = """
    SyncConflicts #conflicts { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere = ""

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and its rounds."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """The list, progress, two lines below."""
        yield ConflictTable(id="conflicts")
        yield SyncProgress()
        yield StatusLine()
        yield FooterLine()

    @property
    def table(self) -> ConflictTable:
        """The conflicts."""
        return self.query_one(ConflictTable)

    @property
    def source(self) -> ConflictSource:
        """Where they come from."""
        return ConflictSource(self.localstore.store, self.localstore.syncing.calls)

    # -- reading ------------------------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        """Read the list anew, the cursor where it was."""
        self.reload()

    def reload(self) -> None:
        """Read the list anew; the cursor stays on its conflict, or on its place."""
        self.elsewhere = ""
        self.table.empty = NONE
        self.table.load(self.source, follow=self.table.key, keep=True)
        self.show_status()

    def written(self, message: Written) -> None:
        """Read the list anew: an action may have resolved one, or undone that."""
        self.reload()

    def changed_elsewhere(self) -> None:
        """Say that there may be others; nothing moves until the person asks."""
        self.elsewhere = "list changed"
        self.show_status()

    def sync_moved(self) -> None:
        """Show how far it is."""
        self.query_one(SyncProgress).draw()

    def sync_ended(self, message: RoundEnded) -> None:
        """Show what is left after all were resolved."""
        if message.key == "resolve all":
            if message.error is None:
                self._say_settled(message.value)
            self.app.post_message(Changed())
            self.table.marks.clear()
            self.reload()

    def _say_settled(self, settled: Settled) -> None:
        words = f"Resolved {how_many(settled.done, 'conflict')}."
        if settled.left:
            words += f" {settled.left:,} stay open: {settled.why}"
        self.localstore.toast(f"Stopped: {words}" if settled.cancelled else words)

    def show_status(self) -> None:
        """Write the status line."""
        blocks = self.table.blocks
        more = "" if blocks.total is not None else "+"
        at = f"{min(self.table.cursor + 1, blocks.length):,} / {blocks.length:,}{more}"
        facts = [(f"{at} conflicts", "bold")]
        if self.table.marks:
            facts.append((f"{glyphs.MARK} {self.table.marks.count(blocks.length):,} marked", "$accent"))
        if self.elsewhere:
            key = self.localstore.keys["conflicts.refresh"].all_keys[0]
            facts.append((f"{glyphs.WARNING} {self.elsewhere} {glyphs.DOT} {key}", "$warning"))
        self.query_one(StatusLine).show([*facts, (self.localstore.path.name, "$muted")])

    def on_virtual_table_moved(self) -> None:
        """Say where the cursor is."""
        self.show_status()

    def on_virtual_table_sized(self) -> None:
        """Say how many there are."""
        self.show_status()

    def on_failed(self, message: Failed) -> None:
        """Say why nothing can be listed."""
        self.table.empty = ("The conflicts cannot be read", line(str(message.error), 300))

    # -- one ----------------------------------------------------------------------------------------------

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the conflict: field by field, or the row."""
        from tui.screens.sync.conflict import SyncConflict
        from tui.screens.sync.row import SyncRow

        message.stop()
        if row := message.row:
            self.app.push_screen(SyncConflict(row.id) if row.kind == "columns" else SyncRow(row.id))

    # -- all ----------------------------------------------------------------------------------------------

    def action_all_mine(self) -> None:
        """Take mine in all of them, or in the marked ones."""
        self._ask_all("mine")

    def action_all_theirs(self) -> None:
        """Take theirs in all of them, or in the marked ones."""
        self._ask_all("theirs")

    def _ask_all(self, how: str) -> None:
        marks, length = self.table.marks, self.table.blocks.length
        number = marks.count(length) if marks else length
        if not number:
            return
        if not self.localstore.may_write():
            return
        which = f"the {how_many(number, 'marked conflict')}" if marks else f"all {how_many(number, 'conflict')}"
        words = [WORDS[how], ROWS[how], "This is not one action: u does not take all of it back."]
        question = Listed(f"Take {how} in {which}?", words, yes=f"Take {how}")
        self.app.push_screen(question, lambda yes: self._resolve_all(how) if yes else None)

    def _resolve_all(self, how: str) -> None:
        syncing, source, marks = self.localstore.syncing, self.source, self.table.marks
        keys, inverted = set(marks.keys), marks.inverted

        def work() -> Settled:
            if not keys:
                return syncing.calls.resolve_all(source.store, how, syncing.report, syncing.given_up)
            refs = source.ids(keys) if inverted else keys
            return syncing.calls.resolve_some(source.store, how, refs, syncing.report, syncing.given_up)

        syncing.run("resolve all", "resolving", work)

    # -- leaving ------------------------------------------------------------------------------------------

    def action_reload(self) -> None:
        """Read the list again."""
        self.reload()

    def action_back(self) -> None:
        """Stop what runs; take marks off; else go back."""
        if self.localstore.syncing.stop():
            return
        if self.table.marks:
            self.table.marks.clear()
            self.table.refresh()
            self.show_status()
        else:
            self.dismiss()
