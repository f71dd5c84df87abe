"""Rows that the store lists in pages, as a source for a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localstore.lists.listing import Listing, Where
    from localstore.rows import Page


class PageSource:
    """What a condition finds in a listing, in an order."""

    def __init__(self, listing: Listing[Any], where: Where, sort: str) -> None:
        self.listing, self.where, self._sort = listing, where, sort

    @property
    def sort(self) -> str:
        """The order; asked for on the reader thread."""
        return self._sort

    def page(self, after: str | None, limit: int) -> Page[Any]:
        """Return up to *limit* rows after a cursor."""
        return self.listing.page(self.where, self.sort, after, limit)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th row but the first."""
        return self.listing.anchors(self.where, self.sort, step)

    def count(self) -> int:
        """Return how many rows there are."""
        return self.listing.count(self.where)

    def key(self, row: Any) -> str:
        """Return the row's id."""
        return str(row.id)
