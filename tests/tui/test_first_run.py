"""The first screen, and what empty places say."""

from __future__ import annotations

from pathlib import Path

from localstore.errors import NotAStore
from localstore.store import Store
from tests.tui.pilot import SMALL, driving
from tui.palette import Actions
from tui.screens.dialogs.first_run import FirstRunScreen
from tui.screens.dialogs.prompt import Prompt
from tui.screens.items.items import ItemsScreen
from tui.screens.vectors.vectors import VectorsScreen


async def test_without_a_file_nothing_is_made_until_asked(path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        assert isinstance(ui.app.screen, FirstRunScreen)
        assert "Create an empty store" in ui.picture()
        assert not path.exists()
        await ui.press("c")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert path.exists()
        assert "n makes the first one" in ui.picture()


async def test_before_there_is_a_list_no_other_screen_is_a_digit_or_a_name_away(path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("2", "1")
        assert isinstance(ui.app.screen, FirstRunScreen)
        names = {entry.name for entry in Actions(ui.app.screen).entries()}
        assert "Create an empty store" in names
        assert "Screen: Vectors" not in names
        await ui.press("c", "2")
        assert isinstance(ui.app.screen, VectorsScreen)


async def test_an_empty_store_is_offered_the_same_ways(path: Path) -> None:
    Store.open(path).close()
    async with driving(path) as ui:
        assert isinstance(ui.app.screen, FirstRunScreen)
        assert "Start empty" in ui.picture()
        await ui.press("enter", "n")
        await ui.write("First")
        await ui.press("ctrl+s")
        assert ui.titles == ["First"]


async def test_the_demo_goes_into_a_file_of_its_own(path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("d")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert ui.items.table.blocks.length > 100
        assert ui.app.path == path.with_name("demo.db")
    assert not path.exists()


async def test_another_file_is_opened_and_a_wrong_one_is_a_sentence(store: Store, path: Path, tmp_path: Path) -> None:
    async with driving(tmp_path / "none.db") as ui:
        await ui.press("o")
        assert isinstance(ui.app.screen, Prompt)
        await ui.write("/nowhere/x.db")
        await ui.press("enter")
        way = "make one with 'localstore init', or see one with 'localstore demo'."
        assert ui.toasts == [f"There is no store at /nowhere/x.db: {way}"]
        await ui.press("o")
        await ui.write(str(path))
        await ui.press("enter")
        assert ui.titles[0] == "Reading list"


async def test_reading_only_never_makes_a_store(path: Path) -> None:
    async with driving(path, read_only=True) as ui:
        await ui.press("c")
        assert isinstance(ui.app.screen, FirstRunScreen)
        assert "reading only" in ui.toasts[-1]
    assert not path.exists()


async def test_a_file_that_is_no_store_ends_the_app_with_the_error(path: Path) -> None:
    path.write_text("plain words, and enough of them")
    async with driving(path) as ui:
        assert isinstance(ui.app.failure, NotAStore)
        assert "is not a SQLite file" in str(ui.app.failure)


async def test_a_filter_without_hits_says_how_to_clear_it(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("/")
        await ui.write("zebra")
        await ui.press("enter")
        assert "Nothing found" in ui.picture()
        assert "esc clears it" in ui.picture()
        await ui.press("escape")
        assert len(ui.titles) == 3
