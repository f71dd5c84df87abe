"""Keys: complete, without clashes, and a person's own merge with ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localstore.errors import InvalidValue
from localstore.store import Store
from tests.tui.pilot import driving
from tui import keymap
from tui.keymap import KEYS, Key


@pytest.mark.parametrize("scope", keymap.SCOPES)
def test_no_key_is_bound_twice_in_a_scope(scope: str) -> None:
    assert keymap.clashes(scope, KEYS) == []


@pytest.mark.parametrize("scope", [name for name, scope in keymap.SCOPES.items() if not scope.writes])
def test_no_key_is_bound_twice_in_the_scopes_that_hold_together(scope: str) -> None:
    held = keymap.bound(scope, KEYS)
    used = [name for key in held for name in key.all_keys]
    assert sorted(used) == sorted(set(used))


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_every_binding_has_an_id_help_and_a_name_in_the_palette(key: Key) -> None:
    assert key.scope in keymap.SCOPES
    assert set(keymap.SCOPES[key.scope].within) <= set(keymap.SCOPES)
    assert key.id.count(".") == 1
    assert key.help
    assert key.palette
    assert key.keys


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_every_binding_reaches_a_widget_by_its_id(key: Key) -> None:
    assert key.id in {binding.id for binding in keymap.bindings(key.scope)}  # type: ignore[union-attr]


@pytest.mark.parametrize("banned", ["ctrl+h", "ctrl+i", "ctrl+m", "ctrl+j", "ctrl+enter", "ctrl+a", "ctrl+b"])
def test_no_key_is_used_that_plain_terminals_and_tmux_do_not_send(banned: str) -> None:
    assert banned not in {name for key in KEYS.values() for name in key.all_keys}


def test_changes_merge_with_the_rest() -> None:
    merged = keymap.merge({"items.delete": "x", "motion.down": ["down", "ctrl+n"]})
    assert merged["items.delete"].all_keys == ("x",)
    assert merged["motion.down"].all_keys == ("down", "ctrl+n")
    assert merged["items.edit"] == KEYS["items.edit"]
    assert keymap.for_textual(merged).keys() == KEYS.keys()


def test_the_letters_of_vim_can_be_switched_off() -> None:
    merged = keymap.merge({"vim": False})
    assert merged["motion.down"].all_keys == ("down",)
    assert merged["items.delete"].all_keys == ("d",)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"items.destroy": "x"}, "there is no key 'items.destroy': 'localstore ui --keys' lists them"),
        ({"items.edit": "d"}, "d is bound to items.edit and items.delete: change one of them"),
        ({"items.edit": 4}, 'expected a key like "x" or a list like ["x", "ctrl+x"]'),
        ({"items.edit": []}, 'expected a key like "x" or a list like ["x", "ctrl+x"]'),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_a_sentence(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        keymap.merge(changes, "keymap.json")
    assert str(caught.value).startswith("keymap.json")
    assert words in str(caught.value)


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "keymap.json"
    file.write_text("{")
    with pytest.raises(InvalidValue, match=r"keymap\.json cannot be read as JSON"):
        keymap.load(file)


def test_without_a_file_the_keys_are_ours(tmp_path: Path) -> None:
    assert keymap.load(tmp_path / "none.json") == KEYS


def test_the_table_has_a_row_for_each_key() -> None:
    rows = keymap.table()
    assert {row.id for row in rows} == KEYS.keys()
    assert ("Items", "d", "items.delete", "Delete, after a preview") in rows


async def test_a_persons_keymap_works_in_the_list_the_footer_and_the_help(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "keymap.json"
    file.write_text(json.dumps({"items.delete": "x", "vim": False}))
    monkeypatch.setattr(keymap, "user_file", lambda: file)
    async with driving(path) as ui:
        assert "x Delete" in ui.picture()
        await ui.press("j", "d")
        assert ui.items.table.cursor == 0
        await ui.press("x")
        assert ui.static("#question").startswith("Delete")


async def test_a_bad_keymap_is_said_and_ours_are_used(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "keymap.json"
    file.write_text('{"no.such": "x"}')
    monkeypatch.setattr(keymap, "user_file", lambda: file)
    async with driving(path) as ui:
        assert "there is no key 'no.such'" in ui.toasts[0]
        await ui.press("j")
        assert ui.items.table.cursor == 1
