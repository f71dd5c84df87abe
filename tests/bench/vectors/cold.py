"""Cold searches: whole programs, from start to printed answer, and the most memory they had."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.measure import environment
from tests.bench.vectors import ours, peers, shelf
from tests.bench.vectors.builds import Built
from tests.bench.vectors.systems import Piped
from tests.bench.vectors.world import Vectors

IMPORTS = "imports"
BARE = "import sys; sys.modules['psycopg'] = sys.modules['psycopg2'] = None\nimport apsw, numpy, click, peewee"
"""What no Python program over these libraries starts without; psycopg is hidden from peewee, as ours hides it."""


@dataclass
class Cold:
    """By name: median seconds, and the median of the most megabytes."""

    seconds: dict[str, float] = field(default_factory=dict)
    megabytes: dict[str, float] = field(default_factory=dict)


def search(vectors: Vectors, builds: Sequence[Built], rounds: int) -> Cold:
    """Run every system's program, and Python with the bare imports, in turn; the answers must be the same."""
    programs = {IMPORTS: [sys.executable, "-c", BARE]}
    for built in builds:
        programs[built.name] = program(vectors, built)
        if built.name == "ours":
            programs["fast"] = [*program(vectors, built), "--fast"]
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    megabytes: dict[str, list[float]] = {name: [] for name in programs}
    with Piped("launcher", env=environment()) as launcher:
        for number in range(rounds + 1):
            for name, arguments in programs.items():
                said = launcher.ask(arguments=arguments, environment=environment())
                if said["code"]:
                    raise RuntimeError(f"{arguments}: {said['printed']}")
                if number:  # the first brings files into memory
                    seconds[name].append(said["seconds"])
                    megabytes[name].append(said["megabytes"])
                elif name != IMPORTS:
                    _check(vectors, name, said["printed"])
    return Cold(
        {name: statistics.median(took) for name, took in seconds.items()},
        {name: statistics.median(used) for name, used in megabytes.items()},
    )


def program(vectors: Vectors, built: Built) -> list[str]:
    """Return a program that prints the nearest to the first query."""
    if built.name == "ours":
        store, query = built.home / ours.FILE, vectors.folder / "query.npy"
        options = ["--store", str(store), "similar", "--vector", str(query), "--json"]
        return [sys.executable, "-m", "localstore", *options]
    return [sys.executable, "-c", peers.load(built.name).COLD, str(built.home), str(vectors.folder / "query.f32")]


def _check(vectors: Vectors, name: str, printed: str) -> None:
    """Refuse an answer that is not the nearest."""
    said: Any = json.loads(printed)
    rows = said if name in peers.ENTRIES else [shelf.row_of(hit["content_id"]) for hit in said["hits"]]
    least = 0.99 if name == "ours" or (name in peers.ENTRIES and peers.ENTRIES[name].exact) else 0.5
    if vectors.recall(0, rows) < least:
        raise RuntimeError(f"{name} found {rows} for the first query of {vectors.folder.name}")
