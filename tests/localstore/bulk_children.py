"""Processes that run ``bulk_programs.py``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.localstore.children import ROOT, Child


class Importer(Child):
    """A process that runs one of them."""

    def __init__(self, program: str, *arguments: object) -> None:
        command = [sys.executable, "-m", "tests.localstore.bulk_programs", program, *map(str, arguments)]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )


@contextmanager
def importing(program: str, *arguments: object) -> Iterator[Importer]:
    """Run a program beside the block."""
    child = Importer(program, *arguments)
    try:
        yield child
    finally:
        child.process.kill()
        child.process.communicate()
