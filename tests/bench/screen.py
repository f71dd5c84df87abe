"""The terminal UI under a real pseudo-terminal: first paint, memory, key to repaint, beside an empty Textual app."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.measure import Row, environment, milliseconds

ESCAPES = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|P[^\x1b]*\x1b\\|[@-_=>])")
PAINTED = rb"\w{4}"
DOWN = b"\x1b[B"
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready")
Empty().run()
"""
OURS = "import sys; from pathlib import Path; from tui.app import run; run(Path(sys.argv[1]))"


@dataclass
class Seen:
    """What one run showed: seconds to the first paint and to the marker, megabytes, seconds from key to repaint."""

    first: float = 0.0
    marked: float = 0.0
    megabytes: float = 0.0
    keys: list[float] = field(default_factory=list)


class Terminal:
    """A program under a pty of 120 × 40; only what it started is ended."""

    def __init__(self, arguments: list[str]) -> None:
        env = environment() | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.start = time.perf_counter()
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execve(arguments[0], arguments, env)
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.output = b""

    def read(self, timeout: float) -> bytes:
        """Return what came within *timeout* seconds."""
        if not select.select([self.file], [], [], timeout)[0]:
            return b""
        try:
            got = os.read(self.file, 1 << 20)
        except OSError:
            return b""
        self.output += got
        return got

    def until(self, marker: bytes, timeout: float = 60) -> float:
        """Return the seconds from start until the marker stands on the screen."""
        while time.perf_counter() - self.start < timeout:
            self.read(0.01)
            if re.search(marker, ESCAPES.sub(b"", self.output)):
                return time.perf_counter() - self.start
        raise TimeoutError(f"{marker!r} never came")

    def quiet(self, calm: float = 0.5, limit: float = 10) -> None:
        """Wait until nothing was written for *calm* seconds."""
        end = last = time.perf_counter()
        while time.perf_counter() - last < calm and time.perf_counter() - end < limit:
            if self.read(0.02):
                last = time.perf_counter()

    def key(self, code: bytes) -> float:
        """Return the seconds from a key to the first byte of its repaint."""
        while self.read(0):
            pass
        start = time.perf_counter()
        os.write(self.file, code)
        self.read(2.0)
        took = time.perf_counter() - start
        while self.read(0.03):
            pass
        return took

    def megabytes(self) -> float:
        """Return the resident memory (Linux)."""
        status = Path(f"/proc/{self.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)

    def close(self) -> None:
        """End the program."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)


def watch(arguments: list[str], marker: bytes, keys: int = 0) -> Seen:
    """Start a program, wait for its marker, press keys."""
    terminal = Terminal([sys.executable, *arguments])
    try:
        seen = Seen(first=terminal.until(PAINTED), marked=terminal.until(marker))
        terminal.quiet()
        seen.keys = [terminal.key(DOWN) for _ in range(keys)]
        seen.megabytes = terminal.megabytes()
    finally:
        terminal.close()
    return seen


def rows(path: Path, rounds: int = 5) -> list[Row]:
    """Measure ours on a million items beside an empty app."""
    pairs = [
        (watch(["-c", OURS, str(path)], rb"item \d{6}", 60), watch(["-c", EMPTY], b"ready")) for _ in range(rounds + 1)
    ][1:]
    ours = statistics.median(mine.first for mine, _ in pairs)
    listed = statistics.median(mine.marked for mine, _ in pairs)
    empty = statistics.median(other.first for _, other in pairs)
    memory = max(mine.megabytes for mine, _ in pairs)
    keys = sorted(key for mine, _ in pairs for key in mine.keys)
    slow = keys[int(len(keys) * 0.95)]
    return [
        Row(
            "UI: first paint with 1M items, beside an empty Textual app",
            milliseconds(ours),
            milliseconds(empty),
            "≤ 2 ×",
            f"{ours / empty:.2f} ×",
            ours <= 2 * empty,
        ),
        Row(
            "UI: the first rows of 1M items painted, beside the same",
            milliseconds(listed),
            milliseconds(empty),
            "–",
            f"{listed / empty:.2f} ×",
            True,
        ),
        Row("UI: memory with 1M items", f"{memory:.0f} MB", "–", "≤ 120 MB", f"{memory:.0f} MB", memory <= 120),
        Row(
            "UI: key → repaint, p95",
            milliseconds(slow),
            "–",
            "≤ 40 ms",
            f"median {milliseconds(statistics.median(keys))}, p95 {milliseconds(slow)}",
            slow <= 0.04,
        ),
    ]
