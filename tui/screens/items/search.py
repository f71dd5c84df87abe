"""Search: one line, by words, by meaning, or by both; the hits, and the item under the cursor beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from localstore.errors import InvalidFilter, LocalstoreError
from localstore.filters import Filter
from tui import glyphs, registry
from tui.answers import SETUP, Answer, Asked, Found, Mode, answer
from tui.messages import Failed, Written
from tui.pause import Pause
from tui.screens.items.kept_searches import KeptSearches
from tui.screens.vectors.asking import KEY, Progress, VectorWork
from tui.targets import Targets
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.finding.find_line import FindLine
from tui.widgets.items.detail_pane import DEBOUNCE, DetailPane
from tui.widgets.items.hit_table import HitTable
from tui.widgets.lists.virtual_table import VirtualTable

if TYPE_CHECKING:
    from textual import events

    from tui.app import LocalstoreApp

NAME = "search"
PAUSE = 0.3
"""Seconds after the last key where a meaning is asked for: a service that embeds is not asked for every letter."""
HINT = 'search   words · "a phrase" · type:paper #tag since:7d · esc, then a digit, leaves'
NOTHING_YET = ("Write what you look for", "By words, by meaning, or by both: ^t changes it.", "")
NO_HITS = ("Nothing found", "All words must occur, the last may be the start of one.", "^t looks by meaning")


class ModeLine(Static):
    """What is compared; a click chooses."""

    DEFAULT_CSS = """
    ModeLine { height: 1; padding: 0 1; background: $surface; }
    """

    def show(self, mode: Mode) -> None:
        """Show which one holds."""
        parts = [(f" {each.value} ", "bold reverse $primary" if each is mode else "$muted") for each in Mode]
        self.update(Content.assemble(*parts, ("  ^t", "$muted")), layout=False)

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        at = 1
        for mode in Mode:
            at += len(mode.value) + 2
            if event.x < at:
                cast("SearchScreen", self.screen).choose(mode)
                return


class SearchScreen(VectorWork, KeptSearches):
    """The keys of its hits are those of the list of items."""

    AUTO_FOCUS = "FindInput"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    SearchScreen #body { height: 1fr; }
    SearchScreen #middle { width: 1fr; }
    SearchScreen #hits { height: 1fr; }
    SearchScreen #said { height: auto; max-height: 3; padding: 0 1; color: $muted; background: $surface; }
    SearchScreen #detail { width: 38%; min-width: 34; border-left: vkey $border; }
    SearchScreen.-narrow #detail { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.mode = Mode.WORDS
        self.exact = True
        self.where, self.line = Filter(), ""
        self.wanted = ""
        self.elsewhere = False
        self.pending = Pause(self)
        self.detail_pause = Pause(self)

    def compose(self) -> ComposeResult:
        """What is compared, the line, the hits, how they came about; the item beside them."""
        with Horizontal(id="body"):
            with Vertical(id="middle"):
                yield ModeLine(markup=False)
                yield FindLine(self.words, id="find", hint=HINT)
                yield HitTable(id="hits")
                yield Static(markup=False, id="said")
            yield DetailPane(id="detail")
        yield StatusLine()
        yield FooterLine()

    def on_mount(self) -> None:
        """Read the searches of before; look for what was wanted when the screen was opened."""
        self.read_around()
        self.query_one(ModeLine).show(self.mode)
        self._clear()
        if self.wanted:
            self.call_after_refresh(self.find_line.put, self.wanted)

    @property
    def table(self) -> HitTable:
        """The hits."""
        return self.query_one(HitTable)

    @property
    def finds_some(self) -> bool:
        """Whether the line finds anything."""
        return bool(self.table.blocks.length)

    # -- asking -------------------------------------------------------------------------------------------

    def look_for(self, text: str) -> None:
        """Write another line, as if it had been typed."""
        self.wanted = text
        if self.is_mounted:
            self.find_line.input.focus()
            if text:
                self.find_line.put(text)

    def on_find_line_changed(self, message: FindLine.Changed) -> None:
        """Look for it."""
        self.where, self.line = message.where, message.line
        self.table.marks.clear()
        self.ask()
        self.stands(message.line)

    def ask(self, *, keep: bool = False) -> None:
        """Ask a moment after the last key."""
        self.elsewhere = False
        self.pending.stop()
        self.stop_work()
        if not self.where:
            self._clear()
            return
        self.pending.then(0.001 if self.mode is Mode.WORDS else PAUSE, lambda: self._ask(keep))

    def _ask(self, keep: bool) -> None:
        store, asked = self.localstore.store, Asked(self.where, self.mode, self.exact)

        def work(progress: Progress) -> Any:
            return answer(store, asked, progress), keep

        self.compute("search", "searching", work)
        self.show_status()

    def computed(self, key: str, value: Any) -> None:
        """Show the hits."""
        found, keep = value
        self.find_line.show_error(None)
        self.present(found, NO_HITS, keep=keep)

    def not_computed(self, error: LocalstoreError) -> None:
        """Say why there are no hits, and what helps."""
        if isinstance(error, InvalidFilter):
            self._stand_no_more()
            self.find_line.show_error(error)
            return
        self.present(Answer(), ("Nothing could be looked up", line(str(error), 600), f"{SETUP} · ^t looks by words"))

    def _clear(self) -> None:
        self.present(Answer(), NOTHING_YET)

    def present(self, found: Answer, empty: tuple[str, ...], *, keep: bool = False) -> None:
        """Show hits, and how they came about; *empty* is said when there are none."""
        self.table.empty = empty
        self.query_one("#said", Static).update(Content(line(f"{found.said}   {found.note}".strip(), 600)))
        self.table.show(found.hits, keep=keep)
        self.show_status()

    # -- the hit under the cursor -------------------------------------------------------------------------

    def on_virtual_table_moved(self, message: VirtualTable.Moved) -> None:
        """Show the item a moment later."""
        self.show_status()
        self.detail_pause.then(DEBOUNCE, self._show_detail)

    def _show_detail(self) -> None:
        detail = self.query_one(DetailPane)
        if detail.display:
            detail.ask(self.table.key)

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the item on a screen of its own."""
        from tui.screens.item.item import ItemScreen

        message.stop()
        if message.row is not None:
            self.note_use(self.line)
            self.app.push_screen(ItemScreen(message.row.item, self.type_names(), self.tag_names()))

    def on_virtual_table_sized(self) -> None:
        """Say how many there are."""
        self.show_status()

    def on_resize(self) -> None:
        """Lay out anew: the item that was hidden may be there now."""
        self.call_after_refresh(self._show_detail)

    def one(self) -> tuple[str, str] | None:
        """Return id and title of the item under the cursor."""
        row: Found | None = self.table.row
        return (row.item.id, row.item.title) if row else None

    def targets(self) -> Targets | None:
        """Return the marked items, else the one under the cursor."""
        blocks, marks = self.table.blocks, self.table.marks
        rows: list[Found] = [row for at in range(blocks.length) if (row := blocks.row(at))]
        chosen = [row for row in rows if row.item.id in marks] or ([self.table.row] if self.table.row else [])
        if not chosen:
            return None
        first = chosen[0].item
        return Targets(
            tuple(row.item.id for row in chosen), len(chosen), first.title[:60], first.tags if len(chosen) == 1 else ()
        )

    # -- the app tells ------------------------------------------------------------------------------------

    def show_status(self) -> None:
        """Write where this is."""
        if not self.is_mounted:
            return
        count = self.table.blocks.length
        key = self.localstore.keys["items.refresh"].all_keys[0]
        facts = [(f"{min(self.table.cursor + 1, count):,} / {count:,}", "bold"), self.sign()]
        facts.append((f"{glyphs.MARK} {self.table.marks.count(count):,} marked" if self.table.marks else "", "$accent"))
        facts.append((f"{glyphs.WARNING} list changed {glyphs.DOT} {key}" if self.elsewhere else "", "$warning"))
        facts += [(f"by {self.mode.value.lower()}", ""), ("exact" if self.exact else "fast", "$muted")]
        facts.append((self.localstore.path.name, "$muted"))
        self.query_one(StatusLine).show(facts)

    def around_known(self) -> None:
        """Offer the searches of before, when nothing is typed yet."""
        if self.find_line.input.has_focus and not self.find_line.value:
            self.find_line.offer()

    def written(self, message: Written) -> None:
        """Look again after an action on items."""
        if message.kind == "search":
            self.read_around()
        elif message.kind != "draft":
            if message.kind == "deleted":
                self.table.ghost(set(message.keys))
                self.table.marks.clear()
            self.ask(keep=True)

    def changed_elsewhere(self) -> None:
        """Say that somebody else wrote; nothing moves until the person asks."""
        self.elsewhere = bool(self.where)
        self.show_status()

    def saving(self) -> None:
        """Say that an action runs or ended."""
        self.show_status()

    def on_failed(self, message: Failed) -> None:
        """Say under the line what is wrong with it."""
        if message.key != KEY and isinstance(message.error, InvalidFilter):
            message.stop()
            self.find_line.show_error(message.error)

    # -- actions ------------------------------------------------------------------------------------------

    def choose(self, mode: Mode) -> None:
        """Compare something else."""
        self.mode = mode
        self.query_one(ModeLine).show(mode)
        self.ask()
        self.show_status()

    def action_mode(self) -> None:
        """Compare words, meaning, or both."""
        self.choose(self.mode.after)

    def action_exactness(self) -> None:
        """Ask for the exact answer, or for the fast one."""
        self.exact = not self.exact
        self.ask(keep=True)

    def to_list(self) -> None:
        """Go to the hits; from an empty line, back to the screen before."""
        self.find_line.flush()
        self.table.focus()

    def action_reload(self) -> None:
        """Ask again."""
        self.ask(keep=True)

    def action_back(self) -> None:
        """Stop what runs; take marks off; else go back."""
        if self.stop_work():
            return
        if self.table.marks:
            self.table.marks.clear()
            self.table.refresh()
            self.show_status()
        elif len(self.app.screen_stack) > 2:
            self.app.pop_screen()


def open_search(app: LocalstoreApp, text: str = "") -> None:
    """Go back to the screen, or put it above the list; what was found is still there, unless *text* is looked for."""
    if not app.is_screen_installed(NAME):
        app.install_screen(SearchScreen(), NAME)
    screen = cast("SearchScreen", app.get_screen(NAME))
    if screen in app.screen_stack:
        while app.screen is not screen:
            app.pop_screen()
    else:
        registry.show(app, "Items")
        app.push_screen(NAME)
    screen.look_for(text)
