"""The items of the store: rail, find line, list, the item under the cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from localstore.errors import InvalidFilter
from localstore.filters import Filter
from localstore.tokens import quoted, split
from tui import registry
from tui.lanes import Urgency
from tui.messages import Faceted, Failed, Loaded, OverBudget, Written
from tui.screens.item_actions import ItemActions
from tui.targets import Targets
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.detail_pane import DEBOUNCE, DetailPane
from tui.widgets.facet_rail import FacetRail
from tui.widgets.find_line import FindLine
from tui.widgets.item_table import ItemSource, ItemTable
from tui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

SORTS = ("-updated", "updated", "-created", "created", "title", "-title", "type", "-type")
NARROW = 100
FACET_BUDGET = 1.0
EMPTY = ("No items yet", "Notes, prompts, conversations, datasets and references to models live here.", "", "")
NO_HITS = ("Nothing found", "No item answers to this filter.", "")


class ItemsScreen(ItemActions):
    """The first screen."""

    AUTO_FOCUS = "ItemTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012

    def __init__(self, remembered: dict[str, Any] | None = None) -> None:
        super().__init__()
        kept = remembered or {}
        self.line = str(kept.get("line", ""))
        self.sort = kept["sort"] if kept.get("sort") in SORTS else SORTS[0]
        self.start_at = kept.get("row")
        self.rail_wanted: bool | None = kept.get("rail")
        self.where = _parsed(self.line)
        self.elsewhere = ""
        self.home = ""
        self.organizations: list[str] = []
        self._detail_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out rail, list, detail, and two lines below."""
        with Horizontal(id="body"):
            yield FacetRail(id="rail")
            with Vertical(id="middle"):
                yield FindLine(self.line, self.type_names, self.tag_names, lambda: self.organizations, id="find")
                yield ItemTable(ItemSource(self.localstore.store, self.where, self.sort), id="items")
            yield DetailPane(id="detail")
        yield StatusLine(id="status")
        yield FooterLine(id="footer")

    def on_mount(self) -> None:
        """Read what stands around the list."""
        self.set_class(self.localstore.ascii, "-ascii")
        self.table.generation = 1
        self._load(follow=self.start_at)
        self._read_around()
        self._place_rail()

    # -- parts --------------------------------------------------------------------------------------------

    @property
    def table(self) -> ItemTable:
        """The list."""
        return self.query_one(ItemTable)

    @property
    def rail(self) -> FacetRail:
        """The rail."""
        return self.query_one(FacetRail)

    @property
    def find_line(self) -> FindLine:
        """The find line."""
        return self.query_one(FindLine)

    @property
    def detail(self) -> DetailPane:
        """The item under the cursor."""
        return self.query_one(DetailPane)

    def type_names(self) -> list[str]:
        """Return the known types."""
        return list(self.rail.counts["types"])

    def tag_names(self) -> list[str]:
        """Return the known tags."""
        return list(self.rail.counts["tags"])

    # -- reading ------------------------------------------------------------------------------------------

    def _load(self, *, follow: str | None = None, keep: bool = False) -> None:
        self.elsewhere = ""
        self.table.load(ItemSource(self.localstore.store, self.where, self.sort), follow=follow, keep=keep)
        self._say_empty()
        self._count_facets()
        self._mark_rail()
        self.show_status()

    def _say_empty(self) -> None:
        keys = self.localstore.keys
        clear = keys["items.back"].all_keys[0].replace("escape", "esc")
        if self.where:
            self.table.empty = (*NO_HITS, f"{clear} clears it")
        else:
            self.table.empty = (*EMPTY[:3], f"{keys['items.new'].all_keys[0]} makes the first one")

    def _count_facets(self) -> None:
        """Count types without the filter's own types, so that others can be chosen; tags within the filter."""
        store, reader = self.localstore.store, self.localstore.reader
        kinds, where = replace(self.where, types=()), self.where
        counts = {"types": lambda: store.items.types(kinds), "tags": lambda: store.items.tag_counts(where)}
        for section, count in counts.items():
            work = lambda section=section, count=count: Faceted(section, count())  # noqa: E731
            reader.submit(self, work, key=section, urgency=Urgency.FACETS, budget=FACET_BUDGET)

    def on_faceted(self, message: Faceted) -> None:
        """Show counts in the rail."""
        self.rail.show(message.section, message.counts)

    def on_over_budget(self, message: OverBudget) -> None:
        """Keep the names, without counts that would take too long."""
        message.stop()
        if message.key in self.rail.counts:
            self.rail.show(message.key, dict.fromkeys(self.rail.counts[message.key]))

    def _read_around(self) -> None:
        store = self.localstore.store

        def work() -> Loaded:
            home = store.state.get("default_organization")
            organizations = {o.id: o.slug for o in store.organizations.all()}
            saved = {each.name: each.filter for each in store.saved_searches.all()}
            return Loaded("around", (organizations.get(home or "", ""), list(organizations.values()), saved))

        self.localstore.reader.submit(self, work, key="around", urgency=Urgency.COUNT)

    def on_loaded(self, message: Loaded) -> None:
        """Show what stands around the list."""
        if message.key == "around":
            message.stop()
            self.home, self.organizations, saved = message.value
            self.rail.show_saved(saved)
            self._mark_rail()
            self.show_status()
            return
        super().on_loaded(message)

    def on_failed(self, message: Failed) -> None:
        """Show under the find line what the filter names and the store does not know."""
        if isinstance(message.error, InvalidFilter):
            message.stop()
            self.find_line.show_error(message.error)

    # -- the filter ---------------------------------------------------------------------------------------

    def on_find_line_changed(self, message: FindLine.Changed) -> None:
        """Show what was found."""
        self.where, self.line = message.where, message.line
        self.table.marks.clear()
        self._load()

    def find(self) -> None:
        """Go to the find line."""
        self.find_line.input.focus()

    def action_to_list(self) -> None:
        """Go to the list."""
        self.find_line.flush()
        self.table.focus()

    def action_clear_find(self) -> None:
        """Clear the find line; when it is empty, leave it."""
        if self.find_line.value:
            self.find_line.put("")
        else:
            self.table.focus()

    def on_facet_rail_toggled(self, message: FacetRail.Toggled) -> None:
        """Put a type, tag or saved search in the find line, or take it out."""
        line = self.find_line.value
        if message.section == "saved":
            self.find_line.put("" if line.strip() == message.value.strip() else message.value)
        else:
            self.find_line.put(toggled(line, message.section, message.name))

    def _mark_rail(self) -> None:
        saved = {name for name, line in self.rail.saved.items() if line.strip() == self.line.strip()}
        self.rail.choose(set(self.where.types), set(self.where.tags), saved)

    def action_save_search(self) -> None:
        """Keep the find line under a name."""
        from tui.screens.prompt import Prompt

        line, searches = self.find_line.value, self.localstore.store.saved_searches

        def save(name: str) -> Written:
            searches.save(name, line)
            return Written("search", (), f"Saved the search {name!r}")

        if _parsed(line):
            self.app.push_screen(Prompt("Save this search as", line), lambda name: self._write(save, name))
        else:
            self.localstore.toast("Write a filter first; then it can be saved under a name.", "warning")

    def on_facet_rail_forgotten(self, message: FacetRail.Forgotten) -> None:
        """Forget a saved search."""
        message.stop()
        searches = self.localstore.store.saved_searches

        def forget(name: str) -> Written:
            searches.remove(name)
            return Written("search", (), f"Forgot the search {name!r}")

        self._write(forget, message.name)

    def _write(self, work: Callable[[str], Written], name: str | None) -> None:
        if name:
            self.localstore.write(lambda: work(name))

    # -- the list -----------------------------------------------------------------------------------------

    def on_virtual_table_moved(self, message: VirtualTable.Moved) -> None:
        """Show the item under the cursor a moment later."""
        self.show_status()
        if self._detail_timer:
            self._detail_timer.stop()
        self._detail_timer = self.set_timer(DEBOUNCE, self._show_detail)

    def _show_detail(self) -> None:
        self._detail_timer = None
        if self.detail.display:
            self.detail.ask(self.table.key)

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the item on a screen of its own."""
        from tui.screens.item import ItemScreen

        message.stop()
        if message.row is not None:
            self.app.push_screen(ItemScreen(message.row, self.type_names(), self.tag_names()))

    def on_virtual_table_sized(self) -> None:
        """Say how many there are."""
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
        if marks.inverted:
            count = marks.count(self.table.blocks.length)
            return Targets(
                tuple(marks.keys), count, "", source=ItemSource(self.localstore.store, self.where, self.sort)
            )
        if marks:
            keys = tuple(marks.keys)
            first = title if row and row.id in marks else ""
            return Targets(keys, len(keys), first)
        return Targets((row.id,), 1, title, row.tags) if row else None

    # -- after an action ----------------------------------------------------------------------------------

    def written(self, message: Written) -> None:
        """Catch up with an action: rows that changed change in place, others make the list be read anew."""
        if message.kind == "search":
            self._read_around()
        elif message.kind in ("edited", "tagged") and len(message.keys) <= 200:
            self._patch(message.keys)
        elif message.kind != "draft":
            if message.kind == "deleted":
                self.table.ghost(set(message.keys))
                self.table.marks.clear()
            follow = message.keys[0] if message.kind == "added" else self.table.key
            self._load(follow=follow, keep=True)
        self.show_status()

    def _patch(self, keys: tuple[str, ...]) -> None:
        store = self.localstore.store
        work = lambda: Loaded("rows", store.items.rows(Filter(ids=keys), limit=len(keys)).rows)  # noqa: E731
        self.localstore.reader.submit(self.table, work, urgency=Urgency.ROWS)
        self._count_facets()
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
        glyphs, blocks = self.localstore.glyphs, self.table.blocks
        known = blocks.total is not None
        at = min(self.table.cursor + 1, blocks.length)
        facts = [(f"{at:,} / {blocks.length:,}{'' if known else '+'}", "bold")]
        marked = self.table.marks.count(blocks.length)
        facts.append((f"{glyphs.mark} {marked:,} marked" if self.table.marks else "", "$accent"))
        if self.elsewhere:
            key = self.localstore.keys["items.refresh"].all_keys[0]
            facts.append((f"{glyphs.warning} {self.elsewhere} {glyphs.dot} {key}", "$warning"))
        arrow = glyphs.down if self.sort.startswith("-") else glyphs.up
        facts.append((f"sort {self.sort.lstrip('-')} {arrow}", ""))
        facts.append((f"filter {self.line.strip()}" if self.where else "filter –", "" if self.where else "$muted"))
        saved = self.localstore.writer.idle
        facts.append(
            (f"{glyphs.good} saved" if saved else f"{glyphs.ellipsis} saving", "$success" if saved else "$warning")
        )
        if self.localstore.read_only:
            facts[-1] = ("read only", "$warning")
        facts += [(self.home, "$secondary"), (self.localstore.path.name, "$muted")]
        self.query_one(StatusLine).show(facts)

    # -- actions ------------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the next order."""
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]
        self._load()
        self.remember()

    def action_reload(self) -> None:
        """Read the list again; the cursor stays on its item."""
        self._load(follow=self.table.key, keep=True)
        self._read_around()

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
        """Take marks off; then clear the filter."""
        if self.table.marks:
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
        state = {"line": self.line, "sort": self.sort, "row": self.table.key, "theme": self.app.theme}
        if self.rail_wanted is not None:
            state["rail"] = self.rail_wanted
        self.localstore.writer.submit(self.app, lambda: store.preferences.set("ui", state), key="ui")


def toggled(line: str, section: str, name: str) -> str:
    """Return a find line with a type or tag put in, or taken out when it was there."""
    kind, key = ("field", "type") if section == "types" else ("tag", "")
    try:
        tokens = list(split(line))
    except InvalidFilter:
        tokens = []
    same = [t for t in tokens if t.kind == kind and t.key == key and t.value.casefold() == name.casefold()]
    kept = [t.text for t in tokens if t not in same]
    if not same:
        kept.append(f"{'type:' if section == 'types' else '#'}{quoted(name)}")
    return " ".join(kept)


def _parsed(line: str) -> Filter:
    try:
        return Filter.parse(line)
    except InvalidFilter:
        return Filter()


def _show(app: LocalstoreApp) -> None:
    while len(app.screen_stack) > 1 and not isinstance(app.screen, ItemsScreen):
        app.pop_screen()


registry.register(1, "Items", "The list of items", _show)
