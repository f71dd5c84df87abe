"""What was on the screen comes back at the next start; nothing is written while nothing changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localstore.store import Store
from tests.tui.pilot import Driver, driving
from tui.screens.item.form import ItemForm
from tui.screens.item.item import ItemScreen
from tui.screens.sync.sync import SyncScreen


async def turn(ui: Driver) -> None:
    """Let two seconds be over."""
    ui.app._poll()
    await ui.settle()


def kept(store: Store) -> dict[str, Any]:
    return dict(store.preferences.get("session", {}))


async def test_row_filter_and_theme_come_back_without_having_quit(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await turn(ui)
        await ui.press("/")
        await ui.write("re")
        await ui.press("enter", "j")
        ui.app.use_theme("localstore-light")
        row = ui.items.table.key
        await turn(ui)
    async with driving(path) as ui:
        assert ui.items.find_line.value == "re"
        assert ui.items.table.key == row
        assert ui.app.theme == "localstore-light"


async def test_a_screen_comes_back_by_its_name(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await turn(ui)
        await ui.press("6")
        await turn(ui)
    assert kept(store)["screen"] == "Sync"
    async with driving(path) as ui:
        assert isinstance(ui.app.screen, SyncScreen)


async def test_an_open_item_comes_back_unless_it_was_deleted(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await turn(ui)
        await ui.press("enter")
        await turn(ui)
    async with driving(path) as ui:
        assert isinstance(ui.app.screen, ItemScreen)
    store.items.delete(kept(store)["item"])
    async with driving(path) as ui:
        assert ui.app.screen is ui.items


async def test_unsaved_text_is_named_at_the_next_start(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Half a thought")
        await turn(ui)
    async with driving(path) as ui:
        assert any("kept as a draft: n opens it" in toast for toast in ui.toasts)
        await ui.press("n")
        assert isinstance(ui.app.screen, ItemForm)
        assert "Half a thought" in ui.picture()


async def test_fresh_begins_with_the_list_in_the_chosen_theme(store: Store, path: Path) -> None:
    store.preferences.set("ui", {"line": "#todo", "theme": "localstore-light"})
    store.preferences.set("session", {"screen": "Sync"})
    async with driving(path, fresh=True) as ui:
        assert ui.app.screen is ui.items
        assert len(ui.titles) == 3
        assert ui.app.theme == "localstore-light"


async def test_nothing_is_written_while_nothing_changes(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await turn(ui)
        await turn(ui)
        before = store.data_version()
        await turn(ui)
        await turn(ui)
        assert store.data_version() == before


async def test_nothing_is_written_to_a_store_open_for_reading(store: Store, path: Path) -> None:
    before = store.data_version()
    async with driving(path, read_only=True) as ui:
        await turn(ui)
        await ui.press("j", "f")
        await turn(ui)
    assert store.data_version() == before


@pytest.mark.parametrize("key", ["ui", "session"])
@pytest.mark.parametrize(
    "value",
    [[], 7, "text", None, {"row": {"a": 1}, "line": 4, "rail": "maybe", "sort": [1]}, {"screen": [], "item": 3}],
)
async def test_a_preference_of_any_shape_is_named_and_ours_are_used(
    store: Store, path: Path, key: str, value: Any
) -> None:
    store.preferences.set(key, value)
    async with driving(path) as ui:
        assert len(ui.titles) == 3
        assert ui.app.screen is ui.items
        told = [toast for toast in ui.toasts if f"The preference {key!r}" in toast or f"preference {key}." in toast]
        assert told or isinstance(value, dict)


async def test_an_item_or_interval_that_nobody_can_mean_is_passed_over(store: Store, path: Path) -> None:
    store.preferences.set("session", {"screen": "No such screen", "item": "no such id"})
    store.preferences.set("sync", {"interval": ["x"]})
    async with driving(path) as ui:
        assert ui.app.screen is ui.items


async def test_preferences_without_a_value_are_none(store: Store, path: Path) -> None:
    store.preferences.set("ui", {"line": None, "sort": None, "row": None, "rail": None, "theme": None})
    store.preferences.set("session", {"screen": None, "item": None, "top": None, "row": None})
    async with driving(path) as ui:
        assert ui.items.line == ""
        assert len(ui.titles) == 3


async def test_preferences_that_are_no_object_are_named_and_ours_are_used(store: Store, path: Path) -> None:
    store.preferences.set("ui", ["broken"])
    async with driving(path) as ui:
        assert "The preference 'ui' of this store is no object: ours are used." in ui.toasts
        assert len(ui.titles) == 3
