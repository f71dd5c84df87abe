"""The palette: any item by the letters of its title or its id, and find lines by a word in front."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import ids
from localstore.finding.titles import in_order, titled
from localstore.store import Store
from tests.tui.pilot import Driver, driving
from tui.palette import Actions
from tui.screens.item.item import ItemScreen
from tui.screens.items.items import ItemsScreen
from tui.screens.items.search import SearchScreen


async def go(ui: Driver, typed: str) -> None:
    await ui.pilot.press("ctrl+p")
    await ui.settle()
    await ui.write(typed)
    await ui.press("down", "enter")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("Retry with", "Retry with backoff"),
        ("backoff retry", "Retry with backoff"),
        ("rdng lst", "Reading list"),
        ("attn", "Attention is all you need"),
        ("ATTENTION", "Attention is all you need"),
    ],
)
def test_titles_are_found_by_their_beginning_their_words_or_their_letters(store: Store, typed: str, title: str) -> None:
    assert titled(store, typed)[0].title == title


def test_an_id_or_its_end_finds_its_item(store: Store) -> None:
    row = store.items.rows().rows[1]
    assert [(each.title, each.by_id) for each in titled(store, row.id)] == [(row.title, True)]
    assert titled(store, ids.short(row.id))[0] == (row.id, row.type, row.title, True)


@pytest.mark.parametrize("typed", ["", "  ", '"', "%_*", "\0", "NEAR(", "title:x"])
def test_any_typing_is_safe(store: Store, typed: str) -> None:
    assert titled(store, typed) == []


def test_letters_must_come_in_their_order() -> None:
    assert in_order("rl", "reading list")
    assert not in_order("lr", "read l")


async def test_typing_letters_of_a_title_opens_the_item(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await go(ui, "rdng lst")
        assert isinstance(ui.app.screen, ItemScreen)
        assert "Read the paper" in ui.picture()


async def test_items_and_a_find_line_filter_the_list(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await go(ui, "items type:paper")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert ui.titles == ["Attention is all you need"]


async def test_search_and_words_look_for_them(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await go(ui, "search sequence")
        assert isinstance(ui.app.screen, SearchScreen)
        assert ui.app.screen.find_line.value == "sequence"
        assert ui.app.screen.table.row.item.title == "Attention is all you need"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("move", "Move items…"),
        ("organization", "Move items…"),
        ("new item", "New item"),
        ("reading", "Reading list"),
    ],
)
async def test_words_of_an_action_and_of_its_help_come_first_and_motion_last(
    store: Store, path: Path, typed: str, first: str
) -> None:
    async with driving(path) as ui:
        provider = Actions(ui.app.screen)
        hits = sorted([hit async for hit in provider.search(typed)], key=lambda hit: -hit.score)
        names = [str(hit.text) for hit in hits]
        assert names[0] == first
        assert [name for name in names[-4:] if name.startswith("Move ")] == (names[-4:] if typed == "move" else [])
