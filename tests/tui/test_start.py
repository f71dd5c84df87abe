"""What the first paint waits for, and what it does not; what is done once the start is over."""

from __future__ import annotations

import gc
import json
import math
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

import tui.app
from localstore import Store
from tests.tui.pilot import SMALL, driving
from tui import after_start, registry, start, themes
from tui.app import LocalstoreApp
from tui.screens.items.items import ItemsScreen

LATER = (
    "peewee", "sqlite3", "apsw", "numpy", "httpx", "aiohttp", "psycopg", "markdown_it", "tree_sitter",
    "localstore.models", "localstore.store", "sync.rounds", "sync.protocol", "textual.widgets._text_area",
    "tui.widgets.editor", "tui.widgets.reading.markdown_preview", "tui.screens.item.item", "tui.palette",
)  # fmt: skip
CODE = f"""
import json, sys
import tui.app, tui.screens.items.items
from tui.registry import destinations
screens = [each.module for each in destinations() if each.digit != 1]
print(json.dumps([len(screens) > 8, [name for name in [*{LATER!r}, *screens] if name in sys.modules]]))
"""


def test_the_list_is_on_the_screen_before_the_store_all_other_screens_and_all_that_is_heavy_are_imported() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, []]


def test_before_the_app_is_imported_nothing_is_but_what_the_start_itself_is_made_of() -> None:
    code = "import sys, tui.start; print([name for name in ('textual', 'rich', 'tui.app') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_start_looks_for_no_garbage_and_the_end_of_the_app_does_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, Any]] = []
    monkeypatch.setattr(tui.app, "run", lambda path, **options: seen.append((gc.isenabled(), options)))
    start.run(path, ascii=True, read_only=True)
    assert seen == [(False, {"ascii": True, "read_only": True})]
    assert gc.isenabled()


async def test_the_theme_holds_from_the_first_style_on_and_none_is_read_twice(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[None] = []
    monkeypatch.setattr(LocalstoreApp, "refresh_css", lambda *_, **__: again.append(None))
    async with driving(path) as ui:
        assert ui.app.current_theme.name == themes.DEFAULT
        assert ui.app.has_class("-dark-mode", f"-theme-{themes.DEFAULT}")
        assert ui.items.table.tone("row", "muted").color.name == themes.THEMES[0].variables["muted"]  # type: ignore[union-attr]
        assert again == []


async def test_the_store_is_opened_once_and_behind_a_list_that_has_its_place(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heights: list[int] = []
    opened = LocalstoreApp.open_behind

    def look(app: LocalstoreApp) -> None:
        assert isinstance(app.screen, ItemsScreen)
        heights.append(app.screen.table.size.height)
        opened(app)

    monkeypatch.setattr(LocalstoreApp, "open_behind", look)
    async with driving(path) as ui:
        await ui.press("question_mark", "escape", "5", "1")
        assert len(heights) == 1
        assert heights[0] > 20


class Broad(Screen[None]):
    """A screen of two widths."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012


async def test_a_screen_has_the_class_of_its_width_before_it_is_styled(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        screen = Broad()
        ui.app.push_screen(screen)
        assert screen.classes == {"-wide"}
        await ui.settle()
        assert screen.classes == {"-wide"}
    async with driving(path, size=SMALL) as ui:
        screen = Broad()
        ui.app.push_screen(screen)
        assert screen.classes == {"-narrow"}


# -- after the start ------------------------------------------------------------------------------------------


async def test_each_screen_is_imported_on_a_thread_and_one_that_cannot_be_stops_no_other(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: dict[str, str] = {}

    def note(name: str) -> None:
        threads[name] = threading.current_thread().name
        if name == "tui.palette":
            raise ImportError(name)

    async with driving(path) as ui:
        wanted = {*after_start.OFTEN, *(each.module for each in registry.destinations())}
        monkeypatch.setattr(after_start, "import_module", note)
        ui.app.after_start.fetch(())
        await ui.settle()
        assert set(threads) == wanted
        assert set(threads.values()) == {"localstore imports"}
        assert ui.toasts == []


async def test_nothing_is_imported_while_keys_come(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    monkeypatch.setattr(after_start, "import_module", imported.append)
    async with driving(path) as ui:
        waiting = ui.app.after_start
        waiting.last_key, waiting.wanted = math.inf, ["tui.palette"]
        waiting._next()
        assert (waiting.wanted, imported) == (["tui.palette"], [])
        waiting.last_key = 0.0
        await ui.settle()
        assert imported == ["tui.palette"]


async def test_without_a_terminal_nothing_is_fetched(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        assert ui.app.after_start.wanted == []
        assert ui.app.after_start.lane.idle
        assert gc.isenabled()
