"""The search screen: by words, by meaning, by both; driven as a person drives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.embedders import embedder
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui.screens.item.item import ItemScreen
from tui.screens.items.items import ItemsScreen
from tui.screens.items.search import SearchScreen
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.items.hit_table import matching


def screen(ui: Driver) -> SearchScreen:
    assert isinstance(ui.app.screen, SearchScreen)
    return ui.app.screen


def hits(ui: Driver) -> list[str]:
    table = screen(ui).table
    return [row.item.title for at in range(table.blocks.length) if (row := table.blocks.row(at))]


@pytest.fixture
def vectored(store: Store) -> Store:
    """The three items with vectors by a model that compares words."""
    model = embedder(store.ai_models.add("hashing", "builtin", parameters={"dim": 64}))
    rows = store.contents.all()
    for row, vector in zip(rows, model.embed([row.text for row in rows]), strict=True):
        store.embeddings.put_one("hashing", vector, content=row.id)
    return store


async def test_words_find_items_with_the_line_that_matches(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("3")
        assert "Write what you look for" in ui.picture()
        await ui.write("seq")
        assert hits(ui) == ["Attention is all you need"]
        assert screen(ui).table.row.marks == ((0, 8),)
        assert "Sequence transduction" in ui.picture()
        assert ui.static("#said").startswith("words: 1 found in ")


async def test_enter_opens_the_hit_and_escape_comes_back_to_the_same_place(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("3")
        await ui.write("re")
        await ui.press("enter", "down", "enter")
        assert isinstance(ui.app.screen, ItemScreen)
        await ui.press("escape")
        assert (screen(ui).table.cursor, screen(ui).find_line.value) == (1, "re")
        assert store.recent_searches.all() == ["re"]
        await ui.press("1")
        assert isinstance(ui.app.screen, ItemsScreen)
        await ui.press("3")
        assert (screen(ui).table.cursor, screen(ui).find_line.value) == (1, "re")


async def test_the_filters_of_the_list_hold_in_a_search(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("3")
        await ui.write("re type:note")
        assert hits(ui) == ["Reading list"]


async def test_a_line_without_words_and_a_wrong_one_say_what_is_missing(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("3")
        await ui.write("type:note")
        assert "write some words to look for" in ui.static("#wrong")
        await ui.write(" tpye:x")
        assert "did you mean 'type'?" in ui.static("#wrong")


async def test_meaning_without_a_model_says_what_sets_one_up_and_words_still_work(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("3")
        await ui.write("paper")
        await ui.press("ctrl+t")
        assert "embed setup" in ui.picture()
        assert hits(ui) == []
        await ui.press("ctrl+t")
        assert hits(ui) == ["Reading list"]
        assert "By words alone: " in ui.static("#said")
        await ui.press("ctrl+t")
        assert hits(ui) == ["Reading list"]


async def test_meaning_says_whether_it_is_exact_how_long_it_took_and_that_a_model_compares_words(
    vectored: Store, path: Path
) -> None:
    async with driving(path) as ui:
        await ui.press("3")
        await ui.write("read a paper")
        await ui.press("ctrl+t")
        assert hits(ui)[0] == "Reading list"
        assert ui.static("#said").startswith("exact: 3 vectors in ")
        assert "lexical: words, not meanings" in ui.static("#said")
        await ui.press("enter", "f")
        assert "fast" in screen(ui).query_one(StatusLine).text


async def test_like_ranks_by_nearness_in_any_mode(vectored: Store, path: Path) -> None:
    pk = vectored.items.resolve("Reading list")
    async with driving(path) as ui:
        await ui.press("3")
        screen(ui).find_line.put(f"like:{pk}")
        await ui.settle()
        assert "Reading list" not in hits(ui)
        assert len(hits(ui)) == 2


async def test_hits_are_tagged_marked_deleted_and_brought_back(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("3")
        await ui.write("re")
        await ui.press("enter", "space", "space", "t")
        await ui.write("found")
        await ui.press("enter")
        assert "found" in screen(ui).table.row.item.tags
        assert store.items.tag_counts()["found"] == 2
        await ui.press("d", "y")
        assert hits(ui) == []
        await ui.press("u")
        assert len(hits(ui)) == 2


async def test_the_line_of_the_list_goes_to_the_search_with_one_key(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("sequence")
        await ui.press("ctrl+t")
        assert hits(ui) == ["Attention is all you need"]


async def test_another_process_changes_nothing_until_asked(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("3")
        await ui.write("read")
        await ui.press("enter")
        store.items.add("Read again")
        screen(ui).changed_elsewhere()
        assert "list changed · r" in screen(ui).query_one(StatusLine).text
        assert hits(ui) == ["Reading list"]
        await ui.press("r")
        assert "Read again" in hits(ui)


async def test_a_small_screen_shows_the_hits_and_a_wide_one_the_item_beside_them(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("3")
        await ui.write("read")
        assert "Reading list" in ui.picture()
        assert not ui.app.screen.query_one("#detail").display
        await ui.pilot.resize_terminal(120, 40)
        await ui.settle()
        assert ui.app.screen.query_one("#detail").display


def test_the_first_match_of_a_long_line_is_in_view_and_control_characters_are_shown() -> None:
    cell = matching("x" * 100 + "\x1bword", ((101, 105),), 40)
    begin, end = cell.marks[0]
    assert cell.text[begin:end] == "word"
    assert end < 40
    assert "\x1b" not in cell.text


async def test_hostile_text_is_shown_in_hits_completions_and_the_palette(path: Path) -> None:
    with Store.open(path) as store:
        text = "[/red]\x1b[31m\u202eodd\x00 word"
        store.items.add(text.replace("\x00", ""), type="[bold]", tags=["[/x]"], text=text.replace("\x00", ""))
        store.recent_searches.add("[/red] \x1b word")
    async with driving(path) as ui:
        await ui.press("3")
        await ui.write("word")
        assert len(hits(ui)) == 1
        assert "[/red]" in ui.picture()
        assert "\x1b" not in ui.picture()
        screen(ui).find_line.put("")
        await ui.press("/")
        assert "\x1b" not in ui.picture()
        await ui.pilot.press("ctrl+p")
        await ui.settle()
        await ui.write("odd")
        assert "[/red]" in ui.picture()
        assert "\x1b" not in ui.picture()
