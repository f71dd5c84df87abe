"""Kill -9 at a random moment of a write."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.faults import world
from tests.faults.acknowledged import Heard, Model, heard
from tests.faults.judge import judged
from tests.faults.numbered import numbered
from tests.faults.writes import KINDS, carry_out

ROOT = Path(__file__).parents[2]
LATER = 1.1
"""How much longer than the write takes a child may live: some are killed in closing, some after it."""


class Killer:
    """A zygote, the world, and what writes would do without a fault."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self.folder = folder
        self.world = world.make(folder / "world")
        self.model = cache(self._model)
        self.lasts = cache(self._lasts)
        self.steps: dict[int, int] = {}
        """How many kills came after so many acknowledged steps."""

    def _model(self, kind: str) -> list[str]:
        """Return the sums after each step of a write."""
        return unharmed(kind, self.world, self.folder / "model")

    def _lasts(self, kind: str) -> float:
        """Return how many seconds a write takes."""
        lived, _ = self._send(kind, None)
        return lived

    def _send(self, kind: str, moment: float | None, base: Path | None = None, ids: int = 1) -> tuple[float, Heard]:
        folder = self.folder / "struck"
        shutil.rmtree(folder, ignore_errors=True)
        world.copy(base or self.world, folder)
        (folder / "told").unlink(missing_ok=True)
        order = {"kind": kind, "folder": str(folder), "told": str(folder / "told"), "moment": moment, "ids": ids}
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline()), heard(folder / "told")

    def kill(self, kind: str, seed: int) -> list[str]:
        """Kill a write at a moment of that seed; return what is wrong afterwards."""
        return self._kill(kind, seed, self.world, self.model(kind))

    def again(self, kind: str, seed: int) -> list[str]:
        """The same, in the store that the last such kill left."""
        left = self.folder / "left"
        if not left.exists():
            world.copy(self.world, left)
        wrong = self._kill(kind, seed, left, unharmed(kind, left, self.folder / "model", 100 + seed), 100 + seed)
        shutil.rmtree(left)
        world.copy(self.folder / "struck", left)
        return wrong

    def _kill(self, kind: str, seed: int, base: Path, model: list[str], ids: int = 1) -> list[str]:
        moment = random.Random(f"{kind} {seed}").uniform(0, LATER * self.lasts(kind))
        _, told = self._send(kind, moment, base, ids)
        self.steps[told.steps] = self.steps.get(told.steps, 0) + 1
        wrong = judged(KINDS[kind], self.folder / "struck", told, model)
        return [f"{kind}, seed {seed}, killed after {moment:.4f} s: {each}" for each in wrong]


def unharmed(kind: str, base: Path, folder: Path, ids: int = 1) -> list[str]:
    """Return the sums after each step of a write that nothing strikes."""
    model = Model(KINDS[kind].whole)
    with numbered(ids):
        carry_out(KINDS[kind], world.copy(base, folder), model)
    shutil.rmtree(folder)
    return model.sums


@contextmanager
def killing(folder: Path) -> Iterator[Killer]:
    """Keep a zygote for the block."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.faults.zygote"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdin=pipe, stdout=pipe) as process:
        try:
            yield Killer(process, folder)
        finally:
            process.kill()
