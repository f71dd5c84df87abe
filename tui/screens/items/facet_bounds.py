"""Lower bounds of the rail's counts, for sections whose counting takes too long: ``10 k+`` says that there are more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from localstore.filters import Filter
from tui.facets import FACTS
from tui.messages import Faceted
from tui.widgets.finding.facet_rail import AtLeast

if TYPE_CHECKING:
    from localstore.store import Store

BOUND = 10_000
"""Items of a name that are counted; that there are more is all that is said beyond."""


def key_of(section: str) -> str:
    """Return the key under which the bounds of a section are read."""
    return f"{section} at least"


class Bounds:
    """The counts of one section, name by name; what is ``found`` stays when the reading is interrupted."""

    def __init__(self, store: Store, where: Filter, section: str, names: Iterable[str]) -> None:
        self.store, self.where, self.section = store, where, section
        self.found: dict[str, int | None] = dict.fromkeys(names)

    def count(self) -> Faceted:
        """Count each name up to the bound, going on where an interruption left off; on a thread."""
        for name in [name for name, count in self.found.items() if count is None]:
            count = self.store.items.count(self._filter(name), up_to=BOUND + 1)
            self.found[name] = AtLeast(BOUND) if count > BOUND else count
        return self.so_far()

    def so_far(self) -> Faceted:
        """Return what is counted by now."""
        return Faceted(self.section, dict(self.found))

    def _filter(self, name: str) -> Filter:
        where = self.where
        if self.section == "types":
            return replace(where, types=(name,))
        if self.section == "organizations":
            return replace(where, organization=name)
        if self.section == "tags":
            return where.also(tags=(name,))
        field, value = FACTS[name]
        return where.also(has=(value,)) if field == "has" else where.also(without=(value,))
