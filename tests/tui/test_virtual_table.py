"""The table on a screen: a hundred thousand rows, and rows that go while they are looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.screen import Screen

from tests.tui.pilot import Driver, driving
from tests.tui.test_blocks import Numbers
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

MANY = 100_000


class NumberTable(VirtualTable):
    source: Numbers

    def columns(self, width: int) -> list[Column]:
        return [Column("number", 8, right=True), Column("words", max(1, width - 10))]

    def cells(self, row: Any, width: int) -> list[Cell]:
        return [Cell(f"{row:,}".rjust(8)), Cell(f"row {row}", "muted")]


class NumberScreen(Screen[None]):
    def __init__(self, source: Numbers) -> None:
        super().__init__()
        self.source = source

    def compose(self) -> ComposeResult:
        yield NumberTable()

    def on_mount(self) -> None:
        self.query_one(NumberTable).load(self.source)
        self.query_one(NumberTable).focus()


@asynccontextmanager
async def numbers(path: Path, length: int) -> AsyncIterator[tuple[Driver, NumberTable]]:
    async with driving(path, size=(40, 20)) as ui:
        ui.app.push_screen(NumberScreen(Numbers(length)))
        await ui.settle()
        yield ui, ui.app.screen.query_one(NumberTable)


async def test_the_end_of_a_hundred_thousand_rows_is_one_key_away(path: Path) -> None:
    async with numbers(path, MANY) as (ui, table):
        assert table.virtual_size.height == MANY + 1
        await ui.press("G")
        assert table.row == MANY - 1
        assert "99,999" in ui.picture().split("\n")[-1]
        assert len(table.blocks.pages) < 10
        await ui.press("g")
        assert table.row == 0


async def test_pages_go_by_what_is_seen(path: Path) -> None:
    async with numbers(path, MANY) as (ui, table):
        await ui.press("pagedown", "pagedown")
        assert table.row == 38
        await ui.press("pageup", "k")
        assert table.row == 18


async def test_scrolling_anywhere_shows_the_rows_there(path: Path) -> None:
    async with numbers(path, MANY) as (ui, table):
        table.scroll_to(y=50_000, animate=False)
        await ui.settle()
        assert "50,000" in ui.picture().split("\n")[1]
        assert table.cursor == 0


async def test_memory_holds_the_rows_near_the_screen_only(path: Path) -> None:
    async with numbers(path, MANY) as (ui, table):
        await ui.press("G", *["pageup"] * 10, "g")
        table.scroll_to(y=60_000, animate=False)
        await ui.settle()
        assert len(table.blocks.pages) <= table.blocks.kept


async def test_rows_that_go_leave_the_cursor_where_it_was(path: Path) -> None:
    async with numbers(path, 1_000) as (ui, table):
        table.cursor = 500
        await ui.settle()
        table.source.numbers.remove(500)
        table.ghost({"500"})
        table.load(table.source, follow="500", keep=True)
        await ui.settle()
        assert (table.cursor, table.row) == (500, 501)
        assert table.blocks.length == 999


async def test_the_last_row_that_goes_moves_the_cursor_up(path: Path) -> None:
    async with numbers(path, 5_000) as (ui, table):
        await ui.press("G")
        table.source.numbers.pop()
        table.load(table.source, follow="4999", keep=True)
        await ui.settle()
        assert (table.cursor, table.row) == (4_998, 4_998)


async def test_the_cursor_follows_its_row_when_rows_come_before_it(path: Path) -> None:
    async with numbers(path, 300) as (ui, table):
        table.cursor = 200
        await ui.settle()
        table.source.numbers[:0] = [-3, -2, -1]
        table.load(table.source, follow="200", keep=True)
        await ui.settle()
        assert (table.cursor, table.row) == (203, 200)


async def test_an_empty_list_says_what_belongs_there(path: Path) -> None:
    async with numbers(path, 0) as (ui, table):
        table.empty = ("Nothing here", "press n")
        table.refresh()
        await ui.settle()
        assert "Nothing here" in ui.picture()
        await ui.press("j", "G", "space", "enter")
        assert table.cursor == 0


async def test_marks_stay_with_their_rows(path: Path) -> None:
    async with numbers(path, 1_000) as (ui, table):
        await ui.press("space", "j", "space")
        assert list(table.marks.keys) == ["0", "2"]
        await ui.press("*")
        assert table.marks.count(table.blocks.length) == 1_000
        await ui.press("space")
        assert table.marks.count(table.blocks.length) == 999
