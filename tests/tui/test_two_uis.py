"""Two windows on one store: each hears of the other's changes, both keep their edits, and a conflict is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from localstore.store import Store
from tests.tui.pilot import PACE, WIDE, Driver, driving
from tui.app import LocalstoreApp


@asynccontextmanager
async def two(path: Path) -> AsyncIterator[tuple[Driver, Driver]]:
    async with driving(path) as one:
        app = LocalstoreApp(path)
        app.pace = PACE
        async with app.run_test(size=WIDE) as pilot:
            other = Driver(app, pilot)
            await other.settle()
            await look(one, other)
            yield one, other


async def look(*uis: Driver) -> None:
    """Let two seconds be over in each."""
    for ui in uis:
        await ui.settle()  # a look waits for no writer that is busy, but is left out
        ui.app.file_watch.turn()
        await ui.settle()


async def test_each_sees_that_the_other_changed_the_list_and_nothing_jumps(store: Store, path: Path) -> None:
    async with two(path) as (one, other):
        await one.press("j")
        one.app.session.turn()  # where it is: kept now, not at any moment of what follows
        await look(one, other)
        await other.press("n")
        await other.write("From the other window")
        await other.press("ctrl+s")
        await look(one, other)
        assert "list changed" in one.picture()
        assert "list changed" not in other.picture()
        assert len(one.titles) == 3
        row = one.items.table.key
        await one.press("r")
        assert one.titles[0] == "From the other window"
        assert one.items.table.key == row


async def test_edits_of_different_items_are_both_kept(store: Store, path: Path) -> None:
    async with two(path) as (one, other):
        await other.press("j")
        await one.press("e")
        await other.press("e")
        await one.write("One ")
        await other.write("Other ")
        await one.press("ctrl+s")
        await other.press("ctrl+s")
    titles = {row.title for row in store.items.rows(limit=9).rows}
    assert len([title for title in titles if "One" in title or "Other" in title]) == 2
    assert store.check() == []


async def test_edits_of_one_item_meet_in_a_conflict_that_keeps_both(store: Store, path: Path) -> None:
    async with two(path) as (one, other):
        await one.press("e")
        await other.press("e")
        await one.write("One ")
        await other.write("Other ")
        await one.press("ctrl+s")
        await other.press("ctrl+s")
        shown = other.picture()
        assert "One" in shown and "Other" in shown
        assert any("One" in row.title for row in store.items.rows(limit=9).rows)


async def test_what_a_window_keeps_for_itself_is_no_change_to_the_other(store: Store, path: Path) -> None:
    async with two(path) as (one, other):
        await other.press("n")
        await other.write("Half a thought")
        other.app.session.turn()
        await other.settle()
        await look(one)
        assert store.drafts.get("new") is not None or store.preferences.get("session")
        assert "list changed" not in one.picture()


async def test_a_change_beside_a_draft_is_still_a_change(store: Store, path: Path) -> None:
    async with two(path) as (one, _):
        store.drafts.keep("new", "{}")
        store.items.add("Beside it")
        await look(one)
        assert "list changed" in one.picture()
