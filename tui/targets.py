"""Targets: the items an action is for: one row, the marked ones, or all in the filter but some."""

from __future__ import annotations

from dataclasses import dataclass

from localstore.filters import Filter
from tui.widgets.items.item_table import ItemSource, RankedSource
from tui.words import how_many

MANY = 500
"""Items from which on an action is a job: in parts, with progress, to be stopped."""


@dataclass(frozen=True)
class Targets:
    """``keys`` are the items; or, with ``source``, all it finds but ``keys``. ``count`` is how many."""

    keys: tuple[str, ...]
    count: int
    title: str
    tags: tuple[str, ...] = ()
    source: ItemSource | None = None

    def resolve(self) -> list[str]:
        """Return the ids; on a thread, for it may read a million."""
        return self.source.keys(set(self.keys)) if self.source else list(self.keys)

    def filter(self) -> Filter:
        """Return the filter that finds them; on a thread."""
        source = self.source
        if source is not None and not self.keys and not isinstance(source, RankedSource):
            return source.where
        return Filter(ids=tuple(self.resolve()))

    @property
    def are_many(self) -> bool:
        """Whether what is done to them is a job."""
        return many(self.count)

    @property
    def words(self) -> str:
        """Name the items for a question."""
        if self.source or not self.title:
            return how_many(self.count, "item")
        return f"“{self.title}”" + (f" and {self.count - 1:,} more" if self.count > 1 else "")

    @property
    def number(self) -> str:
        """Say how many, for the name of a job."""
        return how_many(self.count, "item")


def one_item(key: str, title: str) -> Targets:
    """Return an item alone."""
    return Targets((key,), 1, title[:60])


def many(count: int) -> bool:
    """Tell whether what is done to so many items is a job."""
    return count > MANY
