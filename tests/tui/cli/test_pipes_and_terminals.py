"""In a shell: pipes, a reader that leaves early, a terminal that is asked, Ctrl-C, completion."""

from __future__ import annotations

import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from localstore.store import Store
from tests.tui.cli.conftest import Shell
from tui.cli.visible import width


def on_a_terminal(*args: str, keys: Sequence[str] = (), columns: int = 60, **env: str) -> tuple[int, str]:
    """Run a command in a terminal, typing a line at each question; return exit code and what it shows."""
    leader, follower = pty.openpty()
    given = os.environ | {"COLUMNS": str(columns), "TERM": "xterm-256color"} | env
    process = subprocess.Popen(
        [sys.executable, "-m", "localstore", *args], stdin=follower, stdout=follower, stderr=follower, env=given
    )
    os.close(follower)
    shown = _read_all(leader, process, list(keys))
    os.close(leader)
    return process.wait(30), shown


def _read_all(leader: int, process: subprocess.Popen[bytes], keys: list[str]) -> str:
    found, answered, end = b"", 0, time.monotonic() + 30
    while time.monotonic() < end:
        ready, _, _ = select.select([leader], [], [], 0.05)
        if not ready and process.poll() is not None:
            break
        if not ready and keys and found[answered:].endswith(b": "):
            answered = len(found)
            os.write(leader, f"{keys.pop(0)}\n".encode())
        if ready:
            try:
                found += os.read(leader, 65536)
            except OSError:
                break
    return found.decode().replace("\r\n", "\n")


def test_ids_of_a_list_are_piped_into_a_tag(home: Path, shell: Shell) -> None:
    done = shell("localstore list --ids --type note | localstore tag add later - --json")
    assert done.stdout == '{\n  "tagged": 2\n}\n'


@pytest.mark.parametrize("command", ["list --ids", "list --json", "show x --text", "export -", "--help"])
def test_a_reader_that_leaves_early_is_no_error(command: str, home: Path, shell: Shell) -> None:
    with Store.open(home / "store.db") as store:
        store.items.add("x", text="y" * 3_000_000)
    done = shell(f"(localstore {command}; echo $? >&2) | true")
    assert done.stderr == "0\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("localstore list >&-", 0),
        ("localstore list 2>&-", 0),
        ("localstore tag add todo - <&-", 0),
        ("localstore rm a b <&-", 1),
        pytest.param(
            "localstore list > /dev/full", 1, marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux")
        ),
    ],
)
def test_a_stream_that_is_closed_or_full_is_no_traceback(line: str, code: int, home: Path, shell: Shell) -> None:
    done = shell(line)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)


def test_data_goes_to_stdout_and_messages_to_stderr(home: Path, shell: Shell) -> None:
    done = shell("localstore rm 'A paper' 2>/dev/null")
    assert (done.returncode, done.stdout) == (0, "")
    assert shell("localstore undo --quiet").stderr == ""


def test_a_terminal_is_asked_and_no_changes_nothing(home: Path) -> None:
    code, shown = on_a_terminal("rm", "Reading list", "A paper", keys=["n"])
    assert code == 130 and "[y/N]" in shown and "Nothing was changed." in shown
    with Store.open(home / "store.db") as store:
        assert store.items.count() == 3


def test_a_terminal_is_asked_and_yes_does_it(home: Path) -> None:
    code, _ = on_a_terminal("rm", "Reading list", "A paper", keys=["y"])
    assert code == 0
    with Store.open(home / "store.db") as store:
        assert store.items.count() == 1


def test_a_password_is_asked_twice_and_not_shown(home: Path) -> None:
    code, shown = on_a_terminal("users", "set-password", "ada@example.org", keys=["s3cret!", "s3cret!"])
    assert code == 0 and "s3cret!" not in shown
    with Store.open(home / "store.db") as store:
        assert store.users.verify_password("ada@example.org", "s3cret!")


def test_a_list_on_a_terminal_has_titles_colours_and_never_a_line_too_long(home: Path) -> None:
    with Store.open(home / "store.db") as store:
        store.items.add("日本語の長い題名 " * 20, tags=[f"tag-{n}" for n in range(9)])
    code, shown = on_a_terminal("list", columns=60)
    assert code == 0 and "TITLE" in shown and "\x1b[" in shown
    _, plain = on_a_terminal("list", columns=60, NO_COLOR="1")
    assert "\x1b[" not in plain
    assert max(map(width, plain.splitlines())) <= 60


def test_text_on_a_terminal_shows_control_characters_instead_of_obeying(home: Path) -> None:
    with Store.open(home / "store.db") as store:
        store.items.add("Raw", text="a\x1b[2Jb")
    _, shown = on_a_terminal("show", "Raw", "--text")
    assert shown == "a␛[2Jb\n"


def test_found_words_are_highlighted_on_a_terminal(home: Path) -> None:
    _, shown = on_a_terminal("search", "attention")
    assert "\x1b[33m\x1b[1mAttention\x1b[0m" in shown


def test_ctrl_c_ends_cleanly_with_130(home: Path) -> None:
    command = [sys.executable, "-m", "localstore", "show", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            _wait_until_it_reads(process.pid)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Stopped." in said and "Traceback" not in said


def _wait_until_it_reads(pid: int) -> None:
    """Wait until the store is open: the next thing the command does is read stdin."""
    end = time.monotonic() + 30
    while time.monotonic() < end and "store.db" not in _open_files(pid):
        select.select([], [], [], 0.02)


def _open_files(pid: int) -> str:
    folder = Path(f"/proc/{pid}/fd")
    return " ".join(map(_points_at, folder.iterdir())) if folder.exists() else ""


def _points_at(link: Path) -> str:
    """Where it points; the process may have closed the file since it was listed."""
    try:
        return str(link.readlink())
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.mark.parametrize(
    ("words", "at", "expected"),
    [
        ("localstore ta", "1", "tags"),
        ("localstore tags re", "2", "rename"),
        ("localstore list --tag t", "3", "todo"),
        ("localstore list --type p", "3", "paper"),
    ],
)
def test_the_shell_completes_commands_tags_and_types(
    words: str, at: str, expected: str, home: Path, shell: Shell
) -> None:
    done = shell("localstore", _LOCALSTORE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=at)
    assert f"plain,{expected}" in done.stdout.splitlines()


def test_the_shells_script_comes_from_the_line_that_help_shows(home: Path, shell: Shell) -> None:
    (line,) = [each for each in shell("localstore --help").stdout.splitlines() if "_LOCALSTORE_COMPLETE" in each]
    done = shell(f"bash -c {shlex.quote(line + '; complete -p localstore')}")
    assert done.returncode == 0 and "localstore" in done.stdout


def test_a_terminal_that_shows_no_unicode_gets_escapes(home: Path, shell: Shell) -> None:
    done = shell("localstore list", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0 and "\\u25cf" in done.stdout
