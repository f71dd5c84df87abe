"""A text in the person's own editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore.errors import InvalidValue
from tui.editor import EditorFailed, edit_in_terminal


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that does what the script in it says with the file it is given."""
    program = tmp_path / "an editor"
    program.touch(mode=0o700)
    monkeypatch.setenv("VISUAL", f"'{program}' --wait")
    return program


def script(editor: Path, line: str) -> None:
    editor.write_text(f"#!/bin/sh\nshift\n{line}\n")


def test_what_the_editor_saved_comes_back(editor: Path) -> None:
    script(editor, 'printf " more" >> "$1"')
    assert edit_in_terminal("some") == "some more"


def test_what_was_not_changed_is_nothing(editor: Path) -> None:
    script(editor, "true")
    assert edit_in_terminal("some") is None


def test_a_line_end_that_the_editor_adds_is_no_change(editor: Path) -> None:
    script(editor, 'echo >> "$1"')
    assert edit_in_terminal("some") is None


def test_the_file_can_be_read_by_nobody_else_and_is_gone_afterwards(editor: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    script(editor, f'ls -l "$1" > "{seen}"; echo x >> "$1"')
    edit_in_terminal("secret")
    assert seen.read_text().startswith("-rw-------")
    assert not Path(seen.read_text().split()[-1]).exists()


@pytest.mark.parametrize(
    ("line", "words"), [("exit 3", "ended with code 3"), ('printf "\\377" > "$1"', "cannot be read as UTF-8")]
)
def test_a_failing_editor_is_a_sentence(editor: Path, line: str, words: str) -> None:
    script(editor, line)
    with pytest.raises(InvalidValue, match=words):
        edit_in_terminal("some")


def test_an_editor_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor-here")
    with pytest.raises(InvalidValue, match=r"cannot be started .*: set \$EDITOR"):
        edit_in_terminal("some")


def test_what_was_saved_before_the_editor_failed_is_handed_over_and_stays_in_its_file(editor: Path) -> None:
    script(editor, 'printf " more" >> "$1"; exit 1')
    with pytest.raises(EditorFailed, match="ended with code 1: what it saved is in") as caught:
        edit_in_terminal("some")
    assert caught.value.text == "some more"
    assert caught.value.kept.read_text() == "some more"
    caught.value.discard()
    assert not caught.value.kept.parent.exists()


def test_an_editor_that_was_killed_says_by_what(editor: Path) -> None:
    script(editor, "kill -KILL $$")
    with pytest.raises(InvalidValue, match=r"was killed \(SIGKILL\): nothing was changed"):
        edit_in_terminal("some")


@pytest.mark.parametrize(("line", "words"), [(': > "$1"', "left the file empty"), ('rm "$1"', "left no file to read")])
def test_a_file_left_empty_or_not_at_all_changes_nothing(editor: Path, line: str, words: str) -> None:
    script(editor, line)
    with pytest.raises(InvalidValue, match=words):
        edit_in_terminal("some")


def test_what_is_no_text_stays_in_its_file(editor: Path) -> None:
    script(editor, 'printf "\\377" > "$1"')
    with pytest.raises(InvalidValue, match="it stays in ") as caught:
        edit_in_terminal("some")
    kept = Path(str(caught.value).partition("it stays in ")[2].partition(", and")[0])
    assert kept.read_bytes() == b"\xff"
    kept.unlink()
    kept.parent.rmdir()
