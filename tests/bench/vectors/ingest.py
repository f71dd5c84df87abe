"""Durable writing through the API, beside vec0: each round a new file, or a fresh copy of one with texts in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.measure import medians
from tests.bench.vectors import ours
from tests.bench.vectors.peers import synced
from tests.bench.vectors.systems import System
from tests.bench.vectors.world import DIM, World

VECTORS = 30_000


@dataclass
class Ingested:
    """Vectors a second: ours on existing texts, with the codes made too, under new keys; vec0 (None without)."""

    count: int
    existing: float
    coded: float
    new: float
    vec0: float | None


def measure(world: World, folder: Path, rounds: int, *, vec0: bool) -> Ingested:
    """Write the same vectors every way, in turn."""
    count = min(VECTORS, world.real.count)
    texts = str(world.texts)
    full, empty = folder / "full", folder / "empty"
    _prepare(world, full, count, texts)
    _prepare(world, empty, 0, texts)
    codes: list[float] = []
    acts: dict[str, Callable[[], float]] = {
        "existing": partial(_existing, world, full, folder / "turn", count, codes),
        "new": partial(_new, world, empty, folder / "turn", count, texts),
    }
    if vec0:
        acts["vec0"] = partial(_vec0, world, folder / "turn", count)
    took = medians(acts, rounds)
    made = sorted(codes)[len(codes) // 2]
    return Ingested(
        count,
        count / took["existing"],
        count / (took["existing"] + made),
        count / took["new"],
        count / took["vec0"] if vec0 else None,
    )


def _prepare(world: World, home: Path, count: int, texts: str) -> None:
    with System("ours", world.real, home) as system:
        system.call("prepare", folder=str(home), count=count, dim=DIM, texts=texts)


def _existing(world: World, full: Path, turn: Path, count: int, codes: list[float]) -> float:
    _copy(full, turn)
    with System("ours", world.real, turn) as system:
        took = float(system.ask(act="build", count=count)["seconds"])
        codes.append(system.call("codes")[0])
        system.call("close")
    return took


def _new(world: World, empty: Path, turn: Path, count: int, texts: str) -> float:
    _copy(empty, turn)
    with System("ours", world.real, turn) as system:
        took = float(system.ask(act="put_new", count=count, options={"texts": texts})["seconds"])
        system.call("close")
    return took


def _vec0(world: World, turn: Path, count: int) -> float:
    shutil.rmtree(turn, ignore_errors=True)
    with System("vec0", world.real, turn) as system:
        return float(system.ask(act="build", count=count)["seconds"])


def _copy(source: Path, turn: Path) -> None:
    shutil.rmtree(turn, ignore_errors=True)
    turn.mkdir()
    shutil.copy(source / ours.FILE, turn / ours.FILE)
    synced(turn / ours.FILE)
