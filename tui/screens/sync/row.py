"""A row that waits whole: deleted on one side, without its parent, refused, taken, unreadable."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui import keymap
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.dialogs.question import Question
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.items.item_table import moment
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.reading.reader import Line, Piece, Reader, plain
from tui.widgets.sync.row_choices import OTHER, RowChoice, RowChoiceTable, taken_column, ways
from tui.widgets.sync.versions import image_lines

if TYPE_CHECKING:
    from sync.conflicts import OpenConflict
    from tui.app import LocalstoreApp


class RowReader(Reader):
    """The whole row; the screen's keys work here too."""

    SCOPE: ClassVar = "row"
    BINDINGS: ClassVar = keymap.bindings("row")


class SyncRow(Screen[None]):
    """Shows the row and why it waits, and offers what can be done."""

    AUTO_FOCUS = "RowChoiceTable"
    DEFAULT_CSS = """
    SyncRow #heading { height: 1; padding: 0 1; background: $surface; }
    SyncRow #row { height: 1fr; padding: 0 1; }
    SyncRow #ways { height: 4; border-top: hkey $border; }
    """

    def __init__(self, ref: str) -> None:
        super().__init__()
        self.ref = ref
        self.conflict: OpenConflict | None = None

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store."""
        return cast("LocalstoreApp", self.app)

    def compose(self) -> ComposeResult:
        """What it is about, the row, the ways out, two lines below."""
        yield Static(markup=False, id="heading")
        yield RowReader(id="row")
        yield RowChoiceTable(id="ways")
        yield StatusLine()
        yield FooterLine()

    @property
    def table(self) -> RowChoiceTable:
        """The ways out."""
        return self.query_one(RowChoiceTable)

    @property
    def ways(self) -> tuple[RowChoice, ...]:
        """What can be done with a conflict of this kind."""
        return ways(self.conflict) if self.conflict else ()

    # -- reading ------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read the conflict."""
        self.reload()

    def reload(self) -> None:
        """Read it anew."""
        store, calls, ref = self.localstore.store, self.localstore.syncing.calls, self.ref
        work = lambda: Loaded("conflict", calls.conflict(store, ref))  # noqa: E731
        self.localstore.reader.submit(self, work, key="conflict", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the row."""
        message.stop()
        self.conflict = found = message.value
        heading = f"{line(found.label, 200)}  {found.kind}  {moment(found.at)}"
        self.query_one("#heading", Static).update(Content.styled(heading, "bold"))
        self.query_one(RowReader).show(row_lines(found), stay=True)
        self.table.load(ListSource(self.ways, lambda way: way.how), keep=True)
        self.show_status()

    def on_failed(self, message: Failed) -> None:
        """Say what went wrong; leave when the conflict is not open any more."""
        message.stop()
        self.localstore.toast(str(message.error), "error")
        if message.key == "conflict" and self.app.screen is self:
            self.dismiss()

    def changed_elsewhere(self) -> None:
        """Read it anew."""
        self.reload()

    def written(self, message: Written) -> None:
        """Leave when this was resolved; else read it anew."""
        if message.kind == "resolved" and self.ref in message.keys:
            self.dismiss()
        else:
            self.reload()

    def show_status(self) -> None:
        """Write the status line."""
        waits = ("it waits until you choose", "$muted")
        self.query_one(StatusLine).show([("a row", "bold"), waits, (self.localstore.path.name, "$muted")])

    # -- doing --------------------------------------------------------------------------------------------

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Do what the cursor stands on."""
        message.stop()
        if message.row:
            self.action_take(message.row.how)

    def action_take(self, how: str) -> None:
        """Do it; ask when something is given up."""
        way = next((way for way in self.ways if way.how == how), None)
        if way is None:
            self.localstore.toast("That is no way out of this one: the list below says what is.", "warning")
        elif way == OTHER:
            self._ask_value()
        elif way.drops:
            question = Question(f"{way.word.capitalize()}?", f"Then {way.words}.", yes=way.word.capitalize())
            self.app.push_screen(question, lambda yes: self._resolve(way) if yes else None)
        else:
            self._resolve(way)

    def _ask_value(self) -> None:
        """Ask for another value in place of the one that is taken."""
        from tui.screens.dialogs.prompt import Prompt

        found = self.conflict
        name = taken_column(found) if found else None
        assert found and name
        before = str((found.ours or {})[name])
        self.app.push_screen(Prompt(f"Another {name}", found.reason, before), self._resolve_value)

    def _resolve_value(self, value: str | None) -> None:
        if value is not None:
            self._resolve(OTHER, value)

    def _resolve(self, way: RowChoice, value: str | None = None) -> None:
        store, calls, ref = self.localstore.store, self.localstore.syncing.calls, self.ref
        label = line(self.conflict.label, 80) if self.conflict else ""

        def work() -> Written:
            calls.resolve(store, ref, way.how, value)
            return Written("resolved", (ref,), f"{way.word.capitalize()}: {label} · u undo")

        self.localstore.writer.submit(self, work, key="apply")

    def action_back(self) -> None:
        """Leave it waiting."""
        self.dismiss()


def row_lines(found: OpenConflict) -> list[Line]:
    """Return why it waits, and the row of each side that has one."""
    lines: list[Line] = [*plain(found.reason, "warn")]
    for title, image in (("MINE", found.ours), ("THEIRS", found.theirs)):
        if image:
            lines += [(Piece(""),), (Piece(title, "heading"),), *image_lines(dict(image))]
    return lines
