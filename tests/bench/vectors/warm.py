"""Warm searches: every system open in its own process, asked in turn."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.bench.measure import medians
from tests.bench.vectors import ours
from tests.bench.vectors.builds import Built
from tests.bench.vectors.shelf import FILTERS
from tests.bench.vectors.systems import System, threads
from tests.bench.vectors.world import QUERIES, Vectors

BATCH = 100
ONE_BY_ONE = {"vec0": 10, "duckdb": 5}
"""Peers that have no batches: so many queries tell how many they answer a second."""
SINGLE = " 1"
"""What stands behind the name of a system on one thread."""


@dataclass
class Warm:
    """By name: seconds of one query, queries a second of a batch, recall@10, megabytes.

    ``ours`` and ``numpy`` are there on one thread too (``ours 1``), and ``fast``, ours when approximate.
    """

    one: dict[str, float] = field(default_factory=dict)
    batch: dict[str, float] = field(default_factory=dict)
    recall: dict[str, float] = field(default_factory=dict)
    megabytes: dict[str, float] = field(default_factory=dict)


@dataclass
class Filtered:
    """Seconds of ours: unfiltered, by each find line, and of the query for ids alone."""

    unfiltered: float
    one: dict[str, float]
    ids: dict[str, float]


def search(vectors: Vectors, builds: Sequence[Built], rounds: int, per_round: int, *, batches: bool) -> Warm:
    """Measure every system; ours and numpy on one thread and on two."""
    found = Warm()
    with ExitStack() as stack:
        systems = _opened(stack, vectors, builds)
        acts: dict[str, Callable[[], float]] = {}
        for name, system in systems.items():
            acts[name] = partial(_one, system, per_round)
            if system.name == "ours":
                acts[name.replace("ours", "fast")] = partial(_one, system, per_round, exact=False)
        found.one = medians(acts, rounds)
        paired = {name: system for name, system in systems.items() if not name.endswith(SINGLE)}
        for name, system in paired.items():
            some = range(QUERIES) if vectors.count <= 200_000 and name not in ONE_BY_ONE else range(20)
            found.recall[name] = system.recall(some)
            if name == "ours":
                found.recall["fast"] = system.recall(range(QUERIES), exact=False)
            found.megabytes[name] = system.megabytes()
        if batches:
            batch: dict[str, Callable[[], float]] = {n: partial(_batch, system) for n, system in paired.items()}
            batch["fast"] = partial(_batch, systems["ours"], exact=False)
            found.batch = {name: 1 / took for name, took in medians(batch, rounds).items()}
    return found


def filtered(vectors: Vectors, built: Built, rounds: int, per_round: int, kinds: Sequence[str]) -> Filtered:
    """Measure ours with filters of some kinds beside ours without."""
    lines = [line for kind in kinds for line in FILTERS[kind].values()]
    with System(built.name, vectors, built.home) as system:
        system.ask(act="open")
        acts: dict[str, Callable[[], float]] = {"": partial(_one, system, per_round)}
        acts |= {line: partial(_one, system, per_round, where=line) for line in lines}
        asked = [line for kind in kinds if kind == "meta_data" for line in FILTERS[kind].values()]
        acts |= {f"ids {line}": partial(_called, system, "ask_ids", where=line) for line in asked}
        took = medians(acts, rounds)
    return Filtered(took[""], {line: took[line] for line in lines}, {line: took[f"ids {line}"] for line in asked})


def added(vectors: Vectors, built: Built, folder: Path, rounds: int) -> tuple[float, float]:
    """Return the seconds of a search, and of one just after a vector was added (which it must find), of a copy."""
    shutil.copy(built.home / ours.FILE, folder / ours.FILE)
    before, after = [], []
    with System(built.name, vectors, folder) as system:
        system.ask(act="open")
        for number in range(rounds):
            row = QUERIES - 1 - number
            before += system.one([row])
            system.call("add_one", row=row, folder=str(vectors.folder))
            said = system.ask(act="one", queries=[row])
            if said["found"][0][0] < vectors.count:
                raise RuntimeError(f"the vector that was added is not the nearest to itself: {said['found'][0]}")
            after += said["seconds"]
        system.call("close")
    return statistics.median(before), statistics.median(after)


def _opened(stack: ExitStack, vectors: Vectors, builds: Sequence[Built]) -> dict[str, System]:
    found = {}
    for built in builds:
        counts = {"": threads()} | ({SINGLE: 1} if built.name in ("ours", "numpy") and threads() > 1 else {})
        for mark, count in counts.items():
            system = stack.enter_context(System(built.name, vectors, built.home, count))
            system.ask(act="open")
            found[built.name + mark] = system
    return found


def _one(system: System, count: int, **options: object) -> float:
    """Return the median seconds of the next queries."""
    system.turn += 1
    first = system.turn * count
    return statistics.median(system.one([(first + n) % QUERIES for n in range(count)], **options))


def _batch(system: System, **options: object) -> float:
    """Return the seconds a query of a batch."""
    count = ONE_BY_ONE.get(system.name, BATCH)
    return system.batch(range(count), **options)


def _called(system: System, act: str, **options: object) -> float:
    took: float = system.call(act, **options)[0]
    return took
