"""The undo log on a screen: what was done, and what u and U take next."""

from __future__ import annotations

from pathlib import Path

from localstore.store import Store
from tests.tui.pilot import driving
from tui.screens.work.history import HistoryScreen


async def test_the_log_says_what_u_and_big_u_take_next_and_steps_with_them(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("H")
        assert isinstance(ui.app.screen, HistoryScreen)
        rows = ui.picture().split("\n")
        assert "u is next" in rows[1]
        assert "add 'Reading list'" in rows[1]
        await ui.press("u")
        rows = ui.picture().split("\n")
        assert "U is next" in rows[1]
        assert "u is next" in rows[2]
        assert store.items.count() == 2
        await ui.press("u", "U", "U")
        assert store.items.count() == 3
        assert "u is next" in ui.picture().split("\n")[1]


async def test_enter_shows_the_whole_label_and_esc_goes_back(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("H", "enter")
        assert "done: u takes it back" in ui.picture()
        await ui.press("escape", "escape")
        assert ui.app.screen is ui.items


async def test_nothing_done_yet_is_a_sentence(path: Path) -> None:
    with Store.open(path) as store:
        store.items.add("One")
        store.trash.empty()
        with store.database.writing() as connection:
            connection.execute("DELETE FROM undo_log")
    async with driving(path) as ui:
        await ui.press("H")
        assert "Nothing was done yet" in ui.picture()
