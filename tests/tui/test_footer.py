"""The line of keys: those of the place, undo and help for certain, and only what does something there and now."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.store import Store
from tests.tui.pilot import Driver, driving
from tui import keymap
from tui.screens.dialogs.question import Question


def footer(ui: Driver) -> str:
    return ui.picture().splitlines()[-1]


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_undo_and_help_are_there_however_narrow_it_is(store: Store, path: Path, size: tuple[int, int]) -> None:
    async with driving(path, size=size) as ui:
        assert [words in footer(ui) for words in ("n New", "u Undo", "? Help")] == [True] * 3


async def test_move_and_all_are_there_where_there_is_room(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        assert [words in footer(ui) for words in ("* All", "m Move", "u Undo  ? Help")] == [True] * 3


async def test_a_dialog_with_a_line_says_its_own_keys(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("t")
        assert [words in footer(ui) for words in ("enter Do it", "esc Leave", "EDIT", "n New")] == [True] * 3 + [False]
        await ui.press("escape")
        assert [words in footer(ui) for words in ("n New", "LIST")] == [True] * 2


async def test_a_store_open_for_reading_offers_no_key_that_writes(store: Store, path: Path) -> None:
    async with driving(path, read_only=True) as ui:
        written = [words in footer(ui) for words in ("New", "Edit", "Tag", "Delete", "Move", "Undo")]
        assert written == [False] * 6
        assert "s Sort" in footer(ui)


async def test_the_same_sentence_is_said_once(store: Store, path: Path) -> None:
    async with driving(path, read_only=True) as ui:
        await ui.press("n", "n", "d")
        assert ui.toasts == ["The store is open for reading only: start without --read-only to write."]


async def test_keys_of_json_are_named_in_json_only(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("n")
        assert "Format JSON" not in footer(ui)
        ui.app.screen.query_one("#meta_data").focus()
        await ui.settle()
        assert "F2 Format JSON" in footer(ui)
        assert "Preview" not in footer(ui)


def test_the_help_has_the_places_own_keys_first() -> None:
    scopes = list(dict.fromkeys(key.scope for key in keymap.nearest_first("itemlist", keymap.KEYS)))
    assert scopes == ["itemlist", "items", "list", "motion", "everywhere"]


@pytest.mark.parametrize("scope", ["vectors", "sync", "jobs"])
def test_marks_are_not_named_where_they_do_nothing(scope: str) -> None:
    assert not {key.id for key in keymap.bound(scope, keymap.KEYS)} & {"list.mark", "list.all"}


@pytest.mark.parametrize("before", [("n", "x"), ("n", "x", "f1"), ("n", "x", "ctrl+q")])
async def test_ctrl_q_asks_before_unsaved_text_is_left(store: Store, path: Path, before: tuple[str, ...]) -> None:
    async with driving(path) as ui:
        await ui.press(*before)
        await ui.press("ctrl+q")
        assert isinstance(ui.app.screen, Question)
        assert ui.static("#question") == "Quit with unsaved text?"
        assert sum(isinstance(screen, Question) for screen in ui.app.screen_stack) == 1


async def test_ctrl_q_leaves_from_the_find_line_when_nothing_is_unsaved(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/", "ctrl+q")
        assert ui.app._exit
