"""Bad luck: the store taken away, the terminal too small or closed, the process stopped; nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from textual.widgets import OptionList

from localstore.store import Store
from tests.tui.pilot import Driver, driving
from tests.tui.terminal import terminal
from tui.screens.dialogs.store_gone import StoreGoneScreen
from tui.screens.dialogs.too_small import TooSmall
from tui.screens.items.items import ItemsScreen
from tui.terminal import takes_unicode

ARGS = ("ui", "--no-mouse")
HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


async def look(ui: Driver) -> None:
    """Let two seconds be over."""
    ui.app.file_watch.turn()
    await ui.settle()


# -- the store is taken away


async def test_a_deleted_store_is_noticed_and_what_was_open_can_be_kept(store: Store, path: Path) -> None:
    store.close()
    async with driving(path) as ui:
        path.unlink()
        await look(ui)
        assert isinstance(ui.app.screen, StoreGoneScreen)
        assert "was deleted or moved while it was open" in ui.static("#text")
        await ui.press("c")
        assert ui.app.path == path.with_name("notes-kept.db")
        assert isinstance(ui.app.screen, ItemsScreen)
        assert ui.titles[0] == "Reading list"
        await ui.press("n")
        await ui.write("Goes on")
        await ui.press("ctrl+s")
    with Store.open(path.with_name("notes-kept.db")) as kept:
        assert kept.items.count() == 4
        assert kept.check() == []


async def test_nothing_is_written_to_a_store_that_is_gone_and_the_draft_is_kept(store: Store, path: Path) -> None:
    store.close()
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Not lost")
        path.rename(path.with_name("aside.db"))
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, StoreGoneScreen)
        path.with_name("aside.db").rename(path)
        await look(ui)
        assert not isinstance(ui.app.screen, StoreGoneScreen)
        assert "Not lost" in ui.picture()
        await ui.press("ctrl+s")
    with Store.open(path) as found:
        assert "Not lost" in {row.title for row in found.items.rows(limit=9).rows}
        assert found.check() == []


async def test_a_store_put_in_its_place_is_opened_unharmed(store: Store, path: Path, tmp_path: Path) -> None:
    store.close()
    with Store.open(tmp_path / "other.db", email="ada@example.org") as other:
        other.items.add("From the other file")
    async with driving(path) as ui:
        await ui.press("u")
        path.rename(path.with_name("aside.db"))
        (tmp_path / "other.db").rename(path)
        await look(ui)
        assert "was replaced by another file" in ui.static("#text")
        await ui.press("r")
        assert ui.titles == ["From the other file"]
    with Store.open(path) as found, Store.open(path.with_name("aside.db")) as aside:
        assert (found.items.count(), found.check()) == (1, [])
        assert (aside.items.count(), aside.check()) == (2, [])


async def test_a_file_that_is_no_store_is_left_as_it_is(store: Store, path: Path) -> None:
    store.close()
    async with driving(path) as ui:
        await ui.press("u")
        path.write_bytes(b"not a store " * 10_000)
        await look(ui)
        assert "was written over by something else" in ui.static("#text")
        assert ui.app.screen.query_one(OptionList).get_option("copy").disabled
        await ui.press("r")
        assert "is not a SQLite file" in ui.toasts[-1]
        assert isinstance(ui.app.screen, StoreGoneScreen)
        await look(ui)
        assert len([each for each in ui.app.screen_stack if isinstance(each, StoreGoneScreen)]) == 1
        await ui.press("q")
        assert ui.app._exit
    assert path.read_bytes() == b"not a store " * 10_000


async def test_a_store_locked_for_long_is_a_sentence_and_the_text_stays(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.app.store.database.timeout = 0.05
        await ui.press("n")
        await ui.write("Waits for its turn")
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        await ui.press("ctrl+s")
        assert any("locked by another program" in toast for toast in ui.toasts), ui.toasts
        assert "Waits for its turn" in ui.picture()
        holder.communicate()
        await ui.press("ctrl+s")
        assert ui.titles[0] == "Waits for its turn"


async def test_a_full_disk_keeps_the_text_and_says_so(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Too much")
        connection = ui.app.store.database._writer
        connection.pragma("max_page_count", connection.pragma("page_count"))
        connection.execute("CREATE TEMP TRIGGER full BEFORE INSERT ON items BEGIN SELECT raise(FAIL, 'x'); END")
        connection.execute("DROP TRIGGER full")
        blob = "x" * 3_000_000
        ui.app.edit_text = lambda *_: blob
        await ui.press("ctrl+g", "ctrl+s")
        assert any("No room left" in toast for toast in ui.toasts)
        assert "Too much" in ui.picture()
        assert len(ui.toasts) < 6
        connection.pragma("max_page_count", 1_000_000)
        await ui.press("ctrl+s")
    assert store.items.rows(limit=1).rows[0].title == "Too much"


async def test_a_store_made_read_only_underneath_is_a_sentence(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        ui.app.store.database._writer.pragma("query_only", True)
        await ui.press("n")
        await ui.write("Refused")
        await ui.press("ctrl+s")
        assert any("may not be written" in toast or "refuse" in toast for toast in ui.toasts)
        assert "Refused" in ui.picture()


async def test_an_editor_that_is_missing_is_a_sentence(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.editor import edit_in_terminal

    monkeypatch.setenv("VISUAL", "no-such-editor")
    async with driving(path) as ui:
        ui.app.edit_text = edit_in_terminal
        await ui.press("n", "ctrl+g")
        assert "'no-such-editor' cannot be started" in ui.toasts[-1]


# -- the terminal


@pytest.mark.parametrize("keys", ["", "e", "d", "?", "enter", "2", "6", "ctrl+o", "ctrl+p", ":"])
async def test_every_place_outlives_a_tiny_terminal_and_comes_back(store: Store, path: Path, keys: str) -> None:
    async with driving(path) as ui:
        await ui.press(*[keys] * bool(keys))
        before = ui.app.screen
        await ui.pilot.resize_terminal(20, 5)
        await ui.settle()
        assert isinstance(ui.app.screen, TooSmall)
        assert "Too small" in ui.picture()
        await ui.press("j", "d", "y", "1", "?")
        await ui.pilot.resize_terminal(120, 40)
        await ui.settle()
        assert ui.app.screen is before
    assert store.items.count() == 3


def test_a_closed_terminal_keeps_the_draft_and_ends_without_a_trace(store: Store, path: Path) -> None:
    with terminal("--store", str(path), *ARGS) as one:
        one.wait_for("Reading list")
        one.send("n")
        one.wait_for("new item")
        one.send("Half")
        one.wait_for("Half")
        one.close()
        assert one.ends() == 128 + signal.SIGHUP
    assert "Half" in drafts(store)
    assert store.check() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_draft_and_session_and_gives_the_terminal_back(
    store: Store, path: Path, number: signal.Signals
) -> None:
    with terminal("--store", str(path), *ARGS) as one:
        one.wait_for("Reading list")
        one.send("n")
        one.wait_for("new item")
        one.send("Half")
        one.wait_for("Half")
        os.kill(one.process.pid, number)
        assert one.ends() == 128 + number
        assert "\x1b[?1049l" in one.raw
        assert "Traceback" not in one.raw
    assert "Half" in drafts(store)
    assert store.preferences.get("session")["writing"] == "new"


def drafts(store: Store) -> str:
    with store.reading() as connection:
        return "".join(row[0] for row in connection.execute("SELECT text FROM drafts"))


def test_a_stopped_program_gives_the_terminal_back_and_draws_all_again(store: Store, path: Path) -> None:
    with terminal("--store", str(path), *ARGS) as one:
        one.wait_for("Reading list")
        one.send("\x1a")
        while "\x1b[?1049l" not in one.raw:
            one.read(0.1)
        os.waitpid(one.process.pid, os.WUNTRACED)
        os.kill(one.process.pid, signal.SIGCONT)
        one.wait_for("Reading list", "Attent")
        one.send("q")
        assert one.ends() == 0


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_is_told_so(path: Path, term: str) -> None:
    with terminal("--store", str(path), *ARGS, TERM=term) as one:
        assert "cannot be drawn here" in one.wait_for("terminal without a cursor")
        assert one.ends() == 1


def test_without_a_terminal_it_says_so() -> None:
    done = subprocess.run([sys.executable, "-m", "tui", "ui"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: The UI needs a terminal")


@pytest.mark.parametrize(
    ("environment", "yes"),
    [
        ({}, True),
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C.utf8"}, True),
    ],
)
def test_signs_beyond_ascii_are_drawn_where_the_locale_has_them(environment: dict[str, str], yes: bool) -> None:
    assert takes_unicode(environment) is yes


def test_in_a_locale_without_utf8_all_is_drawn_in_ascii(store: Store, path: Path) -> None:
    with terminal("--store", str(path), *ARGS, LANG="C", LC_ALL="C") as one:
        one.wait_for("Reading list")
        assert one.raw.isascii()


def test_a_broken_keymap_is_named_and_the_list_is_there_whatever_the_preferences_are(
    store: Store, path: Path, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "localstore" / "keymap.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"no.such": "x"}))
    store.preferences.set("ui", ["broken"])
    with terminal("--store", str(path), *ARGS, XDG_CONFIG_HOME=str(tmp_path / "config")) as one:
        one.wait_for("Reading list", "no.such")
