"""The long run: ``python -m tests.faults [--kills 1000] [--seed 0] [--most 300] [--only PART] [--kind KIND]``.

Each part renews its row in docs/reliability.md. A part is kill, power, disk or sync; --most bounds how many operations
of a kind are struck by power cuts, and a third of it how many of each sort the disk refuses; 0 strikes them all.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import apsw

from tests.faults import disk, power, table, world
from tests.faults.conftest import RECORDS
from tests.faults.disk import Blow
from tests.faults.judge import judged
from tests.faults.kill import ROOT, killing, unharmed
from tests.faults.writes import KINDS, Kind

SYNC = ("tests/sync/directed/test_killed.py", "tests/sync/directed/test_cut.py", "tests/sync/client/test_proxy_cuts.py")

STEP = 20
"""Faults after which the row is renewed."""


class Order(NamedTuple):
    """What the command line asks for."""

    kills: int
    seed: int
    most: int
    kinds: list[str]

    def some(self, of: str, numbers: range, most: int) -> list[int]:
        """Return all numbers, or so many of them at random."""
        if not self.most or len(numbers) <= most:
            return list(numbers)
        return sorted(random.Random(f"{of} {self.seed}").sample(numbers, most))


Found = Iterator[tuple[str, list[str]]]
"""For each fault that fell: on which kind of write, and what was wrong afterwards."""


def kill(order: Order, folder: Path) -> Found:
    """Kill children at random moments of every kind of write in turn."""
    with killing(folder) as killer:
        for number, kind in enumerate(islice(cycle(order.kinds), order.kills)):
            yield kind, killer.kill(kind, order.seed + number)


def cut(order: Order, folder: Path) -> Found:
    """Cut the power before an operation, in every mode in turn, and in the worst after each flush."""
    base = world.make(folder / "base", RECORDS)
    for kind in (KINDS[name] for name in order.kinds if not KINDS[name].made):
        recording = power.Recording(kind, base, folder / kind.name)
        chosen = order.some(kind.name, range(len(recording.deeds) + 1), order.most)
        cuts = list(zip(chosen, cycle(power.MODES), strict=False))
        flushed = [at + 1 for at, deed in enumerate(recording.deeds) if deed.what in ("sync", "done")]
        for moment, mode in [*cuts, *((at, "lost") for at in flushed)]:
            heard = recording.image(moment, mode, order.seed)
            wrong = judged(kind, recording.folder, heard, recording.model.sums)
            yield kind.name, [f"{kind.name}, {mode} at {moment} of {len(recording.deeds)}: {each}" for each in wrong]
        shutil.rmtree(recording.folder)


def refuse(order: Order, folder: Path) -> Found:
    """Let the disk refuse operations of every sort, once or from then on, with an error or for want of room."""
    base = world.make(folder / "base", RECORDS)
    for kind in (KINDS[name] for name in order.kinds):
        model = unharmed(kind.name, base, folder / "model")
        seen = disk.operations(kind, base, folder / "counted")
        shutil.rmtree(folder / "counted")
        for on in disk.OPERATIONS:
            for nth in order.some(f"{kind.name} {on}", range(1, seen[on] + 1), order.most // 3):
                yield from _blow(kind, base, folder, model, _blow_at(on, nth))


def _blow_at(on: str, nth: int) -> Blow:
    full = on == "write" and nth % 2 == 0
    return Blow(on, nth, apsw.FullError if full else apsw.IOError, lasting=nth % 3 == 0)


def _blow(kind: Kind, base: Path, folder: Path, model: list[str], blow: Blow) -> Found:
    struck = world.copy(base, folder / "struck")
    found = disk.strike(kind, struck, model, blow)
    shutil.rmtree(struck)
    if found.fell:
        yield kind.name, [f"{kind.name}, {blow}: {each} (it said: {found.said})" for each in found.wrong]


def sync(_: Order, __: Path) -> Found:
    """Run the sync faults, which are tests of their own, at every moment and every message."""
    command = [sys.executable, "-m", "pytest", "-q", *SYNC, "-k", "killed or cut"]
    environment = {**os.environ, "LOCALSTORE_LONG": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)}
    yield from (("sync", []) for _ in range(counts.get("passed", 0)))
    yield from (("sync", [line]) for line in re.findall(r"^(?:FAILED|ERROR) .*$", done.stdout, re.MULTILINE))


PARTS: dict[str, tuple[str, str, Callable[[Order, Path], Found]]] = {
    "kill": ("Killed (`kill -9`) at a random moment", "writes of {} kinds", kill),
    "power": ("Power cut", "operations of the disk in writes of {} kinds", cut),
    "disk": ("The disk refuses: I/O error, or full", "operations of the disk in writes of {} kinds", refuse),
    "sync": ("A round of sync killed, or its connection cut", "transactions, steps and messages of a round", sync),
}


def carry_out(part: str, order: Order) -> int:
    """Run one part, print what is wrong, and renew its row as it goes; return how often something was."""
    title, where, faults = PARTS[part]
    kinds: set[str] = set()
    count = bad = 0

    def renew() -> None:
        table.write(table.Line(title, count, where.format(len(kinds)), bad))

    with tempfile.TemporaryDirectory() as folder:
        for kind, found in faults(order, Path(folder)):
            kinds.add(kind)
            count, bad = count + 1, bad + bool(found)
            sys.stdout.writelines(f"  {sentence}\n" for sentence in found)
            if not count % STEP:
                renew()
    print(f"{part}: {count:,} faults, {bad} wrong", flush=True)
    renew()
    return bad


def main() -> int:
    """Run the parts that are asked for; 1 when anything was lost or damaged."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=300)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--kind", choices=KINDS, action="append")
    asked = parser.parse_args()
    order = Order(asked.kills, asked.seed, asked.most, asked.kind or list(KINDS))
    return int(any([carry_out(part, order) for part in asked.only or PARTS]))


if __name__ == "__main__":
    sys.exit(main())
