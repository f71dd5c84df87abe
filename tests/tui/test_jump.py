"""The jump overlay: all that can be reached has a letter, and typing it goes there."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Button

from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tui.screens.dialogs.delete import DeleteDialog
from tui.screens.dialogs.jump import JumpScreen, Spot
from tui.screens.item.form import ItemForm
from tui.widgets.finding.facet_rail import FacetRail
from tui.widgets.finding.find_line import FindInput


def letters(ui: Driver) -> dict[str, Spot]:
    assert isinstance(ui.app.screen, JumpScreen)
    return ui.app.screen.spots


def letter_of(ui: Driver, widget: type) -> str:
    return next(letter for letter, spot in letters(ui).items() if isinstance(spot.widget, widget))


async def test_a_letter_goes_to_the_find_line_and_back_to_the_list(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("ctrl+o")
        assert "a letter goes there" in ui.picture()
        await ui.press(letter_of(ui, FindInput))
        assert type(ui.app.focused) is FindInput
        await ui.press("ctrl+o")
        await ui.press(letter_of(ui, type(ui.items.table)))
        assert ui.items.table.has_focus


async def test_a_letter_of_the_rail_does_what_a_click_there_does(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        rail = ui.items.query_one(FacetRail)
        (line,) = [at for at, entry in enumerate(rail.entries) if entry.name == "paper"]
        await ui.press("ctrl+o")
        (letter,) = [k for k, spot in letters(ui).items() if spot.widget is rail and spot.at and spot.at.y == line]
        await ui.press(letter)
        assert ui.items.where.types == ("paper",)
        assert len(ui.titles) == 1


async def test_each_key_of_the_footer_has_a_letter(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        footer = ui.items.query_one("#footer")
        (new,) = [start for start, _, key in footer._places if key.id == "items.new"]  # type: ignore[attr-defined]
        await ui.press("ctrl+o")
        (letter,) = [k for k, spot in letters(ui).items() if spot.widget is footer and spot.at and spot.at.x == new]
        await ui.press(letter)
        assert isinstance(ui.app.screen, ItemForm)


async def test_over_a_dialog_a_letter_focuses_a_button_and_never_presses_it(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("d", "ctrl+o")
        found = {spot.widget.id: letter for letter, spot in letters(ui).items() if isinstance(spot.widget, Button)}
        await ui.press(found["yes"])
        assert isinstance(ui.app.screen, DeleteDialog)
        assert ui.app.focused is ui.app.screen.query_one("#yes")
        assert store.items.count() == 3


async def test_esc_stays_and_other_keys_do_nothing(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("ctrl+o", "§", "down", "ctrl+o")
        assert letters(ui)
        await ui.press("escape")
        assert ui.app.screen is ui.items
        assert ui.items.table.has_focus
