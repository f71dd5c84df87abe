"""Similar items, lists ranked by nearness, and a vector's card, driven as a person drives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest

from localstore.embedders import embedder
from localstore.errors import StoreError
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui.screens.item.item import ItemScreen
from tui.screens.items.items import ItemsScreen
from tui.screens.vectors.compare_vectors import CompareVectors
from tui.screens.vectors.embedding import EmbeddingScreen
from tui.screens.vectors.similar import SimilarScreen
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.reading.reader import Reader
from tui.widgets.vectors.match_table import MatchTable

TEXTS = {
    "Cats": ("note", "cats sleep on the sofa all day"),
    "More cats": ("note", "two cats sleep on a sofa by day"),
    "Backups": ("code", "rotate backups weekly and keep them for a season"),
    "Restore": ("paper", "restore backups weekly and test what you keep"),
}


def embed(store: Store, model: str, *, dim: int = 64) -> None:
    """Give each text a vector by a builtin model."""
    made = embedder(store.ai_models.add(model, "builtin", parameters={"dim": dim}))
    rows = store.contents.all()
    for content, vector in zip(rows, made.embed([content.text for content in rows]), strict=True):
        store.embeddings.put_one(model, vector, content=content.id)


@pytest.fixture
def animals(path: Path) -> Iterator[Store]:
    """Four items with vectors and one without; newest first is the one without, then Restore."""
    store = Store.open(path, email="ada@example.org")
    for title, (kind, text) in TEXTS.items():
        store.items.add(title, type=kind, tags=["all"], text=text)
    embed(store, "hashing")
    store.items.add("Bare", text="no vector yet")
    yield store
    store.close()


def shown(ui: Driver) -> list[str]:
    """The titles of the matches on the screen."""
    table = ui.app.screen.query_one(MatchTable)
    return [row.title for at in range(table.blocks.length) if (row := table.blocks.row(at))]


def status(ui: Driver) -> str:
    return ui.app.screen.query_one(StatusLine).text


# -- similar ------------------------------------------------------------------------------------------------


async def test_v_shows_the_nearest_items_with_scores_and_says_that_they_are_exact(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("j", "v")
        assert isinstance(ui.app.screen, SimilarScreen)
        assert ui.static("#heading") == "Similar to “Restore”"
        assert shown(ui)[0] == "Backups"
        assert "Restore" not in shown(ui)
        assert ui.static("#said").startswith("exact: ")
        assert "builtin/hashing" in ui.static("#said")
        row = ui.picture().split("\n")[2]
        assert "━" in row
        assert "rotate backups weekly" in row


async def test_similar_goes_on_from_the_item_under_the_cursor_and_back(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("G", "v")
        assert shown(ui)[0] == "More cats"
        await ui.press("v")
        assert ui.static("#heading") == "Similar to “More cats”"
        assert shown(ui)[0] == "Cats"
        await ui.press("escape", "enter")
        assert isinstance(ui.app.screen, ItemScreen)
        assert "two cats sleep" in ui.picture()
        await ui.press("v", "escape", "escape", "escape")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert ui.items.table.row.title == "Cats"


async def test_an_item_without_a_vector_says_what_makes_one(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("v")
        assert "No vectors for this item" in ui.picture()
        assert "'localstore embed' makes what is missing" in ui.picture()


async def test_fast_answers_of_many_vectors_are_called_approximate(path: Path) -> None:
    with Store.open(path) as store:
        rows = numpy.random.default_rng(1).standard_normal((6_000, 16))
        store.embeddings.put("local/many", [f"row {at}" for at in range(6_000)], rows)
    async with driving(path) as ui:
        await ui.press("v", "f")
        assert "fast" in status(ui)
        assert ui.static("#said").startswith("approximate: ")
        await ui.press("f")
        assert ui.static("#said").startswith("exact: ")


async def test_fast_is_exact_where_there_are_few_and_says_so(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("j", "v", "f")
        assert "exact: few vectors" in status(ui)
        assert "fast" not in status(ui)
        assert ui.static("#said").startswith("exact: ")


async def test_at_80_by_24_it_is_said_that_a_model_compares_words_alone(animals: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("j", "v")
        assert "lexical: words, not meanings" in ui.picture()
        ui.app.push_screen(EmbeddingScreen(animals.embeddings.of("Cats")[0].id))
        await ui.settle()
        assert "lexical: words, not meanings" in ui.picture()


async def test_the_footer_of_similar_names_its_own_keys_first(animals: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("j", "v")
        assert "f Fast/exact  c Compare" in ui.picture()


async def test_m_asks_by_the_next_model_that_has_a_vector_of_the_item(animals: Store, path: Path) -> None:
    embed(animals, "second", dim=32)
    async with driving(path) as ui:
        await ui.press("j", "j", "v")
        assert "builtin/hashing" in ui.static("#said")
        assert "(1 of 2 · m)" in status(ui)
        await ui.press("m")
        assert "builtin/second" in ui.static("#said")
        assert shown(ui)[0] == "Restore"


async def test_what_is_similar_can_be_tagged_deleted_and_brought_back(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("j", "v", "d", "y")
        assert "Backups" not in shown(ui)
        await ui.press("u")
        assert shown(ui)[0] == "Backups"
        await ui.press("space", "space", "t")
        await ui.write("near")
        await ui.press("enter")
    assert animals.items.rows().rows[0].tags == ("all", "near")


async def test_c_compares_the_vectors_of_both_items(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("j", "v", "c")
        assert isinstance(ui.app.screen, CompareVectors)
        words = ui.app.screen.query_one(Reader).plain_text
        assert "A  Restore · hashing" in words
        assert "B  Backups · hashing" in words
        assert "Dimensions that differ most" in words
        await ui.press("escape")
        assert isinstance(ui.app.screen, SimilarScreen)


# -- the find line ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "titles"),
    [
        ("~cats on a sofa", ["More cats", "Cats"]),
        ("~cats asleep type:paper", ["Restore"]),
        ('#all ~"weekly backups" type:code type:paper', ["Backups", "Restore"]),
        ('~backups "season"', ["Backups"]),
        ("~backups model:hashing type:note", ["Cats", "More cats"]),
    ],
)
async def test_a_meaning_ranks_what_the_rest_of_the_line_finds(
    animals: Store, path: Path, line: str, titles: list[str]
) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write(line)
        assert sorted(ui.titles[: len(titles)]) == sorted(titles)
        assert "nearest · exact" in ui.items.query_one(StatusLine).text
        assert "lexical" in ui.items.query_one(StatusLine).text
        assert "score" in ui.picture()


async def test_like_ranks_by_an_item_and_the_list_comes_back_when_it_is_cleared(animals: Store, path: Path) -> None:
    cats = animals.items.resolve("Cats")
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write(f"like:{cats[-8:]}")
        assert ui.titles[0] == "More cats"
        assert "Cats" not in ui.titles
        await ui.press("escape")
        assert len(ui.titles) == 5
        assert "sort updated" in ui.items.query_one(StatusLine).text


async def test_ranked_items_are_edited_and_deleted_in_place(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("~cats on a sofa")
        await ui.press("enter", "s")
        assert ui.toasts[-1].startswith("The nearest come first")
        await ui.press("*", "space", "d", "y")
        assert len(ui.titles) == 1
    assert animals.items.count() == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("~", "character 1: ~ needs words, such as ~how to retry"),
        ("~a like:b", "~words and like: are two questions: ask one of them"),
        ("~cats model:nope", "here is no model 'nope'"),
        ("like:nope", "'nope'"),
    ],
)
async def test_what_cannot_be_ranked_is_one_line_and_the_list_stays(
    animals: Store, path: Path, line: str, words: str
) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write(line)
        assert words in ui.static("#wrong")
        assert ui.items.table.blocks.length == 5
        await ui.press("escape")
        assert not ui.items.find_line.has_class("-wrong")


async def test_rows_that_are_no_answer_are_called_so_while_somebody_types_and_then_go(
    animals: Store, path: Path
) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("like:nothing")
        assert len(ui.titles) == 5
        assert "not ranked: rows of before" in ui.items.query_one(StatusLine).text
        await ui.press("enter")
        assert ui.titles == []
        assert "Nothing was ranked" in ui.picture()
        await ui.press("*", "d", "y")
        assert animals.items.count() == 5
        await ui.press("escape", "escape")
        assert len(ui.titles) == 5
        assert "not ranked" not in ui.items.query_one(StatusLine).text


async def test_without_vectors_a_meaning_is_refused_with_what_to_do(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/")
        await ui.write("~cats")
        assert "localstore embed" in ui.static("#wrong")
        assert len(ui.titles) == 3


async def test_a_model_that_cannot_embed_is_one_line(
    animals: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> Any:
        raise StoreError("The embedding service does not answer: start it.")

    async with driving(path) as ui:
        monkeypatch.setattr(ui.app.store.embeddings, "nearest", down)
        await ui.press("/")
        await ui.write("~cats")
        assert ui.static("#wrong") == "The embedding service does not answer: start it."


async def test_a_ranked_list_that_comes_back_with_the_next_start_is_ranked_or_says_why_not(
    animals: Store, path: Path
) -> None:
    animals.preferences.set("ui", {"line": "~cats on a sofa"})
    async with driving(path) as ui:
        assert sorted(ui.titles[:2]) == ["Cats", "More cats"]
    animals.preferences.set("ui", {"line": "~cats model:nope type:code"})
    async with driving(path) as ui:
        assert "no model 'nope'" in ui.static("#wrong")


# -- the card -----------------------------------------------------------------------------------------------


async def test_an_items_vectors_are_lines_and_enter_opens_the_card_of_the_chosen_one(
    animals: Store, path: Path
) -> None:
    embed(animals, "second", dim=32)
    async with driving(path) as ui:
        await ui.press("j", "j", "enter", "left")
        rows = [line.split() for line in ui.picture().split("\n") if "● fresh" in line and "numbers" not in line]
        assert [["hashing" in row, "second" in row] for row in rows][-2:] == [[True, False], [False, True]]
        await ui.press("j", "enter")
        assert isinstance(ui.app.screen, EmbeddingScreen)
        assert "32 numbers × f32 = 128 B" in ui.app.screen.query_one("#card", Reader).plain_text


async def test_a_card_says_all_about_a_vector_and_its_neighbours(animals: Store, path: Path) -> None:
    one = animals.embeddings.of("Cats")[0]
    async with driving(path, size=SMALL) as ui:
        ui.app.push_screen(EmbeddingScreen(one.id))
        await ui.settle()
        words = ui.app.screen.query_one("#card", Reader).plain_text
        assert "Cats · hashing" in words
        assert "norm 1.000" in words
        assert "no NaN, none infinite" in words
        assert "● fresh" in words
        assert {"+", "-"} <= set(words.split("\n")[-1])
        assert shown(ui)[0] == "More cats"
        assert ui.static("#said").startswith("exact: ")
        await ui.press("v")
        assert "More cats · hashing" in ui.app.screen.query_one("#card", Reader).plain_text
        await ui.press("escape", "enter")
        assert isinstance(ui.app.screen, ItemScreen)
        assert "two cats sleep" in ui.picture()


async def test_a_card_of_a_vector_that_is_gone_is_a_sentence(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.app.push_screen(EmbeddingScreen("0198c0de" * 4))
        await ui.settle()
        assert "Nothing could be looked up" in ui.picture()
        await ui.press("escape")
        assert isinstance(ui.app.screen, ItemsScreen)
