"""Keys: complete, without clashes, and a person's own merge with ours."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from localstore.store import Store
from tests.tui.pilot import driving
from tui import keymap
from tui.keymap import KEYS, Key
from tui.keymap_file import is_key
from tui.palette import Actions
from tui.registry import Destination, destinations


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
    merged, faults = keymap.merge({"items.delete": "X", "motion.down": ["down", "ctrl+n"]})
    assert faults == []
    assert merged["items.delete"].all_keys == ("X",)
    assert merged["motion.down"].all_keys == ("down", "ctrl+n")
    assert merged["items.edit"] == KEYS["items.edit"]
    assert keymap.for_textual(merged).keys() == KEYS.keys()


def test_the_letters_of_vim_can_be_switched_off() -> None:
    merged, _ = keymap.merge({"vim": False})
    assert merged["motion.down"].all_keys == ("down",)
    assert merged["items.delete"].all_keys == ("d",)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"items.destroy": "x"}, "items.destroy: there is no key 'items.destroy': 'localstore ui --keys' lists them"),
        ({"items.edit": "d"}, "items.edit: d is bound to items.edit and items.delete: change one of them"),
        ({"items.edit": 4}, 'items.edit: expected a key like "x" or a list like ["x", "ctrl+x"]'),
        ({"items.edit": []}, 'items.edit: expected a key like "x" or a list like ["x", "ctrl+x"]'),
        ({"items.edit": "strg+x"}, "items.edit: 'strg+x' is no key"),
        ({"vim": "no"}, "vim: expected true or false"),
    ],
)
def test_a_change_that_cannot_be_is_said_and_the_others_hold(changes: dict[str, Any], words: str) -> None:
    merged, faults = keymap.merge({**changes, "items.similar": "F"}, "keymap.json")
    assert [fault for fault in faults if not fault.startswith(f"keymap.json: {words}")] == []
    assert len(faults) == 1
    assert merged["items.edit"] == KEYS["items.edit"]
    assert merged["items.similar"].all_keys == ("F",)


def test_two_keys_can_be_exchanged() -> None:
    merged, faults = keymap.merge({"items.edit": "d", "items.delete": "e"})
    assert faults == []
    assert (merged["items.edit"].keys, merged["items.delete"].keys) == (("d",), ("e",))


def test_a_file_broken_in_one_line_is_named_and_its_other_lines_hold(tmp_path: Path) -> None:
    file = tmp_path / "keymap.json"
    file.write_text('{\n  "items.edit": "K",\n  "items.tag": T,\n  "items.delete": "Q"\n}\n')
    merged, faults = keymap.load(file)
    assert faults[0].startswith(f"{file}, line 3: no JSON here")
    assert [merged[id].keys for id in ("items.edit", "items.tag", "items.delete")] == [("K",), ("t",), ("Q",)]


def test_a_fault_names_file_line_and_id(tmp_path: Path) -> None:
    file = tmp_path / "keymap.json"
    file.write_text('{\n  "items.edit": "K",\n  "items.destroy": "x"\n}\n')
    merged, faults = keymap.load(file)
    assert [fault.partition(": there")[0] for fault in faults] == [f"{file}, line 3: items.destroy"]
    assert merged["items.edit"].keys == ("K",)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[]", b"", b"null", b"{" * 100_000])
def test_a_file_of_any_bytes_leaves_our_keys(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "keymap.json"
    file.write_bytes(content)
    merged, faults = keymap.load(file)
    assert merged == KEYS
    assert len(faults) == 1 and str(file) in faults[0]


def test_without_a_file_the_keys_are_ours(tmp_path: Path) -> None:
    assert keymap.load(tmp_path / "none.json") == (KEYS, [])


def test_a_comma_can_be_a_key() -> None:
    merged, faults = keymap.merge({"items.similar": ","})
    assert faults == []
    assert keymap.for_textual(merged)["items.similar"] == "comma"


@pytest.mark.parametrize(
    "name", ["x", "X", "?", "f2", "ctrl+x", "pagedown", "shift+tab", "space", "ctrl+shift+up", "+"]
)
def test_keys_are_known_by_the_names_people_write(name: str) -> None:
    assert is_key(name)


@pytest.mark.parametrize("name", ["", "del ete", "CTRL+x", "strg+x", "f99", "ctrl+"])
def test_other_words_are_no_keys(name: str) -> None:
    assert not is_key(name)


@pytest.mark.parametrize(
    "scope", ["items", "itemlist", "rail", "find", "editor", "dialog", "prompt", "vectors", "sync"]
)
def test_the_help_has_a_sentence_on_each_place(scope: str) -> None:
    assert keymap.about(scope).endswith(".")


def test_the_table_has_a_row_for_each_key() -> None:
    rows = keymap.table()
    assert {row.id for row in rows} == KEYS.keys()
    assert ("Items", "d", "items.delete", "Delete, after a preview") in rows


async def test_a_persons_keymap_works_in_the_list_the_footer_and_the_help(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "keymap.json"
    file.write_text(json.dumps({"items.delete": "X", "vim": False}))
    monkeypatch.setattr(keymap, "user_file", lambda: file)
    async with driving(path) as ui:
        assert "X Delete" in ui.picture()
        await ui.press("j", "d")
        assert ui.items.table.cursor == 0
        await ui.press("X")
        assert ui.static("#question").startswith("Delete")


async def test_a_bad_entry_is_said_at_the_start_and_in_the_help(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "keymap.json"
    file.write_text('{"no.such": "x", "items.delete": "X"}')
    monkeypatch.setattr(keymap, "user_file", lambda: file)
    async with driving(path) as ui:
        assert "there is no key 'no.such'" in ui.toasts[0]
        await ui.press("j")
        assert ui.items.table.cursor == 1
        assert "X Delete" in ui.picture()
        await ui.press("?", "G")
        assert "there is no key 'no.such'" in ui.picture()


async def test_f1_helps_while_writing_and_over_a_dialog(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        await ui.press("/", "f1")
        assert "Says which items are listed" in ui.picture()
        await ui.press("escape", "escape", "d", "f1")
        assert "Enter does what the chosen button says" in ui.picture()
        await ui.press("escape", "escape")
        assert ui.app.screen is ui.items


async def test_the_palette_has_every_binding_of_the_place(store: Store, path: Path) -> None:
    async with driving(path) as ui:
        names = {entry.name for entry in Actions(ui.app.screen).entries()}
        assert {key.palette for key in keymap.bound("itemlist", ui.app.keys)} - names == {"Palette"}


@pytest.mark.parametrize("place", destinations(), ids=lambda place: place.name)
def test_every_destination_leads_to_a_screen(place: Destination) -> None:
    assert callable(getattr(import_module(place.module), place.where.partition(":")[2]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"items.delete": "j"}, "j is bound to items.delete and motion.down: change one of them"),
        ({"items.delete": "1"}, "1 is bound to items.delete and everywhere.items: change one of them"),
        ({"everywhere.undo": "d"}, "d is bound to everywhere.undo and"),
        ({"items.delete": "/"}, "/ is bound to items.delete and everywhere.find: change one of them"),
        ({"editor.save": "s"}, 's is text where one writes: take a key like "ctrl+x" or "f2"'),
        ({"find.clear": "space"}, "space is text where one writes"),
        ({"recordform.save": "plus"}, "plus is text where one writes"),
    ],
)
def test_a_key_that_is_taken_where_it_would_hold_is_refused_and_ours_stays(changes: dict[str, str], words: str) -> None:
    (name,) = changes
    merged, faults = keymap.merge({**changes, "items.similar": "F"}, "keymap.json")
    assert [fault.startswith(f"keymap.json: {name}: {words}") for fault in faults] == [True]
    assert merged[name] == KEYS[name]
    assert merged["items.similar"].all_keys == ("F",)


@pytest.mark.parametrize(
    "changes",
    [
        {"items.delete": "j", "vim": False},
        {"editor.save": "f12"},
        {"recordchoice.next": "x"},
        {"everywhere.undo": "z", "items.delete": "u"},
        {"tags.merge": "t"},
    ],
)
def test_a_key_that_is_free_where_it_holds_is_taken(changes: dict[str, Any]) -> None:
    assert keymap.merge(changes).faults == []
