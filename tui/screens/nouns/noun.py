"""A list of one noun with a line above it and a pane beside it: what files, tags, events and settings share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from localstore.errors import InvalidFilter
from tui import glyphs, registry
from tui.clipboard import copy
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.pause import Pause
from tui.screens.nouns.list_screen import ListScreen
from tui.screens.records.delete import in_parts
from tui.targets import MANY
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.finding.filter_line import FilterLine, Values
from tui.widgets.lists.blocks import Source
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.reading.reader import Line, Reader
from tui.words import COUNTING

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

DEBOUNCE = 0.08
UNTOLD = ("draft", "search", "ui", "copied")
"""Kinds of Written that change no list."""


@dataclass(frozen=True)
class Chosen:
    """Rows an action is for; ``resolve`` returns their ids, on a thread, for it may read a million."""

    count: int
    resolve: Callable[[], list[str]]


def all_keys(source: Source, but: set[str]) -> list[str]:
    """Return the keys of all rows of a source, *but* some."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = source.page(after, 2_000)
        found += [key for row in page.rows if (key := source.key(row)) not in but]
        if page.next is None:
            return found
        after = page.next


class NounScreen(ListScreen):
    """Subclasses say what the rows are, how the line above is read, and what the pane tells of a row."""

    AUTO_FOCUS = "#rows"
    DEFAULT_CSS = """
    NounScreen #pane { width: 38%; min-width: 34; border-left: vkey $border; padding: 0 1; }
    NounScreen.-narrow #pane { display: none; }
    NounScreen.-narrow.-pane #pane { display: block; width: 1fr; border-left: none; }
    NounScreen.-narrow.-pane #middle { display: none; }
    """
    hint: ClassVar[str]
    sorts: ClassVar[tuple[str, ...]] = ()
    nothing: ClassVar[tuple[str, str, str]]
    """What an empty list says, the last with a place for the key that fills it."""

    def __init__(self) -> None:
        super().__init__()
        self.line = ""
        self.where: Any = self.parse("")
        self.sort = self.sorts[0] if self.sorts else ""
        self.detail_pause = Pause(self)

    # -- what subclasses say ------------------------------------------------------------------------------

    def parse(self, line: str) -> Any:
        """Return what the line above asks for; raise InvalidFilter."""
        raise NotImplementedError

    def values(self) -> Values:
        """Return the fields of the line above with what may stand after them, for completion."""
        return {}

    def new_table(self) -> VirtualTable:
        """Return the list, called ``rows``."""
        raise NotImplementedError

    def new_pane(self) -> Reader:
        """Return the pane, called ``pane``."""
        raise NotImplementedError

    def before(self) -> Sequence[Widget]:
        """Return what stands left of the list."""
        return ()

    def below(self) -> Sequence[Widget]:
        """Return what stands below the list."""
        return ()

    def source(self) -> Source:
        """Return where the rows come from."""
        raise NotImplementedError

    def about(self, row: Any) -> Callable[[], list[Line]]:
        """Return what reads, on the reader thread, the pane's lines about a row."""
        raise NotImplementedError

    # -- parts --------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """List and pane, two lines below."""
        with Horizontal(id="body"):
            yield from self.before()
            with Vertical(id="middle"):
                yield FilterLine(self.parse, self.hint, self.values())
                yield self.new_table()
                yield from self.below()
            yield self.new_pane()
        yield StatusLine(id="status")
        yield FooterLine(id="footer")

    @property
    def pane(self) -> Reader:
        """The pane beside it."""
        return self.query_one("#pane", Reader)

    @property
    def filter_line(self) -> FilterLine:
        """The line above the list."""
        return self.query_one(FilterLine)

    # -- reading ------------------------------------------------------------------------------------------

    def reread(self, *, follow: str | None = None, keep: bool = False) -> None:
        """Read the list anew; the cursor goes to the row *follow*, or stays on its place."""
        self.elsewhere = ""
        self.table.empty = self._empty()
        self.table.load(self.source(), follow=follow, keep=keep)
        self.show_status()

    def refresh_list(self) -> None:
        """Read the list anew; the cursor stays on its row."""
        self.reread(follow=self.table.key, keep=True)

    def _empty(self) -> tuple[str, ...]:
        if self.where:
            return ("Nothing found", f"Nothing here answers to this line. {self.key_of('back')} clears it.")
        return (*self.nothing[:2], self.nothing[2].format(key=self.key_of("new")))

    def on_filter_line_changed(self, message: FilterLine.Changed) -> None:
        """Show what was found."""
        message.stop()
        self.where, self.line = message.where, message.line
        self.table.marks.clear()
        self.reread()

    def on_failed(self, message: Failed) -> None:
        """Show under the line what it names and the store does not know."""
        if isinstance(message.error, InvalidFilter):
            message.stop()
            self.filter_line.show_error(message.error)

    def on_virtual_table_moved(self, message: VirtualTable.Moved) -> None:
        """Tell of the row under the cursor a moment later."""
        if message.table is self.table:
            self.show_status()
            self.tell_later()

    def tell_later(self) -> None:
        """Tell of the row under the cursor a moment later."""
        self.detail_pause.then(DEBOUNCE, self.tell)

    def tell(self) -> None:
        """Read what the pane says."""
        row = self.table.row
        if not self.pane.display:
            return
        if row is None:
            self.pane.show([])
            return
        key, work = self.table.key, self.about(row)
        self.localstore.reader.submit(self, lambda: Loaded("about", (key, work())), key="about", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show what was read."""
        if message.key == "about":
            message.stop()
            key, lines = message.value
            if key == self.table.key:
                self.pane.show(lines)

    def on_resize(self) -> None:
        """Fill the pane that may be there now."""
        self.call_after_refresh(self.tell)

    # -- after an action ----------------------------------------------------------------------------------

    def written(self, message: Written) -> None:
        """Catch up with an action."""
        if message.kind in UNTOLD:
            return
        own = message.kind.startswith(self.place)
        if own and message.kind.endswith("deleted"):
            self.table.ghost(set(message.keys))
            self.table.marks.clear()
        follow = message.keys[0] if own and message.kind.endswith("added") else self.table.key
        self.reread(follow=follow, keep=True)

    def line_facts(self) -> list[tuple[str, str]]:
        """Return the order and what is found."""
        arrow = glyphs.DOWN if self.sort.startswith("-") else glyphs.UP
        facts = [(f"sort {self.sort.lstrip('-')} {arrow}", "")] if self.sort else []
        return [*facts, (f"filter {self.line.strip()}", "")] if self.where else facts

    # -- what actions need --------------------------------------------------------------------------------

    @property
    def writable(self) -> bool:
        """Whether the store can be written; says so when it cannot."""
        return self.localstore.may_write()

    def chosen(self) -> Chosen | None:
        """Return the marked rows, or all in the filter but some, else the one under the cursor."""
        marks, source, key = self.table.marks, self.table.source, self.table.key
        if marks.inverted and not self.table.counted:
            self.localstore.toast(COUNTING)
            return None
        if marks.inverted:
            but = set(marks.keys)
            return Chosen(marks.count(self.table.blocks.length), lambda: all_keys(source, but))
        keys = list(marks.keys) if marks else [key] if key else []
        return Chosen(len(keys), lambda: keys) if keys else None

    def delete_chosen(self, name: str, rows: Any, notes: Mapping[str, str]) -> None:
        """Ask, with counts, whether the rows shall go, called *name* when it is one; then let *rows* delete them."""
        from tui.screens.dialogs.delete import DeleteRows

        chosen = self.chosen()
        if chosen is None:
            return
        words = name if chosen.count == 1 else f"{chosen.count:,} {self.place}"
        dialog = DeleteRows(words, chosen.resolve, lambda keys: rows.preview(*keys), notes, asked=chosen.count)
        self.app.push_screen(dialog, lambda keys: self._delete(rows, keys or []))

    def _delete(self, rows: Any, keys: list[str]) -> None:
        words = f"{len(keys):,} {self.place if len(keys) != 1 else self.place[:-1]}"

        store, place, table = self.localstore.store, self.place, str(rows.model._meta.table_name)

        def work() -> Written:
            rows.delete(*keys)
            return Written(f"{place} deleted", tuple(keys), f"{words} in Trash · u undo")

        if len(keys) > MANY:
            job = lambda job: in_parts(store, table, keys, job, kind=f"{place} deleted")  # noqa: E731
            self.localstore.jobs.start(f"Delete {words}", job)
        elif keys:
            self.localstore.write(work)

    def copy(self, text: str, what: str) -> None:
        """Send a text to the clipboard, and say how."""
        copy(self.localstore, text, what)

    # -- actions ------------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the next order."""
        if self.sorts:
            self.sort = self.sorts[(self.sorts.index(self.sort) + 1) % len(self.sorts)]
            self.reread()

    def show_pane(self) -> None:
        """Go to the pane; where there is no room for both, in place of the list."""
        self.add_class("-pane")
        self.pane.focus()
        self.call_after_refresh(self.tell)

    def action_back(self) -> None:
        """Leave the pane; take marks off; clear the line; go back."""
        if self.has_class("-pane") or self.pane.has_focus:
            self.remove_class("-pane")
            self.table.focus()
        elif not self.cleared():
            self.app.pop_screen()


def show_noun(app: LocalstoreApp, name: str, made: Callable[[], NounScreen]) -> None:
    """Go back to a screen, or put it above the list of items; it keeps its filter and its place."""
    if registry.put_above(app, name, made):
        app.call_later(cast("NounScreen", app.get_screen(name)).refresh_list)
