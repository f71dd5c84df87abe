"""Copying: by the tool of this machine, through tmux, through the terminal, or to a file; each says how."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from localstore.store import Store
from tests.tui.pilot import driving
from tui.clipboard import copy, way


def having(*names: str) -> Callable[[str], str | None]:
    return lambda name: f"/bin/{name}" if name in names else None


SSH = {"SSH_CONNECTION": "1 2 3 4"}


@pytest.mark.parametrize(
    ("environment", "platform", "tools", "command"),
    [
        ({}, "darwin", ("pbcopy",), ("pbcopy",)),
        ({"WAYLAND_DISPLAY": "w"}, "linux", ("wl-copy", "xclip"), ("wl-copy",)),
        ({"DISPLAY": ":0"}, "linux", ("wl-copy", "xclip"), ("xclip", "-selection", "clipboard")),
        ({"DISPLAY": ":0"}, "linux", ("xsel",), ("xsel", "--clipboard", "--input")),
        ({"TMUX": "t"}, "linux", ("tmux",), ("tmux", "load-buffer", "-w", "-")),
        ({"TMUX": "t", **SSH, "DISPLAY": ":0"}, "linux", ("tmux", "xclip"), ("tmux", "load-buffer", "-w", "-")),
        ({**SSH, "DISPLAY": ":0"}, "linux", ("xclip",), ()),
        (SSH, "darwin", ("pbcopy",), ()),
        ({}, "linux", ("xclip",), ()),
    ],
)
def test_the_tool_is_the_one_of_the_machine_the_person_sits_at(
    environment: dict[str, str], platform: str, tools: tuple[str, ...], command: tuple[str, ...]
) -> None:
    chosen = way({"TERM": "xterm"} | environment, platform, having(*tools))
    assert chosen.command == command
    assert chosen.terminal is not bool(command)


def test_a_word_says_what_to_allow() -> None:
    assert "allow clipboard access (OSC 52)" in way({"TERM": "xterm"}, "linux", having()).word
    assert way({"TERM": "xterm", **SSH}, "linux", having()).word.startswith("sent over ssh")
    assert "set -g set-clipboard on" in way({"TERM": "tmux", "TMUX": "t"}, "linux", having()).word


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No clipboard of this machine reaches a test; files go to the test's own folder."""
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.platform", "linux")
    return monkeypatch


async def test_a_terminal_without_a_clipboard_gets_a_private_file(
    store: Store, path: Path, bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare.setenv("TERM", "linux")
    async with driving(path) as ui:
        copy(ui.app, "a text\n", "Text")
        await ui.settle()
        (file,) = tmp_path.glob("localstore-copied-*.txt")
        assert ui.toasts == [f"Text is in {file}, for this terminal has no clipboard."]
        assert (file.read_text(), file.stat().st_mode & 0o777) == ("a text\n", 0o600)


async def test_a_tool_takes_the_text_and_one_that_fails_is_named(
    store: Store, path: Path, bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "wl-copy"
    tool.write_text(f'#!/bin/sh\ncat > "{tmp_path}/copied"\n')
    tool.chmod(0o700)
    bare.setenv("PATH", str(tmp_path), prepend=":")
    bare.setenv("WAYLAND_DISPLAY", "w")
    async with driving(path) as ui:
        copy(ui.app, "漢字\ud800", "Title")
        await ui.settle()
        assert ui.toasts == ["Title copied with wl-copy."]
        assert (tmp_path / "copied").read_text() == "漢字?"
        tool.write_text("#!/bin/sh\nexit 1\n")
        copy(ui.app, "x", "Title")
        await ui.settle()
        assert "for wl-copy failed" in ui.toasts[-1]


async def test_a_long_text_through_the_terminal_says_that_it_may_not_arrive(
    store: Store, path: Path, bare: pytest.MonkeyPatch
) -> None:
    async with driving(path) as ui:
        copy(ui.app, "x" * 200_000, "Text")
        await ui.settle()
        assert "195 KB: many terminals take no more than 73" in ui.toasts[0]
        assert ui.app.clipboard == "x" * 200_000
