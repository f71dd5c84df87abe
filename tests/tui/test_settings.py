"""Settings: values, where they come from, setting and unsetting them; and what this machine keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localstore.models import Setting
from localstore.store import Store
from tests.tui.pilot import SMALL, Driver, driving
from tests.tui.test_hostile_text import BIDI, EMOJI, ESCAPE, LINES, MARKUP, ZALGO, clean
from tui import keymap
from tui.screens.settings.setting_form import SettingForm
from tui.screens.settings.settings import SettingsScreen
from tui.widgets.bottom_lines import StatusLine
from tui.widgets.reading.reader import Reader

HOSTILE = f"{MARKUP} {ESCAPE} {BIDI} {LINES} {EMOJI} {ZALGO}"


def screen(ui: Driver) -> SettingsScreen:
    return next(each for each in ui.app.screen_stack if isinstance(each, SettingsScreen))


def shown(ui: Driver) -> dict[str, tuple[object, str]]:
    blocks = screen(ui).table.blocks
    found = [row for index in range(blocks.length) if (row := blocks.row(index)) is not None]
    return {row.key: (row.value, row.origin) for row in found}


def pane(ui: Driver) -> str:
    return screen(ui).query_one("#pane", Reader).plain_text


async def test_every_known_setting_is_listed_with_its_default(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("9")
        assert shown(ui)["trash.keep_days"] == (30, "default")
        assert "the model that makes vectors" in pane(ui)
        assert "as ada@example.org" in screen(ui).query_one(StatusLine).text


async def test_the_pane_tells_what_each_level_says(store: Store, path: Path) -> None:
    store.settings.set("trash.keep_days", 90, "global")
    store.settings.set("trash.keep_days", 7, "user")
    async with driving(path) as ui:
        await ui.press("9", "G")
        assert shown(ui)["trash.keep_days"] == (7, "user")
        assert "▸ person        7  ada@example.org" in pane(ui)
        assert "  everyone      90" in pane(ui)


async def test_a_value_is_checked_while_it_is_typed_and_set_at_a_chosen_scope(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("9", "G", "enter", *["backspace"] * 2)
        await ui.write("abc")
        assert ui.static("#said") == "✗ 'abc' is not a whole number from 0"
        await ui.press("enter")
        assert isinstance(ui.app.screen, SettingForm)
        await ui.press(*["backspace"] * 3)
        await ui.write("45")
        assert ui.static("#said") == "✔ a number: 45"
        assert ui.static("#scope").startswith("everyone")
        await ui.press("f2")
        assert ui.static("#scope").startswith("ada@example.org")
        await ui.press("enter")
        assert shown(ui)["trash.keep_days"] == (45, "user")
        assert ui.toasts[-1] == "Set trash.keep_days for ada@example.org: 45 · u undo"
        await ui.press("u")
        assert shown(ui)["trash.keep_days"] == (30, "default")


async def test_values_that_are_few_are_gone_through(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("9", "j", "e", "f3", "ctrl+s")
        assert shown(ui)["events.enabled"] == (False, "global")


async def test_unsetting_says_which_value_holds_now(store: Store, path: Path) -> None:
    store.settings.set("trash.keep_days", 90, "global")
    store.settings.set("trash.keep_days", 7, "user")
    async with driving(path) as ui:
        await ui.press("9", "G", "d")
        assert ui.static("#question") == "Unset trash.keep_days where?"
        await ui.press("enter")
        assert ui.toasts[-1] == "Unset trash.keep_days for ada@example.org: 90 holds now (everyone) · u undo"
        await ui.press("d")
        assert "30 holds now (default)" in ui.toasts[-1]
        await ui.press("d")
        assert "is not set for those you look at" in ui.toasts[-1]
        await ui.press("u", "u")
        assert shown(ui)["trash.keep_days"] == (7, "user")


async def test_a_key_this_program_does_not_know_is_set_and_kept(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("9", "n")
        await ui.write("lab.colours")
        await ui.press("enter")
        await ui.write('["red", 2]')
        assert ui.static("#said") == '✔ a list: ["red", 2]'
        await ui.press("enter")
        assert shown(ui)["lab.colours"] == (["red", 2], "global")
        assert screen(ui).table.key == "lab.colours"
        await ui.press("/")
        await ui.write("is:unknown")
        assert list(shown(ui)) == ["lab.colours"]


async def test_a_value_too_long_for_the_line_is_written_in_the_editor(store: Store, path: Path) -> None:
    store.settings.set("a.list", list(range(20_000)), known=False)
    async with driving(path) as ui:
        ui.app.edit_text = lambda text, suffix: f"[{len(json.loads(text))}]"
        await ui.press("9", "e")
        assert "are too many for this line" in ui.static("#said")
        await ui.press("ctrl+g", "enter")
        assert shown(ui)["a.list"] == ([20_000], "global")


async def test_settings_are_seen_through_the_eyes_of_another_person(store: Store, path: Path) -> None:
    bob = store.users.add("bob@example.org")
    store.settings.set("trash.keep_days", 3, user=bob.id)
    async with driving(path) as ui:
        await ui.press("9")
        assert shown(ui)["trash.keep_days"] == (30, "default")
        await ui.press("p")
        await ui.write("bob")
        await ui.press("enter")
        assert shown(ui)["trash.keep_days"] == (3, "user")
        assert "as bob@example.org" in screen(ui).query_one(StatusLine).text
        await ui.press("0")
        assert shown(ui)["trash.keep_days"] == (30, "default")


async def test_a_stored_value_that_the_setting_does_not_take_is_said_and_passed_over(store: Store, path: Path) -> None:
    with store.action("made") as action:
        action.insert(Setting, {"scope": "global", "key": "trash.keep_days", "value": "soon"})
    async with driving(path) as ui:
        await ui.press("9", "G")
        assert shown(ui)["trash.keep_days"] == (30, "default")
        assert "passed over" in pane(ui)
        assert "⚑ default" in ui.picture()


async def test_colours_are_shown_at_once_and_the_ones_before_come_back(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("9", "tab", "enter", "down")
        assert ui.app.theme == "localstore-light"
        await ui.press("escape")
        assert ui.app.theme == "localstore"
        await ui.press("enter", "down", "down", "enter")
        assert ui.app.theme == "localstore-contrast"


async def test_recent_searches_are_forgotten_after_a_yes(store: Store, path: Path) -> None:
    store.recent_searches.add("#nlp")
    async with driving(path) as ui:
        await ui.press("9", "tab", "j", "j", "j", "enter", "enter")
        assert store.recent_searches.all() == ["#nlp"]
        await ui.press("enter", "y")
        assert store.recent_searches.all() == []


async def test_what_is_wrong_with_the_keymap_is_told_where_it_lies(
    store: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keymap.json"
    file.write_text(json.dumps({"no.such": "x"}))
    monkeypatch.setattr(keymap, "user_file", lambda: file)
    async with driving(path) as ui:
        await ui.press("9", "tab", "j", "j")
        assert "keymap.json" in pane(ui)
        assert "no.such" in pane(ui)


async def test_at_80_by_24_both_lists_are_there_and_reading_only_sets_nothing(store: Store, path: Path) -> None:
    async with driving(path, size=SMALL, read_only=True) as ui:
        await ui.press("9")
        assert "events.enabled" in ui.picture()
        assert "recent searches" in ui.picture()
        await ui.press("e", "n", "d")
        assert isinstance(ui.app.screen, SettingsScreen)
        assert ui.toasts[-1].startswith("The store is open for reading only")


async def test_keys_and_values_that_attack_the_screen_are_shown_safely(store: Store, path: Path) -> None:
    text = HOSTILE
    store.settings.set(text[:500], {text[:100]: text}, known=False)
    async with driving(path) as ui:
        await ui.press("9", "G", "g", "j", "j", "j", "j")
        assert clean(ui)
        await ui.press("e")
        assert clean(ui)
        await ui.press("escape", "d")
        assert clean(ui)
        assert not [said for said in ui.toasts if "went wrong" in said]


async def test_a_model_that_is_not_there_is_no_value(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("9", "slash")
        await ui.write("embed.model")
        await ui.press("enter", "e")
        form = ui.app.screen
        assert isinstance(form, SettingForm)
        form.value.value = "no-such"
        await ui.press("ctrl+s")
        assert ui.app.screen is form
        assert "there is no model 'no-such' here" in ui.static("#said")
