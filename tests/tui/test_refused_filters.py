"""A filter that the store refuses changes nothing but the sentence under the line; recent searches found something."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.errors import StoreError
from localstore.store import Store
from tests.tui.pilot import driving
from tui.messages import Written
from tui.widgets.finding.find_line import FindInput


@pytest.mark.parametrize("refused", ["org:nope", "type:paper org:nope"])
async def test_the_list_stays_as_it_was(store: Store, path: Path, refused: str) -> None:
    async with driving(path) as ui:
        before = ui.titles
        await ui.press("/")
        await ui.write(refused)
        await ui.pilot.pause(0.2)
        await ui.settle()
        assert "nope" in ui.static("#wrong")
        assert ui.titles == before
        assert ui.items.line == ""
        assert "filter –" in ui.picture()
    assert store.recent_searches.all() == []


async def test_a_search_that_finds_nothing_is_not_used_before(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("3")
        await ui.write("456789")
        await ui.pilot.pause(0.2)
        await ui.settle()
    assert store.recent_searches.all() == []


async def test_the_search_screen_begins_in_its_line_whenever_one_comes(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("3", "escape", "escape", "1", "3")
        assert isinstance(ui.app.screen.focused, FindInput)


async def test_the_sign_of_saving_goes_when_the_writer_rests(store: Store, path: Path) -> None:
    def refuse() -> Written:
        raise StoreError("refused")

    async with driving(path) as ui:
        ui.app.write(refuse)
        await ui.settle()
        assert "✔ saved" in ui.picture()
        assert "saving" not in ui.picture()
