"""What the list of items shows: find line, rail, saved searches, and the counts beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localstore.errors import InvalidFilter
from localstore.filters import Filter
from localstore.tokens import quoted, split
from tui.lanes import Urgency
from tui.messages import Faceted, Failed, Loaded, OverBudget, Written
from tui.screens.item_actions import ItemActions
from tui.widgets.facet_rail import FacetRail
from tui.widgets.find_line import FindLine
from tui.widgets.item_table import ItemTable

FACET_BUDGET = 1.0
EMPTY = ("No items yet", "Notes, prompts, conversations, datasets and references to models live here.", "")
NO_HITS = ("Nothing found", "No item answers to this filter.", "")


class FilteredItems(ItemActions):
    """A screen with a list of items, a find line and a rail."""

    line = ""
    where = Filter()
    home = ""
    organizations: tuple[str, ...] = ()

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

    def type_names(self) -> list[str]:
        """Return the known types."""
        return list(self.rail.counts["types"])

    def tag_names(self) -> list[str]:
        """Return the known tags."""
        return list(self.rail.counts["tags"])

    def reread(self, *, follow: str | None = None, keep: bool = False) -> None:
        """Read the list anew."""
        raise NotImplementedError

    def show_status(self) -> None:
        """Write the status line."""
        raise NotImplementedError

    def say_empty(self) -> None:
        """Choose what an empty list says, and the key that fills it."""
        keys = self.localstore.keys
        clear = keys["items.back"].all_keys[0].replace("escape", "esc")
        if self.where:
            self.table.empty = (*NO_HITS, f"{clear} clears it")
        else:
            self.table.empty = (*EMPTY, f"{keys['items.new'].all_keys[0]} makes the first one")

    def count_facets(self) -> None:
        """Count types without the filter's own types, so that others can be chosen; tags within the filter."""
        store, reader = self.localstore.store, self.localstore.reader
        where = self.where.unranked()
        kinds = replace(where, types=())
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

    def read_around(self) -> None:
        """Read default organization, organizations and saved searches."""
        store = self.localstore.store

        def work() -> Loaded:
            home = store.state.get("default_organization")
            organizations = {o.id: o.slug for o in store.organizations.all()}
            saved = {each.name: each.filter for each in store.saved_searches.all()}
            return Loaded("around", (organizations.get(home or "", ""), tuple(organizations.values()), saved))

        self.localstore.reader.submit(self, work, key="around", urgency=Urgency.COUNT)

    def on_loaded(self, message: Loaded) -> None:
        """Show what stands around the list."""
        if message.key == "around":
            message.stop()
            self.home, self.organizations, saved = message.value
            self.rail.show_saved(saved)
            self.mark_rail()
            self.show_status()

    def on_failed(self, message: Failed) -> None:
        """Show under the find line what the filter names and the store does not know."""
        if isinstance(message.error, InvalidFilter):
            message.stop()
            self.find_line.show_error(message.error)

    def on_find_line_changed(self, message: FindLine.Changed) -> None:
        """Show what was found."""
        self.where, self.line = message.where, message.line
        self.table.marks.clear()
        self.reread()

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

    def mark_rail(self) -> None:
        """Mark in the rail what the filter holds."""
        saved = {name for name, line in self.rail.saved.items() if line.strip() == self.line.strip()}
        self.rail.choose(set(self.where.types), set(self.where.tags), saved)

    def action_save_search(self) -> None:
        """Keep the find line under a name."""
        from tui.screens.prompt import Prompt

        line, searches = self.find_line.value, self.localstore.store.saved_searches

        def save(name: str) -> Written:
            searches.save(name, line)
            return Written("search", (), f"Saved the search {name!r}")

        if parsed(line):
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


def parsed(line: str) -> Filter:
    """Return the filter of a find line; an empty one when it cannot be read."""
    try:
        return Filter.parse(line)
    except InvalidFilter:
        return Filter()
