"""Targets: the items an action is for: one row, the marked ones, or all in the filter but some."""

from __future__ import annotations

from dataclasses import dataclass

from tui.widgets.item_table import ItemSource


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

    @property
    def words(self) -> str:
        """Name the items for a question."""
        if self.source or not self.title:
            return f"{self.count:,} items"
        return f"“{self.title}”" + (f" and {self.count - 1:,} more" if self.count > 1 else "")
