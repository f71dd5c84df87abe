"""The Sync screens with a real server: link, the first round, a conflict with a colleague, the next round."""

from __future__ import annotations

import pytest

from localstore.store import Store
from sync import state
from tests.sync.trio import ADA, BEA, LAB, World, prepared, trio
from tests.tui.pilot import Driver, driving
from tests.tui.scripted_sync import facts, status, until
from tui.screens.sync.conflict import SyncConflict
from tui.screens.sync.link import Listed

__all__ = ["prepared", "trio"]
pytestmark = pytest.mark.postgres


async def link_in_the_form(ui: Driver, address: str) -> None:
    """Paste an address, and say yes to what would happen."""
    await ui.press("6", "l")
    await ui.write(address)
    ui._send("enter")
    await until(ui, lambda: isinstance(ui.app.screen, Listed) and ui.app.screen.query("#text"))
    assert "acts as ada@example.org" in ui.static("#text")
    await ui.press("y")


def shared(store: Store) -> str:
    """An item of the lab."""
    return str(store.items.add("Plan", organization=LAB, description="first").id)


def open_conflicts(store: Store) -> int:
    with store.reading() as connection:
        sql = "SELECT count(*) FROM sync_conflict WHERE resolved_at IS NULL"
        return int(connection.execute(sql).fetchone()[0])


async def test_a_store_is_linked_and_its_first_round_made_from_the_screen(trio: World) -> None:
    mine = trio.unlinked("laptop")
    mine.items.add("Mine alone")
    theirs = trio.store("hers", BEA)
    trio.quiet(theirs)
    pk = shared(theirs)
    trio.quiet(theirs)
    async with driving(mine.path) as ui:
        await link_in_the_form(ui, trio.invite("laptop", ADA))
        assert ui.static("#question") == "Begin the first round?"
        assert "to this device:" in ui.static("#text")
        await ui.press("y")
        assert "Synced: the first" in ui.toasts[-1]
        assert "ada@example.org" in facts(ui)
        assert "✔ reached" in facts(ui)
        await ui.press("1", "r")
        assert sorted(ui.titles) == ["Mine alone", "Plan"]
        assert mine.items.get(pk).title == "Plan"


async def test_a_conflict_with_a_colleague_is_settled_and_the_next_round_carries_it(trio: World) -> None:
    mine, theirs = trio.store("laptop", ADA), trio.store("hers", BEA)
    trio.quiet(theirs)
    pk = shared(theirs)
    trio.quiet(theirs, mine)
    theirs.items.edit(pk, description="hers")
    trio.quiet(theirs)
    mine.items.edit(pk, description="mine")
    async with driving(mine.path) as ui:
        assert "⇅ 2 to push" in status(ui)
        await ui.press("6", "s")
        assert "⚑ 1 conflict" in status(ui)
        await ui.press("c", "enter")
        assert isinstance(ui.app.screen, SyncConflict)
        await ui.press("b", "y", "escape", "s")
        assert "✔ synced" in status(ui)
    trio.quiet(theirs)
    assert theirs.items.get(pk).description == "hers\nmine"
    assert open_conflicts(mine) == 0


async def test_the_screen_verifies_and_unlinks(trio: World) -> None:
    mine = trio.store("laptop", ADA)
    trio.quiet(mine)
    async with driving(mine.path) as ui:
        await ui.press("6", "v")
        assert "both sides are the same" in ui.toasts[-1]
        await ui.press("L", "y")
        assert "Not linked with a server" in ui.picture()
    with mine.reading() as connection:
        assert not state.is_linked(connection)
