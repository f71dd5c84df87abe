"""The bookkeeping of a long list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.lists.blocks import KEPT, STEP, Blocks, snapshot
from tui.widgets.lists.marks import Marks


@dataclass
class Page:
    rows: list[int]
    next: str | None


class Numbers:
    """The numbers below ``length`` that are not ``gone``, as a source."""

    def __init__(self, length: int) -> None:
        self.numbers = list(range(length))

    def page(self, after: str | None, limit: int) -> Page:
        start = 0 if after is None else next(i for i, n in enumerate([*self.numbers, 10**9]) if n > int(after))
        rows = self.numbers[start : start + limit]
        return Page(rows, str(rows[-1]) if start + limit < len(self.numbers) else None)

    def anchors(self, step: int) -> list[str]:
        return [str(n) for place, n in enumerate(self.numbers, 1) if place % step == 0]

    def count(self) -> int:
        return len(self.numbers)

    def key(self, row: int) -> str:
        return str(row)


def filled(source: Numbers, *numbers: int) -> Blocks:
    blocks = Blocks()
    blocks.anchor(source.anchors(STEP))
    blocks.total = source.count()
    put_all(blocks, {number: source.page(blocks.cursors[number], STEP) for number in numbers})
    return blocks


def put_all(blocks: Blocks, pages: dict[int, Any]) -> None:
    for number, page in pages.items():
        blocks.put(number, page)


def test_the_next_block_is_reached_from_the_one_before() -> None:
    blocks = Blocks()
    assert blocks.use(0, 40) == [0]
    blocks.put(0, Numbers(1_000).page(None, STEP))
    assert blocks.length == STEP + 1
    assert blocks.use(0, 40) == [1]
    assert blocks.row(5) == 5
    assert blocks.row(STEP) is None


def test_a_block_far_away_waits_for_the_anchors() -> None:
    source = Numbers(10_000)
    blocks = Blocks(total=10_000)
    blocks.put(0, source.page(None, STEP))
    assert blocks.use(9_000, 9_040) == []
    blocks.anchor(source.anchors(STEP))
    assert blocks.use(9_000, 9_040) == [70, 71, 69]


def test_only_so_many_blocks_stay_in_memory() -> None:
    source = Numbers(STEP * (KEPT + 6))
    blocks = filled(source, *range(KEPT + 6))
    assert len(blocks.pages) == KEPT
    assert blocks.row(0) is None


def test_the_last_block_tells_the_length() -> None:
    blocks = Blocks()
    blocks.put(0, Numbers(70).page(None, STEP))
    assert (blocks.total, blocks.length) == (70, 70)


@given(st.integers(0, 5_000), st.integers(0, 5_200), st.integers(0, 5_200))
def test_a_list_read_anew_shows_the_same_rows_wherever_the_cursor_was(length: int, cursor: int, follow: int) -> None:
    source = Numbers(length)
    taken = snapshot(source, cursor, 40, str(follow))
    blocks = Blocks(cursors=dict(taken.cursors), all_cursors=taken.all_cursors)
    put_all(blocks, taken.pages)
    shown = {index: blocks.row(index) for index in range(length) if blocks.row(index) is not None}
    assert all(index == row for index, row in shown.items())
    at = max(0, min(cursor, length - 1))
    assert not length or at in shown
    assert taken.found in (None, follow)


def test_a_row_newer_than_the_one_shown_takes_its_place() -> None:
    blocks = filled(Numbers(10), 0)
    blocks.patch({"3": 33}, str)
    assert [blocks.row(index) for index in range(5)] == [0, 1, 2, 33, 4]


@pytest.mark.parametrize(("inverted", "count"), [(False, 1), (True, 9)])
def test_marks_are_some_or_all_but_some(inverted: bool, count: int) -> None:
    marks = Marks(inverted=inverted)
    marks.toggle("a")
    assert ("a" in marks) is not inverted
    assert ("b" in marks) is inverted
    assert marks.count(10) == count
