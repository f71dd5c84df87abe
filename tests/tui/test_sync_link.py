"""Linking a store with a server from the screen, and taking the link off."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.store import Store
from tests.tui.pilot import driving
from tests.tui.scripted_sync import SECRET, Scripted, dirty, facts, linked, until
from tui.screens.items.items import ItemsScreen
from tui.screens.sync.link import LinkForm, Listed, without_secrets
from tui.screens.sync.sync import SyncScreen


@pytest.fixture
def server() -> Scripted:
    return Scripted()


async def test_l_asks_for_an_address_shows_what_would_happen_asks_and_offers_the_first_round(
    store: Store, path: Path, server: Scripted
) -> None:
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6", "l")
        assert isinstance(ui.app.screen, LinkForm)
        await ui.write(SECRET)
        assert "5e5e" not in ui.picture()
        ui._send("enter")
        await until(ui, lambda: isinstance(ui.app.screen, Listed) and ui.app.screen.query("#text"))
        words = ui.static("#text")
        assert "acts as ada@lab.org" in words
        assert "What belongs to ada@example.org here becomes that person's." in words
        await ui.press("y")
        assert server.asked == [f"link {SECRET} org", "estimate"]
        assert isinstance(ui.app.screen, Listed)
        assert "to the server: 3 rows, 2.0 KiB (items 3)" in ui.static("#text")
        assert "to this device: 2 rows, 100 B (tags 2)" in ui.static("#text")
        await ui.press("y")
        assert server.asked[-1] == "round"
        assert "db.example.org" in facts(ui)


async def test_saying_no_links_nothing(store: Store, path: Path, server: Scripted) -> None:
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6", "l", "enter")
        assert "Paste the address first" in ui.static("#said")
        await ui.write(SECRET)
        ui._send("enter")
        await until(ui, lambda: isinstance(ui.app.screen, Listed) and ui.app.screen.query("#text"))
        await ui.press("n")
        assert "Not linked with a server" in ui.picture()
        assert server.asked == [f"link {SECRET} org"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:pw@h/d", "postgresql://u:••@h/d"),
        ("postgresql://h/d#id:5e5e", "postgresql://h/d#id:••••"),
        ("postgresql://h/d?password=abc&x=1", "postgresql://h/d?password=•••&x=1"),
        ("postgresql://u@h:5432/d", "postgresql://u@h:5432/d"),
        ("postgresql://h/d#abc", "postgresql://h/d#•••"),
    ],
)
def test_the_field_of_the_address_shows_no_secret(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


async def test_unlinking_asks_and_says_what_was_not_pushed(store: Store, path: Path, server: Scripted) -> None:
    linked(store, synced=True)
    dirty(store, "a", "b")
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6", "L")
        assert ui.static("#question") == "Take the link off?"
        assert "2 changed rows were not pushed yet" in ui.static("#text")
        await ui.press("enter")
        assert "db.example.org" in facts(ui)
        await ui.press("L", "y")
        assert "Not linked with a server" in ui.picture()


async def test_l_on_the_first_screen_makes_a_store_and_goes_to_where_it_is_linked(path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("l")
        assert isinstance(ui.app.screen, SyncScreen)
        assert "Not linked with a server" in ui.picture()


async def test_a_linked_store_without_items_shows_its_list_and_not_the_first_screen(path: Path) -> None:
    with Store.open(path) as store:
        linked(store)
    async with driving(path) as ui:
        assert isinstance(ui.app.screen, ItemsScreen)
