"""What is done while a form is being saved: writing on, leaving, another screen above, another window."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.screen import Screen

from localstore.drafts import Drafts
from localstore.errors import StoreError
from localstore.store import Store
from tests.tui.pilot import PATIENCE, Driver, driving
from tui.screens.forms.conflict import ThreeVersions
from tui.screens.forms.kept_draft import KeptDraft
from tui.screens.item.form import ItemForm
from tui.screens.items.items import ItemsScreen
from tui.widgets.editor import Editor
from tui.widgets.fields import Field


@pytest.fixture(autouse=True)
def no_state_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@contextmanager
def writer_busy(ui: Driver) -> Iterator[None]:
    """Let nothing be written until the block ends."""
    free = threading.Event()

    def wait() -> None:
        free.wait(PATIENCE)

    ui.app.writer.submit(ui.app, wait)
    yield
    free.set()


async def palette(ui: Driver) -> Screen[Any]:
    """Open the palette, whatever waits; return it."""
    before = ui.app.screen
    ui._send("ctrl+p")
    while ui.app.screen is before:
        await asyncio.sleep(0.001)
    return ui.app.screen


async def send(ui: Driver, *keys: str) -> None:
    for key in keys:
        ui._send(key)
    for _ in range(5):
        await ui.pilot._wait_for_screen()


def title(ui: Driver) -> str:
    return ui.app.screen.query_one("#title", Field).value


async def test_what_is_written_after_saving_stays_in_the_form_and_is_saved_next(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("One")
        with writer_busy(ui):
            await send(ui, "ctrl+s")
            await send(ui, " ", "m", "o", "r", "e")
        await ui.settle()
        assert isinstance(ui.app.screen, ItemForm)
        assert title(ui) == "One more"
        assert store.items.get("One").title == "One"
        assert store.drafts.get("new") is None
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ItemsScreen)
    assert store.items.get("One more").title == "One more"
    assert store.items.count() == 4


async def test_a_screen_above_stays_while_the_form_below_ends(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("One")
        with writer_busy(ui):
            await send(ui, "ctrl+s")
            above = await palette(ui)
        await ui.settle()
        assert ui.app.screen is above
        await ui.press("escape")
        assert isinstance(ui.app.screen, ItemsScreen)
    assert store.items.get("One").title == "One"


async def test_a_conflict_waits_until_the_form_is_there_again(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("e")
        ui.app.screen.query_one("#title", Field).value = "Mine"
        await ui.settle()
        store.items.edit("Reading list", title="Theirs")
        with writer_busy(ui):
            await send(ui, "ctrl+s")
            above = await palette(ui)
        await ui.settle()
        assert ui.app.screen is above
        await ui.press("escape")
        assert isinstance(ui.app.screen, ThreeVersions)


async def test_a_conflict_after_leaving_is_said_and_the_draft_stays(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("e")
        ui.app.screen.query_one("#title", Field).value = "Mine"
        await ui.settle()
        item = store.items.get("Reading list").id
        store.items.edit("Reading list", title="Theirs")
        with writer_busy(ui):
            await send(ui, "ctrl+s")
            await send(ui, "escape")
        await ui.settle()
        assert "somebody changed it while you wrote" in ui.toasts[-1]
        draft = store.drafts.get(f"item:{item}")
        assert draft is not None
        assert '"Mine"' in draft.text


async def test_leaving_while_it_is_saved_leaves_no_draft(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("One")
        with writer_busy(ui):
            await send(ui, "ctrl+s")
            await send(ui, "escape")
        await ui.settle()
        assert ui.toasts == ["Saved “One” · u undo"]
    assert store.drafts.get("new") is None
    assert store.items.get("One").title == "One"


async def test_a_draft_that_cannot_be_dropped_is_no_failed_save(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise StoreError("The store is locked by another program: try again.")

    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Once")
        monkeypatch.setattr(Drafts, "drop", locked)
        await ui.press("ctrl+s")
        assert isinstance(ui.app.screen, ItemsScreen)
    assert store.items.count() == 4


def test_each_of_two_windows_keeps_and_drops_its_own_draft(store: Store) -> None:
    mine, theirs = KeptDraft(store.drafts, "new"), KeptDraft(store.drafts, "new")
    theirs.keep("theirs")
    mine.keep("mine")
    mine.keep("mine, longer")
    assert [each.text for name in ("new", "new 2") if (each := store.drafts.get(name))] == ["theirs", "mine, longer"]
    mine.saved("mine, longer")
    later = KeptDraft(store.drafts, "new").restore()
    assert later is not None
    assert later.text == "theirs"
    assert store.drafts.get("new 2") is None


async def test_a_pasted_line_too_long_for_the_screen_is_put_aside_and_saved_whole(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        await ui.write("Long")
        editor = ui.app.screen.query_one("#text", Editor)
        editor.text = "before  after"
        editor.focus()
        editor.move_cursor((0, 7))
        await ui.settle()
        long = "x" * 200_000
        editor.post_message(events.Paste(long))
        await ui.settle()
        assert editor.read_only
        assert len(editor.text) == 2_000
        await ui.press("ctrl+s")
    assert store.contents.of("Long")[0].text == f"before {long} after"
