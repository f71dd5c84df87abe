"""What somebody else wrote steers no terminal: words of the command line, names of files, what a server says."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localstore import Store
from tests.tui.cli.conftest import Run, empty, run
from tests.tui.cli.contract import commands
from tests.tui.cli.test_hostile_text import RAW
from tui.cli import progress

__all__ = ["empty", "run"]

HOSTILE = "x\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\x1b]52;c;AAAA\x07"
STAY_OPEN = ("demo", "ui", "serve")
COMMANDS = [name for name in commands() if name not in STAY_OPEN]


def assert_tame(text: str) -> None:
    assert RAW.findall(text) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_repeats_no_word_as_it_came(name: str, empty: Path, run: Run) -> None:
    words = name.split()
    tails = ([HOSTILE], [HOSTILE, HOSTILE], [f"--{HOSTILE}"], ["--store", HOSTILE])
    said = [run(*words, *tail, "--debug", input="") for tail in tails]
    assert_tame("".join(done.stdout + done.stderr for done in said))


def test_an_option_repeats_no_value_as_it_came(empty: Path, run: Run) -> None:
    with Store.open(empty / "store.db"):
        pass
    options = [(name, option) for name in COMMANDS for option in commands()[name].params if option.opts[0][:2] == "--"]
    said = [run(*name.split(), "x", "--dry-run", option.opts[0], HOSTILE, input="") for name, option in options]
    assert_tame("".join(done.stdout + done.stderr for done in said))


def test_files_with_hostile_names_are_told_of_tamely(empty: Path, run: Run) -> None:
    (empty / "notes").mkdir()
    odd = empty / "notes" / f"{HOSTILE}.md"
    odd.write_bytes(b"\xff\xff")
    (empty / "notes" / "fine.md").write_text("# Fine\n")
    (empty / "notes" / f"{HOSTILE}2.md").symlink_to("/nowhere")
    table = empty / f"{HOSTILE}.csv"
    table.write_text(f"title,{HOSTILE}\nx,y\n{HOSTILE},y,z,z\n")
    tails = (["notes"], [str(odd)], [str(table)], [str(table), "--strict"], [str(table), "--title-column", "no"])
    said = [run("import", *tail, "--debug") for tail in tails]
    assert all(done.stderr for done in said)
    assert_tame("".join(done.stdout + done.stderr for done in said))


def test_a_line_of_progress_is_tame(empty: Path) -> None:
    class Terminal:
        written = ""

        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> None:
            self.written += text

        def flush(self) -> None:
            pass

    from tui.cli.session import Session

    terminal = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", terminal)
        patch.setattr(progress, "EVERY", -1.0)
        with progress.bar(Session(), HOSTILE) as report:
            assert report is not None
            report(1, 2)
    assert_tame(terminal.written.replace("\r", "").replace("\x1b[K", ""))
    assert "1 of 2" in terminal.written


# -- a server that is not what it seems


def _error(message: str) -> bytes:
    fields = {"S": "FATAL", "V": "FATAL", "C": "28000", "M": message, "D": message, "H": message}
    body = b"".join(key.encode() + value.encode() + b"\0" for key, value in fields.items()) + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body


def _answer(listening: socket.socket, message: str) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        with client:
            while (size := struct.unpack("!i", client.recv(4) or b"\0\0\0\0")[0]) == 8:  # SSL, GSS: no
                client.recv(4)
                client.sendall(b"N")
            client.recv(max(size - 4, 0))
            client.sendall(_error(message))


@contextmanager
def speaking(message: str) -> Iterator[int]:
    """A server that answers everybody with one error; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_answer, args=(listening, message))
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("words", [["sync", "link"], ["sync", "server", "status"]])
def test_what_a_server_says_is_told_tamely(words: list[str], empty: Path, run: Run) -> None:
    with speaking(f"no such role {HOSTILE}") as port:
        done = run(*words, f"postgresql://x@127.0.0.1:{port}/none#{'0' * 8}-0000-7000-8000-{'0' * 12}:{'0' * 64}"
                   if "link" in words else f"postgresql://x@127.0.0.1:{port}/none", "--debug")  # fmt: skip
    assert done.exit_code and "no such role" in done.stderr
    assert_tame(done.stderr + done.stdout)
