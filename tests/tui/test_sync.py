"""The Sync screen: rounds on demand and by the clock, stopping, what the status line says."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from localstore.store import Store
from sync.errors import Cancelled, ServerUnreachable
from sync.rounds import Round
from sync.shapes import Progress, Report
from tests.tui.pilot import PATIENCE, SMALL, driving
from tests.tui.scripted_sync import SERVER, Scripted, dirty, facts, linked, progress, status, until, wait, waits
from tui.screens.dialogs.question import Question
from tui.screens.items.items import ItemsScreen
from tui.screens.sync.conflicts import SyncConflicts
from tui.screens.sync.sync import SyncScreen
from tui.syncing import Phase
from tui.widgets.reading.reader import Reader
from tui.widgets.sync.progress import SyncProgress, figures


@pytest.fixture
def server() -> Scripted:
    return Scripted()


# -- a store without a server -------------------------------------------------------------------------------


async def test_a_store_without_a_server_says_what_belongs_here_and_the_key(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL) as ui:
        await ui.press("6")
        assert "Not linked with a server" in ui.picture()
        assert "l links this store: paste the address" in ui.picture()
        assert "not linked" in status(ui)
        await ui.press("s", "v", "L", "i")
        assert not ui.app.syncing.running
        assert ui.app.syncing.minutes == 0
        await ui.press("escape")
        assert isinstance(ui.app.screen, ItemsScreen)


async def test_without_a_server_no_status_line_speaks_of_sync(store: Store, path: Path) -> None:
    dirty(store, "a")
    async with driving(path) as ui:
        assert "push" not in status(ui)
        assert "sync" not in status(ui)


def test_the_screens_load_no_driver_and_of_sync_only_what_counts_for_the_status_line(path: Path) -> None:
    code = (
        "import importlib, pkgutil, sys\nimport tui.app, tui.screens\n"
        "for each in pkgutil.walk_packages(tui.screens.__path__, 'tui.screens.'):\n"
        "    importlib.import_module(each.name)\n"
        "found = sorted(name for name in sys.modules if name.split('.')[0] in ('psycopg', 'sync'))\n"
        "print(found)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['sync', 'sync.counts']\n"


# -- rounds -------------------------------------------------------------------------------------------------


async def test_the_screen_tells_server_device_person_share_and_what_waits(store: Store, path: Path) -> None:
    linked(store, synced=True)
    dirty(store, *[row.id for row in store.items.rows().rows])
    async with driving(path) as ui:
        await ui.press("6")
        words = facts(ui)
        assert f"server      {SERVER}" in words
        assert "device      laptop  acts as ada@lab.org" in words
        assert "shared      everything" in words
        assert "⇅ 3 rows  items 3" in words
        assert "conflicts   ✔ none" in words
        assert "not reached yet" in words
        assert "No round yet" in ui.picture()


async def test_the_first_round_shows_what_would_go_and_the_next_do_not_ask(
    store: Store, path: Path, server: Scripted
) -> None:
    linked(store)
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6", "s")
        assert ui.static("#question") == "Begin the first round?"
        await ui.press("escape")
        assert server.asked == ["estimate"]
        await ui.press("s", "y", "s")
        assert server.asked == ["estimate", "estimate", "round", "round"]


async def test_a_round_says_what_it_did_and_the_list_of_items_stays_where_it_is(
    store: Store, path: Path, server: Scripted
) -> None:
    linked(store, synced=True)
    server.done = Round(pushed={"items": 2}, pulled={"contents": 3}, seconds=0.42)
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("j", "6", "s")
        assert ui.toasts[-1] == "Synced: 2 ↑ pushed · 3 ↓ pulled · 0.4 s"
        await ui.press("escape")
        assert ui.items.table.cursor == 1
        assert "list changed" in status(ui)
        assert "✔ synced" in status(ui)


async def test_an_edit_goes_through_while_a_round_runs_and_progress_is_shown(
    store: Store, path: Path, server: Scripted
) -> None:
    linked(store, synced=True)
    begun, go_on = threading.Event(), threading.Event()

    def during(report: Report, cancelled: Callable[[], bool]) -> None:
        report(Progress("pull", "contents", 0, 31_000))
        report(Progress("pull", "contents", 12_400, 31_000, 2_000_000))
        begun.set()
        go_on.wait(PATIENCE)

    server.during = during
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6")
        ui._send("s")
        await until(ui, lambda: begun.is_set() and "40 %" in progress(ui))
        assert "syncing: pulling contents" in progress(ui)
        assert "12,400 of 31,000 rows" in progress(ui)
        assert "syncing 40 %" in status(ui)
        ui.app.store.items.add("Written meanwhile")
        assert store.items.count() == 4
        go_on.set()
        await ui.settle()
        assert "syncing" not in status(ui)
        assert not ui.app.screen.query_one(SyncProgress).has_class("-running")


@pytest.mark.parametrize("key", ["x", "escape"])
async def test_x_stops_the_round_and_says_so(store: Store, path: Path, server: Scripted, key: str) -> None:
    linked(store, synced=True)

    def during(report: Report, cancelled: Callable[[], bool]) -> None:
        report(Progress("push", "items", 1, None))
        while not cancelled():
            pass

    server.during = during
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6")
        ui._send("s")
        await until(ui, lambda: "pushing items" in progress(ui))
        ui._send(key)
        await ui.settle()
        assert ui.toasts[-1].startswith("Stopped: ")
        assert isinstance(ui.app.screen, SyncScreen)
        await ui.press("x")
        assert ui.toasts[-1] == "No round runs."


async def test_quitting_while_a_round_runs_asks_first(store: Store, path: Path, server: Scripted) -> None:
    linked(store, synced=True)
    server.during = lambda report, cancelled: wait(cancelled)
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6")
        ui._send("s")
        await until(ui, lambda: ui.app.syncing.running)
        ui._send("q")
        await until(ui, lambda: isinstance(ui.app.screen, Question) and ui.app.screen.query("#question"))
        assert ui.static("#question") == "Quit while a round runs?"
        ui._send("y")
        await until(ui, lambda: ui.app._exit)


async def test_a_server_that_is_away_is_offline_in_words_and_nothing_is_lost(
    store: Store, path: Path, server: Scripted
) -> None:
    linked(store, synced=True)
    dirty(store, "a")
    server.fails = ServerUnreachable("db.example.org does not answer: try again when you are online.")
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6", "s")
        assert "○ offline" in status(ui)
        assert "⇅ 1 to push" in status(ui)
        assert "offline: db.example.org does not answer" in facts(ui)
        server.fails = None
        await ui.press("s")
        assert "offline" not in status(ui)


async def test_an_error_nobody_foresaw_ends_the_round_with_a_sentence(
    store: Store, path: Path, server: Scripted
) -> None:
    linked(store, synced=True)
    server.fails = ZeroDivisionError("oh")
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6", "s")
        assert ui.toasts[-1] == "This went wrong and nothing was lost: ZeroDivisionError: oh"
        assert not ui.app.syncing.running


async def test_a_second_thing_is_not_begun_beside_a_round(store: Store, path: Path, server: Scripted) -> None:
    linked(store, synced=True)
    server.during = lambda report, cancelled: wait(cancelled)
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6")
        ui._send("s")
        await until(ui, lambda: ui.app.syncing.running)
        ui._send("v")
        await until(ui, lambda: bool(ui.toasts))
        assert ui.toasts[-1] == "A round is running: x stops it."
        ui._send("x")
        await ui.settle()
        assert server.asked == ["round"]


async def test_v_compares_and_a_stopped_one_is_no_error(store: Store, path: Path, server: Scripted) -> None:
    linked(store, synced=True)
    server.fails = Cancelled("Stopped: nothing was changed.")
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6", "v")
        assert server.asked == ["verify"]
        assert "Stopped" in ui.toasts[-1]


async def test_v_says_that_both_sides_are_the_same_or_offers_to_repair(
    store: Store, path: Path, server: Scripted
) -> None:
    linked(store, synced=True)
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        await ui.press("6", "v")
        assert ui.toasts[-1] == "Compared 9 rows: both sides are the same."
        server.differ = ["a", "b"]
        await ui.press("v")
        assert "Compared 9 rows: 2 rows differ (items 2)." in ui.static("#text")
        await ui.press("enter")
        assert server.asked == ["verify", "verify"]
        await ui.press("v", "y")
        assert server.asked[-1] == "repair"
        assert ui.toasts[-1].startswith("Repaired 2 rows")


# -- by the clock -------------------------------------------------------------------------------------------


async def test_i_takes_the_next_interval_and_this_machine_keeps_it(store: Store, path: Path) -> None:
    linked(store, synced=True)
    async with driving(path) as ui:
        await ui.press("6", "i", "i")
        assert "every 5 minutes" in facts(ui)
    async with driving(path) as ui:
        assert ui.app.syncing.minutes == 5
        await ui.press("6", "i", "i", "i")
        assert "off: on demand only" in facts(ui)


async def test_a_round_by_the_clock_says_nothing_but_in_the_status_line(
    store: Store, path: Path, server: Scripted
) -> None:
    linked(store, synced=True)
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        ui.app.syncing.due()
        await ui.settle()
        assert server.asked == ["round"]
        assert "✔ synced" in status(ui)
        server.fails = ServerUnreachable("away")
        ui.app.syncing.due()
        await ui.settle()
        assert "○ offline" in status(ui)
        assert ui.toasts == []
        server.fails, server.done = None, Round(conflicts=2)
        ui.app.syncing.due()
        await ui.settle()
        assert ui.toasts == ["2 new conflicts: 6 and c show what waits."]


async def test_before_the_first_round_the_clock_begins_none(store: Store, path: Path, server: Scripted) -> None:
    linked(store)
    async with driving(path) as ui:
        ui.app.syncing.calls = server
        ui.app.syncing.due()
        await ui.settle()
        assert server.asked == []


async def test_a_store_open_for_reading_never_syncs(store: Store, path: Path, server: Scripted) -> None:
    linked(store, synced=True)
    async with driving(path, read_only=True) as ui:
        ui.app.syncing.calls = server
        ui.app.syncing.due()
        await ui.press("6", "s", "L")
        assert server.asked == []
        assert "open for reading only" in ui.toasts[-1]


# -- the status line ----------------------------------------------------------------------------------------


async def test_the_status_line_counts_what_waits_after_each_edit(store: Store, path: Path) -> None:
    linked(store, synced=True)
    dirty(store, "a", "b", "c")
    waits(store)
    async with driving(path, size=SMALL) as ui:
        assert "⇅ 3 to push" in ui.picture()
        assert "⚑ 1 conflict" in ui.picture()
        dirty(ui.app.store, "d")
        await ui.press("d", "y")
        assert "⇅ 4 to push" in ui.picture()


async def test_new_rows_that_are_not_shared_do_notwait(store: Store, path: Path) -> None:
    linked(store, synced=True, share="org")
    dirty(store, "a")
    pk = store.items.rows().rows[0].id
    with store.database.writing() as connection:
        connection.execute("INSERT INTO sync_dirty (tbl, pk) VALUES ('items', ?)", (pk,))
    async with driving(path) as ui:
        assert "⇅ 1 to push" in status(ui)


async def test_a_million_waiting_rows_are_counted_to_ten_thousand(store: Store, path: Path) -> None:
    linked(store, synced=True)
    dirty(store, *map(str, range(10_050)))
    async with driving(path) as ui:
        assert "⇅ 10,000+ to push" in status(ui)


async def test_at_60_by_20_everything_is_there(store: Store, path: Path) -> None:
    linked(store, synced=True)
    waits(store)
    async with driving(path, size=(60, 20)) as ui:
        await ui.press("6")
        assert "⚑ 1 waits for you" in ui.picture()
        assert "s Sync" in ui.picture()
        await ui.press("c")
        assert isinstance(ui.app.screen, SyncConflicts)


async def test_in_ascii_every_sign_has_a_stand_in(
    store: Store, path: Path, server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    linked(store, synced=True)
    dirty(store, "a")
    async with driving(path, ascii=True) as ui:
        ui.app.syncing.calls = server
        await ui.press("6")
        assert ui.picture().isascii()
        ui.app.syncing.words, ui.app.syncing.phase = "syncing", Phase("pull items", 0.0, 5, 10, 9, 0, 1.0)
        ui.app.syncing.tell()
        await ui.settle()
        assert "#####" in ui.picture()
        assert ui.picture().isascii()
        ui.app.syncing.words = ""
        await ui.press("l")
        assert ui.picture().isascii()


def test_figures_say_share_rows_rate_and_the_time_left() -> None:
    phase = Phase("pull items", 0.0, 500, 2_000, 1_048_576, 0, 10.0)
    assert figures(phase) == "25 % · 500 of 2,000 rows · 1.0 MiB · 50 rows/s · 30 s left"
    assert figures(Phase("pull items", 0.0, 500, None, 0, 0, 0.0)) == "500 rows"


async def test_the_palette_and_the_help_know_the_keys(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("6", "?")
        words = ui.app.screen.query_one(Reader).plain_text
        assert "Carry changes both ways, now" in words
        assert "The server, rounds and conflicts" in words
