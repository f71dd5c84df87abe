"""Other processes at a store: each runs one function of a module of programs and is spoken to in lines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Program = Callable[..., None]
ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A process that runs a program: a function whose module calls what its first argument names."""

    def __init__(self, program: Program, *arguments: object) -> None:
        command = [sys.executable, "-m", program.__module__, program.__name__, *map(str, arguments)]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def says(self) -> str:
        """Wait for its next line; empty when it ended."""
        assert self.process.stdout
        return self.process.stdout.readline().rstrip("\n")

    def hear(self, line: str = "go") -> None:
        """Send it a line."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def kill(self) -> list[str]:
        """Kill it with SIGKILL; return the whole lines it said before."""
        self.process.send_signal(signal.SIGKILL)
        return [line.removesuffix("\n") for line in self._rest() if line.endswith("\n")]

    def ends(self) -> list[str]:
        """Wait for its end; return the lines that were left."""
        return [line.removesuffix("\n") for line in self._rest()]

    def _rest(self) -> list[str]:
        """Read what is left through the buffer that ``says`` filled; ``communicate`` would pass it by."""
        assert self.process.stdout
        rest = self.process.stdout.readlines()
        self.process.communicate()
        return rest


@contextmanager
def running(program: Program, *arguments: object) -> Iterator[Child]:
    """Run a program beside the block."""
    child = Child(program, *arguments)
    try:
        yield child
    finally:
        child.process.kill()
        child.process.communicate()


def said_by(program: Program, *arguments: object) -> list[str]:
    """Run a program to its end; return the lines it said."""
    child = Child(program, *arguments)
    lines = child.ends()
    assert child.process.returncode == 0, (program, lines)
    return lines
