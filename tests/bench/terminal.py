"""A program under a real pseudo-terminal: what it paints and when, what it answers to a key, what it costs."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.measure import environment

ESCAPES = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|P[^\x1b]*\x1b\\|[@-_=>])")
PAINTED = rb"\w{4}"
SIZE = (40, 120)
KEYS = {
    "down": b"\x1b[B",
    "end": b"\x1b[F",
    "enter": b"\r",
    "escape": b"\x1b",
    "home": b"\x1b[H",
    "page down": b"\x1b[6~",
    "run": b"\n",
    "up": b"\x1b[A",
    "url": b"\x0c",
}
CALM = 0.03
"""Seconds without a byte after which a key's repaint is over."""


class Terminal:
    """A program under a pty of 120 × 40; only what it started is ended."""

    def __init__(self, arguments: Sequence[str], more: Mapping[str, str] | None = None) -> None:
        env = environment() | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"} | dict(more or {})
        self.start = time.perf_counter()
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execve(arguments[0], list(arguments), env)
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        self.output = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        """End the program."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)

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
        """Return the seconds since the start, or the last ``forget``, until a marker stands on the screen."""
        while time.perf_counter() - self.start < timeout:
            self.read(0.01)
            if re.search(marker, ESCAPES.sub(b"", self.output)):
                return time.perf_counter() - self.start
        shown = re.sub(rb"\s+", b" ", ESCAPES.sub(b"", self.output))[-600:]
        raise TimeoutError(f"{marker!r} never came; the end of what did: {shown.decode('utf-8', 'replace')}")

    def forget(self) -> None:
        """Begin to count anew: seconds, and what stands on the screen."""
        self.output, self.start = b"", time.perf_counter()

    def quiet(self, calm: float = 0.5, limit: float = 10) -> None:
        """Wait until nothing was written for *calm* seconds, at most *limit*."""
        begun = last = time.perf_counter()
        while time.perf_counter() - last < calm and time.perf_counter() - begun < limit:
            if self.read(0.02):
                last = time.perf_counter()

    def write(self, keys: bytes) -> None:
        """Press keys, waiting for nothing."""
        os.write(self.file, keys)

    def key(self, code: bytes, calm: float = CALM) -> float:
        """Return the seconds from a key to the first byte of its repaint."""
        while self.read(0):
            pass
        begun = time.perf_counter()
        os.write(self.file, code)
        self.read(2.0)
        took = time.perf_counter() - begun
        while self.read(calm):
            pass
        return took

    def whole(self, code: bytes, bytes_: int = 2_000) -> float:
        """Return the seconds from a key until most of a screen was painted."""
        while self.read(0):
            pass
        begun, got = time.perf_counter(), 0
        os.write(self.file, code)
        while got < bytes_ and time.perf_counter() - begun < 5:
            got += len(self.read(0.01))
        return time.perf_counter() - begun

    # -- what it costs (Linux; 0 elsewhere) -------------------------------------------------------------------

    def megabytes(self) -> float:
        """Return the resident memory."""
        found = re.search(r"VmRSS:\s+(\d+)", _proc(self.pid, "status"))
        return int(found[1]) / 1024 if found else 0.0

    def processor(self) -> float:
        """Return the seconds of processor time it took so far."""
        fields = _proc(self.pid, "stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def _proc(pid: int, name: str) -> str:
    path = Path(f"/proc/{pid}/{name}")
    return path.read_text() if path.exists() else ""
