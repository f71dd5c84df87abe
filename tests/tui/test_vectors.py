"""The Vectors screen: models, statistics, map, comparisons, export."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from localstore.store import Store
from localstore.vectors.insight import projection, stats
from tests.tui.pilot import PATIENCE, SMALL, Driver, driving
from tests.tui.test_similar import TEXTS, animals, embed
from tui.screens.dialogs.choice import Choice
from tui.screens.item.item import ItemScreen
from tui.screens.items.items import ItemsScreen
from tui.screens.vectors.compare_models import CompareModels
from tui.screens.vectors.compare_vectors import CompareVectors
from tui.screens.vectors.embedding import EmbeddingScreen
from tui.screens.vectors.vectors import VectorsScreen
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.reading.reader import Reader
from tui.widgets.vectors.map_pane import MapPane
from tui.widgets.vectors.match_table import MatchTable

__all__ = ["animals"]


def screen(ui: Driver) -> VectorsScreen:
    found = ui.app.screen
    assert isinstance(found, VectorsScreen)
    return found


def crosshair(ui: Driver) -> str:
    """The title of the point under the crosshair."""
    drawn = screen(ui).projection
    assert drawn is not None
    return drawn.titles[screen(ui).map.at]


# -- models and statistics ----------------------------------------------------------------------------------


async def test_2_shows_the_models_and_1_goes_back_to_the_items(animals: Store, path: Path) -> None:
    embed(animals, "second", dim=32)
    animals.ai_models.add("gpt", "openai")
    async with driving(path) as ui:
        await ui.press("2")
        assert [each.model for each in screen(ui).models] == ["builtin/hashing", "builtin/second", "openai/gpt"]
        assert "4 vectors × 64 numbers × f32 = 1.0 KiB" in screen(ui).words.plain_text
        assert "● vectors fresh" in screen(ui).words.plain_text
        assert "1 ○ items without a vector of this model" in screen(ui).words.plain_text
        await ui.press("j")
        assert "× 32 numbers" in screen(ui).words.plain_text
        await ui.press("1")
        assert isinstance(ui.app.screen, ItemsScreen)
        await ui.press("2", "escape")
        assert isinstance(ui.app.screen, ItemsScreen)


@pytest.mark.parametrize("key", ["s", "p", "d", "x", "o", "enter"])
async def test_a_model_without_vectors_is_listed_and_has_nothing_to_look_at(
    animals: Store, path: Path, key: str
) -> None:
    animals.ai_models.add("gpt", "openai")
    async with driving(path) as ui:
        await ui.press("2", "G")
        assert "0 vectors" in screen(ui).words.plain_text
        assert "'localstore embed'" in screen(ui).words.plain_text
        await ui.press(key)
        assert ui.toasts == ["openai/gpt has no vectors yet: 'localstore embed' makes them."]
        assert isinstance(ui.app.screen, VectorsScreen)


async def test_digits_are_digits_in_the_find_line_and_keep_an_unsaved_form(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/", "2")
        assert ui.items.find_line.value == "2"
        await ui.press("escape", "escape", "n")
        await ui.write("unsaved 2")
        form = ui.app.screen
        ui.app.action_visit(2)
        await ui.settle()
        assert ui.app.screen is form
        assert "Save the form first" in ui.toasts[-1]


async def test_nothing_is_computed_before_it_is_asked(
    animals: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a vector was read")

    monkeypatch.setattr(projection, "project", refused)
    monkeypatch.setattr(stats, "_measured", refused)
    async with driving(path) as ui:
        await ui.press("2")
        assert "Nothing is computed before it is asked" in screen(ui).words.plain_text
        assert screen(ui).models[0].count == 4
        assert not ui.toasts


async def test_statistics_say_what_reading_every_vector_told(animals: Store, path: Path) -> None:
    pk = animals.embeddings.of("Cats")[0].id
    with animals.database.writing() as connection:
        sql = "UPDATE embeddings SET vector = zeroblob(64), dim = 16, meta_data = ? WHERE id = ?"
        connection.execute(sql, ('{"truncated": true}', pk))
    async with driving(path) as ui:
        await ui.press("2", "enter")
        words = screen(ui).words.plain_text
        assert "✗ 2 lengths: 1 of 16, 3 of 64 numbers. One model has one length." in words
        assert "✗ 1 without length (zero): they have no cosine" in words
        assert "✗ 1 of texts longer than the model's limit: truncated" in words
        assert "✔ none with NaN or infinity" in words
        assert "min 0.000   mean 0.750   max 1.000" in words
        assert "████████████████████████ 3" in words


async def test_a_store_without_vectors_says_what_belongs_here_and_what_fills_it(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2")
        assert "No vectors yet" in ui.picture()
        assert "localstore embed setup" in ui.picture()
        await ui.press("p", "s", "x", "o", "m", "enter")
        assert screen(ui).projection is None


async def test_at_80_by_24_there_is_one_pane_at_a_time(animals: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("2")
        assert "without" in ui.picture().split("\n")[0]
        await ui.press("enter")
        assert "none without length" in ui.picture()
        assert not screen(ui).table.region
        await ui.press("escape")
        assert screen(ui).table.has_focus
        await ui.press("p")
        assert "PCA · all 4 · explains" in ui.picture()
        await ui.press("escape", "escape")
        assert isinstance(ui.app.screen, ItemsScreen)


# -- the map ------------------------------------------------------------------------------------------------


async def test_the_map_says_its_sample_and_what_it_explains_and_names_the_point(
    animals: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.vectors.vectors.SAMPLE", 3)
    async with driving(path) as ui:
        await ui.press("2", "p")
        assert "builtin/hashing · PCA · 3 of 4 sampled · explains " in ui.static("#explained")
        assert screen(ui).map.has_focus
        assert crosshair(ui) in ui.static("#point")
        assert ui.static("#legend").startswith("by type")


async def test_arrows_step_from_point_to_point_and_enter_opens_the_item(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2", "p")
        before = crosshair(ui)
        view = screen(ui).map
        await ui.press(*["left"] * 4)
        leftmost = view.at
        await ui.press(*["right"] * 4)
        assert view.points[view.at][0] > view.points[leftmost][0]
        await ui.press("up", "down", "h", "l", "j", "k", "space")
        title = crosshair(ui)
        assert title in ui.static("#point")
        assert before
        await ui.press("enter")
        assert isinstance(ui.app.screen, ItemScreen)
        assert title in ui.picture()
        await ui.press("escape")
        assert screen(ui).map.has_focus
        assert crosshair(ui) == title


async def test_zoom_keeps_the_crosshair_in_view_and_says_how_close_it_is(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2", "p", "+", "+")
        assert "×2.6" in ui.static("#point")
        await ui.press(*["right"] * 3)
        assert screen(ui).map.spot is not None
        await ui.press("-")
        assert "×1.6" in ui.static("#point")
        await ui.press("0")
        assert "×" not in ui.static("#point")


async def test_c_colours_by_type_tag_and_organization_with_letters_and_words(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2", "p")
        assert "a note 2" in ui.static("#legend")
        await ui.press("c")
        assert ui.static("#legend") == "by tag  a all 4"
        await ui.press("c")
        assert ui.static("#legend") == "by organization  a none 4"
        await ui.press("c", "t")
        assert screen(ui).map.letters
        rows = ui.picture().split("\n")[1:-5]
        assert {char for row in rows for char in row[45:]} <= set("abc ◎")


async def test_a_then_b_compares_two_vectors(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2", "p", "left", "left", "a")
        first = crosshair(ui)
        await ui.press("right", "right", "right", "b")
        assert isinstance(ui.app.screen, CompareVectors)
        words = ui.app.screen.query_one(Reader).plain_text
        assert f"A  {first} · hashing" in words
        assert "cosine    " in words
        await ui.press("escape")
        assert set(screen(ui).map.marks) == {"a", "b"}


async def test_v_opens_the_card_of_the_point(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2", "p", "v")
        assert isinstance(ui.app.screen, EmbeddingScreen)


async def test_the_map_is_kept_while_other_screens_are_shown(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2", "p", "left")
        at = screen(ui).map.at
        await ui.press("1", "2")
        assert screen(ui).map.at == at
        assert screen(ui).query_one(MapPane).display


async def test_without_colour_the_map_shows_letters_and_in_ascii_nothing_else(
    animals: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driving(path, ascii=True) as ui:
        await ui.press("2")
        assert ui.picture().isascii()
        await ui.press("s")
        assert ui.picture().isascii()
        await ui.press("p")
        assert ui.picture().isascii()
        assert screen(ui).map.letters
        await ui.press("t", "+")
        assert ui.picture().isascii()
        await ui.press("v")
        assert ui.picture().isascii()
        await ui.press("c", "escape", "escape", "1", "G", "v")
        assert ui.picture().isascii()


async def until_it_says(ui: Driver, words: str) -> None:
    """Wait until the status line holds the words."""
    while words not in ui.app.screen.query_one(StatusLine).text:
        await ui.pilot.pause(0.001)


# -- stopping -----------------------------------------------------------------------------------------------


async def test_escape_stops_what_runs_and_its_answer_is_dropped(
    animals: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, real, cancelled = threading.Event(), stats.stats, []

    def slow(*args: Any, norms: bool = True, **more: Any) -> Any:
        if norms:
            more["progress"](1, 4)
            begun.set()
            while not more["cancelled"]():
                pass
            cancelled.append(True)
        return real(*args, norms=norms, **more)

    monkeypatch.setattr(stats, "stats", slow)
    async with driving(path) as ui:
        await ui.press("2")
        ui._send("s")
        await ui.pilot._wait_for_screen()
        begun.wait(PATIENCE)
        await until_it_says(ui, "esc stops")
        assert "reading vectors 25 %" in ui.app.screen.query_one(StatusLine).text
        await ui.press("escape")
        assert cancelled == [True]
        assert "Nothing is computed before it is asked" in screen(ui).words.plain_text
        assert "esc stops" not in ui.app.screen.query_one(StatusLine).text


# -- two models, export -------------------------------------------------------------------------------------


async def test_two_models_are_compared_by_the_neighbours_they_find(animals: Store, path: Path) -> None:
    embed(animals, "second", dim=32)
    async with driving(path) as ui:
        await ui.press("2", "o")
        assert isinstance(ui.app.screen, CompareModels)
        words = ui.static("#figures")
        assert "A  builtin/hashing\nB  builtin/second" in words
        assert "asked by 4 of the 4 texts that both embedded" in words
        assert "type" not in ui.picture()
        assert ui.app.screen.query_one(MatchTable).blocks.length == 4
        await ui.press("enter")
        assert isinstance(ui.app.screen, ItemScreen)


async def test_of_three_models_the_other_one_is_asked_for_or_marked(animals: Store, path: Path) -> None:
    embed(animals, "second", dim=32)
    embed(animals, "third", dim=16)
    async with driving(path) as ui:
        await ui.press("2", "o")
        assert isinstance(ui.app.screen, Choice)
        await ui.press("down", "enter")
        assert "B  builtin/third" in ui.static("#figures")
        await ui.press("escape", "space", "o")
        assert "A  builtin/second\nB  builtin/hashing" in ui.static("#figures")


async def test_d_shows_pairs_that_are_nearly_the_same_and_opens_either(animals: Store, path: Path) -> None:
    animals.items.add("Copy of Cats", text=TEXTS["Cats"][1])
    embed(animals, "second", dim=32)
    async with driving(path) as ui:
        await ui.press("2", "d")
        assert "No near-duplicates" in ui.picture()
        await ui.press("escape", "j", "d")
        assert "1 / 1 pairs" in ui.app.screen.query_one(StatusLine).text
        row = ui.picture().split("\n")[2]
        assert "1.000 same" in row
        assert "Copy of Cats" in row
        await ui.press("c")
        assert "They are the same in every dimension." in ui.app.screen.query_one(Reader).plain_text
        await ui.press("escape", "b")
        assert isinstance(ui.app.screen, ItemScreen)
        await ui.press("escape", "enter")
        assert isinstance(ui.app.screen, ItemScreen)


@pytest.mark.parametrize("keys", [["o"], ["p", "o"]])
async def test_one_model_has_nothing_to_be_compared_with(animals: Store, path: Path, keys: list[str]) -> None:
    animals.ai_models.add("gpt", "openai")
    async with driving(path) as ui:
        await ui.press("2", *keys)
        assert "It takes a second model" in ui.toasts[-1]


async def test_the_footer_of_the_map_names_a_before_b(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2", "p")
        assert "a Mark A  b B, compare" in ui.picture()


async def test_vectors_are_exported_to_a_named_file_and_never_over_another_unasked(
    animals: Store, path: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out.tsv"
    async with driving(path) as ui:
        await ui.press("2", "x", "ctrl+u")
        await ui.write(str(file))
        await ui.press("enter")
        assert ui.toasts[-1].startswith("Exported 4 vectors as projector")
        written = sorted(each.name for each in tmp_path.iterdir() if each.suffix == ".tsv")
        assert len(written) == 2
        await ui.press("x", "ctrl+u")
        await ui.write(str(tmp_path / written[0]))
        await ui.press("enter")
        assert ui.static("#question").startswith("Replace")
        await ui.press("n")
        assert len(ui.toasts) == 1


async def test_the_palette_and_the_help_know_the_keys_of_the_map(animals: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2", "p", "?")
        await ui.press("G")
        help = ui.app.screen.query_one(Reader).plain_text
        assert "To the nearest point on the left" in help
        assert "~how to retry" in help
