"""Rows of which there are thousands at most: read all at once on the reader thread, anew with each load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tui.widgets.lists.list_source import ListPage, ListSource


class FewRows:
    """What *read* returns, known by what *key_of* says of each."""

    def __init__(self, read: Callable[[], Sequence[Any]], key_of: Callable[[Any], str]) -> None:
        self._read, self._key_of = read, key_of
        self._list: ListSource | None = None

    def _rows(self, *, anew: bool = False) -> ListSource:
        if self._list is None or anew:
            self._list = ListSource(self._read(), self._key_of)
        return self._list

    def page(self, after: str | None, limit: int) -> ListPage:
        """Return up to *limit* rows after a cursor; the first page reads them anew."""
        return self._rows(anew=after is None).page(after, limit)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th row but the first."""
        return self._rows().anchors(step)

    def count(self) -> int:
        """Return how many rows there are."""
        return self._rows().count()

    def key(self, row: Any) -> str:
        """Return what a row is known by."""
        return self._key_of(row)
