"""A screen with one list, read whole: there are few rows. Trash, jobs, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.screen import Screen

from tui import glyphs
from tui.messages import Written
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.lists.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.app import LocalstoreApp


class PlainList(Screen[None]):
    """Shows a table, and two lines below. Subclasses make the table and read its rows."""

    AUTO_FOCUS = "VirtualTable"
    DEFAULT_CSS = "PlainList VirtualTable { height: 1fr; }"
    noun = "rows"
    elsewhere = ""

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    def make_table(self) -> VirtualTable:
        """Return the list."""
        raise NotImplementedError

    def reload(self) -> None:
        """Read the list anew; the cursor stays on its row, or on its place."""
        raise NotImplementedError

    def facts(self) -> list[tuple[str, str]]:
        """Return what the status line says besides how many there are."""
        return []

    def compose(self) -> ComposeResult:
        """The list, two lines below."""
        yield self.make_table()
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Read the list."""
        self.reload()

    @property
    def table(self) -> VirtualTable:
        """The list."""
        return self.query_one(VirtualTable)

    def written(self, message: Written) -> None:
        """Read the list anew after an action."""
        if message.kind not in ("draft", "search"):
            self.reload()

    def changed_elsewhere(self) -> None:
        """Say that there may be others; nothing moves until the person asks."""
        self.elsewhere = "list changed"
        self.show_status()

    def show_status(self) -> None:
        """Write the status line."""
        blocks = self.table.blocks
        facts = [(f"{min(self.table.cursor + 1, blocks.length):,} / {blocks.length:,} {self.noun}", "bold")]
        if self.table.marks:
            facts.append((f"{glyphs.MARK} {self.table.marks.count(blocks.length):,} marked", "$accent"))
        if self.elsewhere:
            facts.append((f"{glyphs.WARNING} {self.elsewhere} {glyphs.DOT} r", "$warning"))
        self.query_one(StatusLine).show([*facts, *self.facts(), (self.localstore.path.name, "$muted")])

    def on_virtual_table_moved(self) -> None:
        """Say where the cursor is."""
        self.show_status()

    def on_virtual_table_sized(self) -> None:
        """Say how many there are."""
        self.show_status()

    def chosen(self) -> list[Any]:
        """Return the rows that are marked, else the one under the cursor."""
        marks, source = self.table.marks, self.table.source
        rows = list(getattr(source, "rows", ()))
        if marks:
            return [row for row in rows if source.key(row) in marks]
        return [self.table.row] if self.table.row is not None else []

    def action_reload(self) -> None:
        """Read the list again."""
        self.elsewhere = ""
        self.reload()

    def action_back(self) -> None:
        """Take marks off; else go back."""
        if self.table.marks:
            self.table.marks.clear()
            self.table.refresh()
            self.show_status()
        else:
            self.dismiss()


def visit(app: LocalstoreApp, kind: type[PlainList]) -> None:
    """Show the screen of this kind: the one that is open somewhere below, else a new one."""
    if any(isinstance(screen, kind) for screen in app.screen_stack):
        while not isinstance(app.screen, kind):
            app.pop_screen()
    else:
        app.push_screen(kind())
