"""Processes that run ``rescue_programs.py``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.localstore.children import ROOT, Child


class Rescue(Child):
    """A process that runs one of them."""

    def __init__(self, program: str, *arguments: object) -> None:
        command = [sys.executable, "-m", "tests.localstore.rescue_programs", program, *map(str, arguments)]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )


@contextmanager
def running(program: str, *arguments: object) -> Iterator[Rescue]:
    """Run a program beside the block."""
    child = Rescue(program, *arguments)
    try:
        yield child
    finally:
        child.process.kill()
        child.process.communicate()
