"""Blocks: which rows of a long list are in memory, and how the others are reached.

A list is cut into blocks of 128 rows. Each begins after a cursor, known from the block before it or from the
anchors of the whole list. Pure bookkeeping: no thread, no widget.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

STEP = 128
KEPT = 24


class Rows(Protocol):
    """Rows in order, and the cursor after the last one (None at the end)."""

    @property
    def rows(self) -> Sequence[Any]:
        """The rows."""

    @property
    def next(self) -> str | None:
        """The cursor."""


class Source(Protocol):
    """Where the rows of a table come from; called on the reader thread."""

    def page(self, after: str | None, limit: int) -> Rows:
        """Return up to *limit* rows after a cursor."""

    def anchors(self, step: int) -> list[str]:
        """Return the cursor before every *step*-th row but the first."""

    def count(self) -> int:
        """Return how many rows there are."""

    def key(self, row: Any) -> str:
        """Return what a row is known by."""


@dataclass(frozen=True)
class NoRows:
    """A source before there is one."""

    rows: tuple[Any, ...] = ()
    next: str | None = None

    def page(self, after: str | None, limit: int) -> Rows:
        """Return nothing."""
        return self

    def anchors(self, step: int) -> list[str]:
        """Return nothing."""
        return []

    def count(self) -> int:
        """Return nothing."""
        return 0

    def key(self, row: Any) -> str:
        """Return something: there is no row to ask for."""
        return str(row)


@dataclass
class Snapshot:
    """Rows read anew, all at one time: the cursors and blocks found, where the wanted row is."""

    cursors: dict[int, str | None]
    pages: dict[int, Rows]
    found: int | None = None
    total: int | None = None
    all_cursors: bool = False


@dataclass
class Blocks:
    """The rows in memory, at most ``kept`` blocks of them."""

    kept: int = KEPT
    cursors: dict[int, str | None] = field(default_factory=lambda: {0: None})
    pages: OrderedDict[int, Sequence[Any]] = field(default_factory=OrderedDict)
    total: int | None = None
    reached: int = 0
    all_cursors: bool = False

    @property
    def length(self) -> int:
        """Return how many rows the list has, as far as is known."""
        return self.reached if self.total is None else self.total

    def row(self, index: int) -> Any | None:
        """Return a row, or None when its block is not in memory."""
        page = self.pages.get(index // STEP)
        offset = index % STEP
        return page[offset] if page is not None and offset < len(page) else None

    def put(self, number: int, page: Rows) -> None:
        """Keep a block that arrived; the oldest ones go."""
        self.pages[number] = page.rows
        self.pages.move_to_end(number)
        end = number * STEP + len(page.rows)
        if page.next is not None:
            self.cursors.setdefault(number + 1, page.next)
            self.reached = max(self.reached, end + 1)
        else:
            self.total = self.reached = end
        while len(self.pages) > self.kept:
            self.pages.popitem(last=False)

    def use(self, first: int, last: int) -> list[int]:
        """Note that rows *first* to *last* are looked at; return the blocks to read, nearest first.

        One block before and behind is read ahead. A block whose cursor is not known is reached through those
        before it.
        """
        low, high = first // STEP, max(first, last) // STEP
        wanted = [*range(low, high + 1), high + 1, low - 1]
        missing = []
        for number in wanted:
            if number in self.pages:
                self.pages.move_to_end(number)
            elif number >= 0 and (number * STEP < self.length or (number == 0 and not self.pages)):
                missing.append(number)
        return [number for number in missing if number in self.cursors]

    def anchor(self, cursors: Sequence[str]) -> None:
        """Keep the cursors of all blocks."""
        self.cursors = {0: None, **dict(enumerate(cursors, 1))}
        self.all_cursors = True

    def keys(self, key: Callable[[Any], str]) -> Iterator[tuple[int, str]]:
        """Yield index and key of the rows in memory."""
        for number, page in self.pages.items():
            for offset, row in enumerate(page):
                yield number * STEP + offset, key(row)

    def patch(self, rows: Mapping[str, Any], key: Callable[[Any], str]) -> None:
        """Put newer versions in the place of rows in memory."""
        for number, page in self.pages.items():
            self.pages[number] = [rows.get(key(row), row) for row in page]


def snapshot(source: Source, cursor: int, height: int, follow: str | None) -> Snapshot:
    """Read the list anew around row *cursor*; with *follow*, around the row of that key.

    Walks from the start as far as the memory holds; further down, the anchors of the whole list are read first. A
    source that has a ``place(key)`` says where a row is that is nowhere near.
    """
    block = cursor // STEP
    result = _deep(source, block, follow) if block >= KEPT - 2 else _near(source, cursor, height, follow)
    if follow is not None and result.found is None and (place := getattr(source, "place", None)):
        at = place(follow)
        return result if at is None else _deep(source, at // STEP, follow)
    return result


def _near(source: Source, cursor: int, height: int, follow: str | None) -> Snapshot:
    result = Snapshot({0: None}, {})
    number, last = 0, (cursor + height) // STEP
    while number < KEPT:
        page = source.page(result.cursors[number], STEP)
        result.pages[number] = page
        result.found = _find(source, page, number, follow) if result.found is None else result.found
        if page.next is None:
            result.total = number * STEP + len(page.rows)
            break
        number += 1
        result.cursors[number] = page.next
        if number > last and (follow is None or result.found is not None):
            break
    return result


def _deep(source: Source, block: int, follow: str | None) -> Snapshot:
    total = source.count()
    cursors = source.anchors(STEP)
    result = Snapshot({0: None, **dict(enumerate(cursors, 1))}, {}, total=total, all_cursors=True)
    block = min(block, len(cursors), max(0, (total - 1) // STEP))
    for number in {block, max(0, block - 1)}:
        result.pages[number] = page = source.page(result.cursors[number], STEP)
        result.found = _find(source, page, number, follow) if result.found is None else result.found
    return result


def _find(source: Source, page: Rows, number: int, follow: str | None) -> int | None:
    if follow is None:
        return None
    keys = (offset for offset, row in enumerate(page.rows) if source.key(row) == follow)
    offset = next(keys, None)
    return None if offset is None else number * STEP + offset
