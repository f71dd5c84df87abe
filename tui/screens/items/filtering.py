"""What the list of items shows: find line, rail, and the counts beside its names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from localstore.errors import InvalidFilter
from localstore.filters import Filter
from localstore.freshness import Freshness
from tui.facets import chosen, parsed, toggled
from tui.lanes import Urgency
from tui.messages import Faceted, Failed, OverBudget
from tui.screens.items.facet_bounds import Bounds, key_of
from tui.screens.items.kept_searches import KeptSearches
from tui.widgets.finding.facet_rail import SEARCHES, FacetRail
from tui.widgets.finding.find_line import FindLine
from tui.widgets.items.item_table import ItemTable

if TYPE_CHECKING:
    from localstore.store import Store

__all__ = ["FilteredItems", "parsed", "toggled"]

FACET_BUDGET = 1.0
EMPTY = ("No items yet", "Notes, prompts, conversations, datasets and references to models live here.", "")
NO_HITS = ("Nothing found", "No item answers to this filter.", "")


class FilteredItems(KeptSearches):
    """A screen with a list of items, a find line and a rail."""

    line = ""
    where = Filter()
    answered: tuple[Filter, str] = (where, "")
    """The filter, and the line, that the store answered last."""

    @property
    def finds_some(self) -> bool:
        """Whether the line finds anything."""
        return bool(self.table.blocks.length)

    def __init__(self) -> None:
        super().__init__()
        self.bounds: dict[str, Bounds] = {}

    @property
    def table(self) -> ItemTable:
        """The list."""
        return self.query_one(ItemTable)

    @property
    def rail(self) -> FacetRail:
        """The rail."""
        return self.query_one(FacetRail)

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
            new, take = keys["items.new"].all_keys[0], keys["itemlist.import"].all_keys[0]
            self.table.empty = (*EMPTY, f"{new} makes the first one, {take} takes in files and chats")

    # -- the rail -----------------------------------------------------------------------------------------

    def count_facets(self) -> None:
        """Count for each section of the rail, each within a budget: of what takes longer a lower bound is shown."""
        for section in self.bounds:
            self.localstore.reader.cancel(self, key_of(section))
        self.bounds = {}
        for section, count in facet_counts(self.localstore.store, self.where.unranked()).items():
            work = lambda section=section, count=count: Faceted(section, count())  # noqa: E731
            self.localstore.reader.submit(
                self, work, key=section, urgency=Urgency.FACETS, budget=self.localstore.delay(FACET_BUDGET) or None
            )

    def on_faceted(self, message: Faceted) -> None:
        """Show counts in the rail."""
        self.rail.show(message.section, message.counts)

    def on_over_budget(self, message: OverBudget) -> None:
        """Keep the names, and count each up to a bound; those for which that takes too long have no number."""
        message.stop()
        if message.key in self.rail.counts:
            known = self.rail.counts[message.key] or self._names(message.key)
            self.rail.show(message.key, dict.fromkeys(known))
            self._count_bounds(message.key, known)
        for bounds in self.bounds.values():
            if message.key == key_of(bounds.section):
                self.on_faceted(bounds.so_far())

    def _count_bounds(self, section: str, names: Iterable[str]) -> None:
        bounds = self.bounds[section] = Bounds(self.localstore.store, self.where.unranked(), section, names)
        budget = self.localstore.delay(FACET_BUDGET) or None
        reader = self.localstore.reader
        reader.submit(self, bounds.count, key=key_of(section), urgency=Urgency.FACETS, budget=budget)

    def _names(self, section: str) -> tuple[str, ...]:
        return tuple(getattr(self.words.names, section, ()))

    def names_known(self) -> None:
        """Name in the rail what has no count yet."""
        for section in ("types", "tags", "organizations"):
            if not self.rail.counts[section]:
                self.rail.show(section, dict.fromkeys(self._names(section)))

    def around_known(self) -> None:
        """Show the searches in the rail."""
        self.rail.show_saved(self.words.saved)
        self.rail.show_recent(self.words.recent)
        self.mark_rail()
        self.show_status()

    def mark_rail(self) -> None:
        """Mark in the rail what the filter holds."""
        line = self.line.strip()
        saved = {name for name, each in self.words.saved.items() if each.strip() == line}
        self.rail.choose(**chosen(self.where), saved=saved, recent={line})

    def on_facet_rail_toggled(self, message: FacetRail.Toggled) -> None:
        """Put a name or a whole search in the find line, or take it out."""
        line = self.find_line.value
        if message.section in SEARCHES:
            self.find_line.put("" if line.strip() == message.value.strip() else message.value)
        else:
            self.find_line.put(toggled(line, message.section, message.name))

    # -- the find line ------------------------------------------------------------------------------------

    def on_failed(self, message: Failed) -> None:
        """Show under the find line what the filter names and the store does not know."""
        if isinstance(message.error, InvalidFilter):
            message.stop()
            self.find_line.show_error(message.error)
            self._stand_no_more()
            self._go_back()

    def _go_back(self) -> None:
        """List what the line before found: a filter that the store refuses holds no more than one that is no filter."""
        if self.answered[0] != self.where:
            self.where, self.line = self.answered
            self.reread(follow=self.table.key)

    def on_find_line_changed(self, message: FindLine.Changed) -> None:
        """Show what was found."""
        self.where, self.line = message.where, message.line
        self.table.marks.clear()
        self.reread()
        self.stands(message.line)

    def to_list(self) -> None:
        """Go to the list."""
        self.find_line.flush()
        self.table.focus()

    def action_mode(self) -> None:
        """Look for the same on the search screen, where meaning can be asked for."""
        from tui.screens.items.search import open_search

        open_search(self.localstore, self.find_line.value)

    def action_to_list(self) -> None:
        """Go to the list."""
        self.to_list()


def facet_counts(store: Store, where: Filter) -> dict[str, Callable[[], dict[str, int | None]]]:
    """Return how to count each section of the rail.

    Types and organizations are counted without the filter's own, so that others can be chosen; the rest within it.
    """
    items = store.items
    kinds, others = replace(where, types=()), replace(where, organization=None)

    def facts() -> dict[str, int | None]:
        states = items.state_counts(where)
        return {
            "fresh": states.get(Freshness.FRESH, 0),
            "stale": states.get(Freshness.STALE, 0),
            "none": states.get(Freshness.NONE, 0),
            "file": items.count_with_files(where),
        }

    def organizations() -> dict[str, int | None]:
        counted = items.organization_counts(others)
        return dict(counted) if set(counted) - {"-"} else {}

    return {
        "types": lambda: dict(items.types(kinds)),
        "tags": lambda: dict(items.tag_counts(where)),
        "organizations": organizations,
        "facts": facts,
    }
