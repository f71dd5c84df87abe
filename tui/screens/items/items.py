"""The items of the store: rail, find line, list, the item under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from localstore.filters import Filter
from tui import glyphs
from tui.lanes import Urgency
from tui.messages import Loaded, Written
from tui.pause import Pause
from tui.screens.items.filtering import parsed
from tui.screens.items.ranked import RankedItems
from tui.screens.vectors.asking import SOON
from tui.sorts import SORTS, known_sort, next_sort, spoken
from tui.targets import Targets
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.finding.facet_rail import FacetRail
from tui.widgets.finding.find_line import FindLine
from tui.widgets.items.detail_pane import DEBOUNCE, DetailPane
from tui.widgets.items.item_table import ItemTable, item_source
from tui.widgets.lists.virtual_table import VirtualTable, marked
from tui.words import COUNTING

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

NARROW = 100


class ItemsScreen(RankedItems):
    """The first screen."""

    AUTO_FOCUS = "ItemTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.sort = SORTS[0].first
        self.rail_wanted: bool | None = None
        self.elsewhere = ""
        self.begun = False
        self._opened = False
        self.slow = False
        self.detail_pause = Pause(self)

    def compose(self) -> ComposeResult:
        """Lay out rail, list, detail, and two lines below."""
        with Horizontal(id="body"):
            yield FacetRail(id="rail")
            with Vertical(id="middle"):
                yield FindLine(self.words, id="find")
                yield ItemTable(id="items")
            yield DetailPane(id="detail")
        yield StatusLine(id="status")
        yield FooterLine(id="footer")

    def on_screen_resume(self) -> None:
        """Be on the screen first; the store is opened behind it."""
        if not self._opened:
            self._opened = True
            self.call_after_refresh(self.localstore.open_behind)

    def begin(self, remembered: dict[str, Any]) -> None:
        """Show the items of the open store as they were shown last on this machine."""
        self.begun = True
        self.line = self.find_line.value or str(remembered.get("line", ""))
        self.sort = known_sort(remembered.get("sort"))
        self.rail_wanted = remembered.get("rail")
        self.where = parsed(self.line)
        self.find_line.start(self.line)
        self._place_rail()
        self.reread(follow=remembered.get("row"))
        self.read_around()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Do nothing with items before there are some to see."""
        return self.begun

    # -- parts --------------------------------------------------------------------------------------------

    @property
    def detail(self) -> DetailPane:
        """The item under the cursor."""
        return self.query_one(DetailPane)

    # -- reading ------------------------------------------------------------------------------------------

    def reread(self, *, follow: str | None = None, keep: bool = False) -> None:
        """Read the list and its counts anew; the cursor goes to the item *follow*, or stays on its place."""
        if not self.begun:
            return
        self.elsewhere = ""
        if self.where.ranks:
            self.rank(keep=keep)
        else:
            self.forget_ranking()
            self.table.load(item_source(self.localstore.store, self.where, self.sort), follow=follow, keep=keep)
        self.say_empty()
        self.count_facets()
        self.mark_rail()
        self._say_slow()

    def _say_slow(self) -> None:
        """Say that the list is being read, once that takes noticeably long."""

        def say() -> None:
            self.slow = True
            self.show_status()

        self.slow = False
        self.show_status()
        self.set_timer(SOON, say)

    # -- the list -----------------------------------------------------------------------------------------

    def on_virtual_table_moved(self, message: VirtualTable.Moved) -> None:
        """Show the item under the cursor a moment later."""
        self.show_status()
        self.detail_pause.then(DEBOUNCE, self._show_detail)

    def _show_detail(self) -> None:
        if self.detail.display:
            self.detail.ask(self.table.key)

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the item on a screen of its own."""
        from tui.screens.item.item import ItemScreen

        message.stop()
        if message.row is not None:
            self.note_use(self.line)
            self.app.push_screen(ItemScreen(message.row, self.type_names(), self.tag_names()))

    def on_virtual_table_sized(self) -> None:
        """Say how many there are."""
        if not self.table.reading:
            self.answered = (self.where, self.line)
        self.show_status()

    def on_resize(self) -> None:
        """Lay out anew: the detail that was hidden may be there now."""
        self.call_after_refresh(self._show_detail)

    def one(self) -> tuple[str, str] | None:
        """Return id and title of the item under the cursor."""
        row = self.table.row
        return (row.id, row.title) if row else None

    def targets(self) -> Targets | None:
        """Return the marked items, else the one under the cursor."""
        marks, row = self.table.marks, self.table.row
        title = row.title[:60] if row else ""
        if marks.inverted and not self.counted:
            self.localstore.toast(COUNTING)
            return None
        if marks.inverted:
            count = marks.count(self.table.blocks.length)
            return Targets(tuple(marks.keys), count, "", source=self.item_source())
        if marks:
            first = next(iter(marks.keys.values()))
            return Targets(tuple(marks.keys), len(marks.keys), first.title[:60] if first else "")
        return Targets((row.id,), 1, title, row.tags) if row else None

    # -- after an action ----------------------------------------------------------------------------------

    def written(self, message: Written) -> None:
        """Catch up with an action: rows that changed change in place, others make the list be read anew."""
        if message.kind == "search":
            self.read_around()
        elif message.kind in ("edited", "tagged") and len(message.keys) <= 200:
            self._patch(message.keys)
        elif message.kind != "draft":
            if message.kind == "deleted":
                self.table.ghost(set(message.keys))
                self.table.marks.clear()
            follow = message.keys[0] if message.kind == "added" else self.table.key
            self.reread(follow=follow, keep=True)
        self.show_status()

    def _patch(self, keys: tuple[str, ...]) -> None:
        store = self.localstore.store
        work = lambda: Loaded("rows", store.items.rows(Filter(ids=keys), limit=len(keys)).rows)  # noqa: E731
        self.localstore.reader.submit(self.table, work, urgency=Urgency.ROWS)
        self.count_facets()
        if self.sort.lstrip("-") != "created":
            self.elsewhere = "order changed"

    def changed_elsewhere(self) -> None:
        """Say that somebody else wrote; nothing moves until the person asks."""
        self.elsewhere = "list changed"
        self.show_status()

    def saving(self) -> None:
        """Say that an action runs or ended."""
        self.show_status()

    def show_status(self) -> None:
        """Write the status line."""
        blocks = self.table.blocks
        known = blocks.total is not None
        at = min(self.table.cursor + 1, blocks.length)
        facts = [(f"{at:,} / {blocks.length:,}{'' if known else '+'}", "bold")]
        facts.append((marked(self.table), "$accent"))
        if self.elsewhere:
            key = self.localstore.keys["items.refresh"].all_keys[0]
            facts.append((f"{glyphs.WARNING} {self.elsewhere} {glyphs.DOT} {key}", "$warning"))
        facts.append((f"{glyphs.ELLIPSIS} reading", "$accent") if self.slow and self.table.reading else self.sign())
        facts.append((self.ranking or f"sort {spoken(self.sort)}", ""))
        facts.append((f"filter {self.line.strip()}" if self.where else "filter –", "" if self.where else "$muted"))
        saved = self.localstore.writer.idle
        facts.append(
            (f"{glyphs.GOOD} saved" if saved else f"{glyphs.ELLIPSIS} saving", "$success" if saved else "$warning")
        )
        if self.localstore.read_only:
            facts[-1] = ("read only", "$warning")
        facts += [(self.home, "$secondary"), (self.localstore.path.name, "$muted")]
        self.query_one(StatusLine).show(facts)

    # -- actions ------------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Ask for another order."""
        from tui.screens.items.sorting import SortChooser

        if not self._is_ranked():
            self.app.push_screen(SortChooser(self.sort), self._sort)

    def on_virtual_table_headed(self, message: VirtualTable.Headed) -> None:
        """Sort by the column whose heading was clicked; again, the other way."""
        message.stop()
        if not self._is_ranked():
            self._sort(next_sort(self.sort, message.column.sort))

    def _is_ranked(self) -> bool:
        if self.where.ranks:
            self.localstore.toast("The nearest come first: take ~words or like: out of the find line to sort.")
        return self.where.ranks

    def _sort(self, sort: str | None) -> None:
        if sort and sort != self.sort:
            self.sort = sort
            self.reread()
            self.remember()

    def action_reload(self) -> None:
        """Read the list again; the cursor stays on its item."""
        self.reread(follow=self.table.key, keep=True)
        self.read_around()

    def action_rail(self) -> None:
        """Show the rail and go to it, or hide it."""
        self.rail_wanted = not self.rail.display
        self._place_rail()
        (self.rail if self.rail.display else self.table).focus()
        self.remember()

    def _place_rail(self) -> None:
        self.set_class(self.rail_wanted is True, "-rail")
        self.set_class(self.rail_wanted is False, "-no-rail")

    def action_back(self) -> None:
        """Stop what runs; take marks off; then clear the filter."""
        if self.stop_work():
            pass
        elif self.table.marks:
            self.table.marks.clear()
            self.table.refresh()
            self.show_status()
        elif self.find_line.value:
            self.find_line.put("")
        self.table.focus()

    def remember(self) -> None:
        """Keep on this machine what the screen shows, for the next start."""
        if self.localstore.read_only:
            return
        store = self.localstore.store
        state: dict[str, Any] = {"line": self.line, "sort": self.sort, "row": self.table.key, "theme": self.app.theme}
        if self.rail_wanted is not None:
            state["rail"] = self.rail_wanted
        self.localstore.writer.submit(self.app, lambda: store.preferences.set("ui", state), key="ui")


def show(app: LocalstoreApp) -> None:
    """Go back to the list of items."""
    while len(app.screen_stack) > 1 and not isinstance(app.screen, ItemsScreen):
        app.pop_screen()


def open_items(app: LocalstoreApp, line: str) -> None:
    """Go to the list, with a find line."""
    show(app)
    if isinstance(app.screen, ItemsScreen):
        app.screen.find_line.put(line)
