"""A real terminal for tests: a pty in which the program runs, with its screen read back by what is drawn."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0
"""Seconds until something that should be drawn counts as never drawn: a loaded machine is slow."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?<>=$]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78c])")


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.master = master
        self.raw = ""
        self.open = True

    def read(self, seconds: float = 0.0) -> str:
        """Read what was drawn, for at most so long; return it without escapes."""
        if self.open and select.select([self.master], [], [], seconds)[0]:
            try:
                found = os.read(self.master, 65_536)
            except OSError:
                found = b""
            self.raw += found.decode("utf-8", "replace")
            return _ESCAPES.sub("", found.decode("utf-8", "replace"))
        return ""

    def wait_for(self, *words: str) -> str:
        """Read until all *words* were drawn since the last call; return all that was drawn."""
        seen, deadline = "", time.monotonic() + PATIENCE
        while not all(each in seen for each in words):
            if time.monotonic() > deadline or (self.process.poll() is not None and not self.read()):
                raise AssertionError(f"{words!r} was never drawn, but: {seen[-2_000:]!r}")
            seen += self.read(0.1)
        return seen

    def send(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    def close(self) -> None:
        """Close the terminal, as its window's cross does."""
        if self.open:
            self.open = False
            os.close(self.master)

    def ends(self) -> int:
        """Wait until the program ended, reading what it draws; return its code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.1) if self.open else time.sleep(0.05)
        while self.read(0.1):
            pass
        return self.process.wait(timeout=PATIENCE)


def _take() -> None:
    """Make the terminal one's own, as a login does: under ``nohup`` the tests run with SIGHUP ignored."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def terminal(*args: str, size: tuple[int, int] = (100, 30), **environment: str) -> Iterator[Terminal]:
    """Run the command line with *args* in a terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TMUX", "COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", *args],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=kept | {"TERM": "xterm-256color"} | environment,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
        preexec_fn=_take,
    )
    os.close(slave)
    one = Terminal(process, master)
    try:
        yield one
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        one.close()
