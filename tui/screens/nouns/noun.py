"""A list of one noun with a line above it and a pane beside it: what files, tags, events and settings share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from localstore.errors import InvalidFilter
from tui import glyphs, registry
from tui.clipboard import copy
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.finding.filter_line import FilterLine, Values
from tui.widgets.lists.blocks import Source
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.reading.reader import Line, Reader
from tui.words import READ_ONLY

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

DEBOUNCE = 0.08
NARROW = 100
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


class NounScreen(Screen[None]):
    """Subclasses say what the rows are, how the line above is read, and what the pane tells of a row."""

    AUTO_FOCUS = "#rows"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    NounScreen #body { height: 1fr; }
    NounScreen #middle { width: 1fr; }
    NounScreen #rows { height: 1fr; }
    NounScreen #pane { width: 38%; min-width: 34; border-left: vkey $border; padding: 0 1; }
    NounScreen.-narrow #pane { display: none; }
    NounScreen.-narrow.-pane #pane { display: block; width: 1fr; border-left: none; }
    NounScreen.-narrow.-pane #middle { display: none; }
    """
    place: ClassVar[str]
    """The scope of its keys, which are called ``place.refresh``, ``place.back`` …"""
    hint: ClassVar[str]
    sorts: ClassVar[tuple[str, ...]] = ()
    nothing: ClassVar[tuple[str, str, str]]
    """What an empty list says, the last with a place for the key that fills it."""

    def __init__(self) -> None:
        super().__init__()
        self.line = ""
        self.where: Any = self.parse("")
        self.sort = self.sorts[0] if self.sorts else ""
        self.elsewhere = ""
        self._detail_timer: Timer | None = None

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

    def facts(self) -> list[tuple[str, str]]:
        """Return more facts for the status line."""
        return []

    # -- parts --------------------------------------------------------------------------------------------

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

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
    def table(self) -> VirtualTable:
        """The list."""
        return self.query_one("#rows", VirtualTable)

    @property
    def pane(self) -> Reader:
        """The pane beside it."""
        return self.query_one("#pane", Reader)

    @property
    def filter_line(self) -> FilterLine:
        """The line above the list."""
        return self.query_one(FilterLine)

    @property
    def pending(self) -> Any:
        """What waits for the next key."""
        return self.filter_line.timer

    # -- reading ------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Read the list."""
        self.reread()

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

    def key_of(self, name: str) -> str:
        """Return the key of one of this place's actions, as a person reads it."""
        key = self.localstore.keys.get(f"{self.place}.{name}")
        return key.all_keys[0].replace("escape", "esc") if key else ""

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
        if self._detail_timer:
            self._detail_timer.stop()
        self._detail_timer = self.set_timer(self.localstore.delay(DEBOUNCE), self.tell)

    def tell(self) -> None:
        """Read what the pane says."""
        self._detail_timer = None
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

    def on_virtual_table_sized(self) -> None:
        """Say how many there are."""
        self.show_status()

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

    def changed_elsewhere(self) -> None:
        """Say that somebody else wrote; nothing moves until the person asks."""
        self.elsewhere = "list changed"
        self.show_status()

    def saving(self) -> None:
        """Say that an action runs or ended."""
        self.show_status()

    def show_status(self) -> None:
        """Write the status line."""
        blocks, marks = self.table.blocks, self.table.marks
        at = min(self.table.cursor + 1, blocks.length)
        facts = [(f"{at:,} / {blocks.length:,}{'' if blocks.total is not None else '+'} {self.place}", "bold")]
        if marks:
            facts.append((f"{glyphs.MARK} {marks.count(blocks.length):,} marked", "$accent"))
        if self.elsewhere:
            facts.append((f"{glyphs.WARNING} {self.elsewhere} {glyphs.DOT} {self.key_of('refresh')}", "$warning"))
        facts += self.facts()
        if self.sort:
            facts.append((f"sort {self.sort.lstrip('-')} {glyphs.DOWN if self.sort[0] == '-' else glyphs.UP}", ""))
        if self.where:
            facts.append((f"filter {self.line.strip()}", ""))
        facts.append(self._saved())
        self.query_one("#status", StatusLine).show([*facts, (self.localstore.path.name, "$muted")])

    def _saved(self) -> tuple[str, str]:
        if self.localstore.read_only:
            return "read only", "$warning"
        saved = self.localstore.writer.idle
        return (f"{glyphs.GOOD} saved", "$success") if saved else (f"{glyphs.ELLIPSIS} saving", "$warning")

    # -- what actions need --------------------------------------------------------------------------------

    @property
    def writable(self) -> bool:
        """Whether the store can be written; says so when it cannot."""
        if self.localstore.read_only:
            self.localstore.toast(READ_ONLY, "warning")
        return not self.localstore.read_only

    def chosen(self) -> Chosen | None:
        """Return the marked rows, or all in the filter but some, else the one under the cursor."""
        marks, source, key = self.table.marks, self.table.source, self.table.key
        if marks.inverted:
            but = set(marks.keys)
            return Chosen(marks.count(self.table.blocks.length), lambda: all_keys(source, but))
        keys = list(marks.keys) if marks else [key] if key else []
        return Chosen(len(keys), lambda: keys) if keys else None

    def copy(self, text: str, what: str) -> None:
        """Send a text to the clipboard, and say how."""
        copy(self.localstore, text, what)

    # -- actions ------------------------------------------------------------------------------------------

    def find(self) -> None:
        """Go to the line above the list."""
        self.filter_line.input.focus()

    def action_to_list(self) -> None:
        """Go to the list."""
        self.filter_line.flush()
        self.table.focus()

    def action_clear_filter(self) -> None:
        """Clear the line; when it is empty, leave it."""
        if self.filter_line.value:
            self.filter_line.put("")
        else:
            self.table.focus()

    def action_sort(self) -> None:
        """Sort by the next order."""
        if self.sorts:
            self.sort = self.sorts[(self.sorts.index(self.sort) + 1) % len(self.sorts)]
            self.reread()

    def action_reload(self) -> None:
        """Read the list again; the cursor stays on its row."""
        self.refresh_list()

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
        elif self.table.marks:
            self.table.marks.clear()
            self.table.refresh()
            self.show_status()
        elif self.filter_line.value:
            self.filter_line.put("")
            self.table.focus()
        else:
            self.app.pop_screen()


def show_noun(app: LocalstoreApp, name: str, made: Callable[[], NounScreen]) -> None:
    """Go back to a screen, or put it above the list of items; it keeps its filter and its place."""
    if app.is_screen_installed(name) and app.get_screen(name) in app.screen_stack:
        while app.screen is not app.get_screen(name):
            app.pop_screen()
        return
    registry.show(app, "Items")
    known = app.is_screen_installed(name)
    if not known:
        app.install_screen(made(), name)
    app.push_screen(name)
    if known:
        app.call_later(cast("NounScreen", app.get_screen(name)).refresh_list)
