"""Killed at any moment, a store reopens whole, and everything that was acknowledged is there.

``LOCALSTORE_LONG=1`` kills a thousand times.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localstore import Store, freshness, text
from tests.localstore.children import running

LONG = bool(os.environ.get("LOCALSTORE_LONG"))


class Known:
    """What the lines of a child say must hold: rows that are there or gone, and their titles."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.gone: set[str] = set()
        self.titles: dict[str, str] = {}

    def hear(self, lines: list[str]) -> None:
        """Learn from all lines; the last deed that was announced may have been done or not."""
        learn: dict[str, Callable[..., None]]
        learn = {"+": self._came, "-": self._went, "=": self._called, "?": self._starts}
        for sign, *rest in (line.split(" ") for line in lines):
            learn[sign](*rest)
        if lines and lines[-1].startswith("?"):
            self.forget(lines[-1].removeprefix("? "))

    def forget(self, pk: str) -> None:
        """Be sure of nothing about a row."""
        self.there.discard(pk)
        self.gone.discard(pk)
        self.titles.pop(pk, None)

    def _came(self, pk: str) -> None:
        self.gone.discard(pk)
        self.there.add(pk)

    def _went(self, pk: str) -> None:
        self.there.discard(pk)
        self.gone.add(pk)

    def _called(self, pk: str, title: str) -> None:
        self.titles[pk] = title

    def _starts(self, pk: str) -> None:
        if pk == "*":  # an undo may take back any of it
            self.there, self.gone, self.titles = set(), set(), {}


def kill_while_working(path: Path, seed: int) -> list[str]:
    """Let a child write for a moment, then kill it; return what it acknowledged."""
    with running("work", path, seed) as child:
        assert child.says() == "ready"
        time.sleep(random.Random(seed).uniform(0, 0.3))
        return child.kill()


def whole(store: Store) -> list[object]:
    with store.reading() as connection:
        damage = connection.execute("PRAGMA integrity_check").fetchall()
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
        return [damage, orphans, text.out_of_step(connection), freshness.out_of_step(connection)]


def run_and_look(path: Path, known: Known, seed: int) -> int:
    """Kill a child once and compare; return how many items there are."""
    known.hear(kill_while_working(path, seed))
    with Store.open(path) as store:
        assert whole(store) == [[("ok",)], [], 0, 0], seed
        found = {row.id: row.title for row in store.items.rows(limit=1_000_000).rows}
    assert known.there <= found.keys(), seed
    assert known.gone.isdisjoint(found), seed
    assert {pk: title for pk, title in known.titles.items() if found.get(pk, title) != title} == {}, seed
    return len(found)


@pytest.mark.skipif(LONG, reason="the long run does more of it")
def test_what_was_acknowledged_outlives_being_killed(tmp_path: Path) -> None:
    known = Known()
    assert [run_and_look(tmp_path / "store.db", known, seed) for seed in range(10)][-1] > 0


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="LOCALSTORE_LONG is not set")
@pytest.mark.parametrize("round_", range(10))
def test_what_was_acknowledged_outlives_being_killed_a_hundred_times(tmp_path: Path, round_: int) -> None:
    known = Known()
    seeds = range(1000 + round_ * 100, 1100 + round_ * 100)
    assert [run_and_look(tmp_path / "store.db", known, seed) for seed in seeds][-1] > 0
