"""Rows that are all in memory, as a source for a table: what was computed, and there is little of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class ListPage(NamedTuple):
    """Some of the rows, and where the next begin."""

    rows: Sequence[Any]
    next: str | None


@dataclass(frozen=True)
class ListSource:
    """``rows`` in order, known by what ``key_of`` says of each."""

    rows: Sequence[Any]
    key_of: Callable[[Any], str]

    def page(self, after: str | None, limit: int) -> ListPage:
        """Return up to *limit* rows after a cursor."""
        start = int(after or 0)
        end = start + limit
        return ListPage(self.rows[start:end], str(end) if end < len(self.rows) else None)

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th row but the first."""
        return [str(at) for at in range(step, len(self.rows), step)]

    def count(self) -> int:
        """Return how many rows there are."""
        return len(self.rows)

    def key(self, row: Any) -> str:
        """Return what a row is known by."""
        return self.key_of(row)
