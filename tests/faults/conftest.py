"""One world and one warm process for all faults of a run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.faults import disk, power, world
from tests.faults.kill import Killer, killing, unharmed
from tests.faults.writes import KINDS

RECORDS = 120
"""Records to import in the small world, whose every operation is a fault."""


@pytest.fixture(scope="session")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    with killing(tmp_path_factory.mktemp("kill")) as found:
        yield found


class Small:
    """A small world, and what of each kind of write is struck in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = world.make(folder / "base", RECORDS)
        self.model = cache(lambda name: unharmed(name, self.base, folder / "model"))
        self.recording = cache(self._recording)
        self.operations = cache(lambda name: disk.operations(KINDS[name], self.base, folder / f"counted {name}"))

    def _recording(self, name: str) -> power.Recording:
        return power.Recording(KINDS[name], self.base, self.folder / f"recorded {name}")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return Small(tmp_path_factory.mktemp("small"))


def chosen(seed: str, count: int, most: int) -> list[int]:
    """Return some numbers from 1 to *most*, the same each time."""
    return sorted(random.Random(seed).sample(range(1, most + 1), min(count, most)))
