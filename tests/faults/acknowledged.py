"""Acknowledgements: what a program was told is done, noted where no fault of the store's reaches it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localstore import Store
from tests.faults import sums


class Hears(Protocol):
    """Whom a write tells what is done."""

    def done(self, store: Store) -> None:
        """Everything that was written until now returned."""

    def rows(self, table: str, count: int) -> None:
        """A write that goes on says that a table has so many rows for good."""


@dataclass
class Heard:
    """What was acknowledged: how many steps, and how many rows."""

    steps: int = 0
    least: dict[str, int] = field(default_factory=dict)
    failure: str = ""

    def done(self, store: Store) -> None:
        self.steps += 1

    def rows(self, table: str, count: int) -> None:
        self.least[table] = count


@dataclass
class Model:
    """The same writes without a fault: the sum of the store after each step."""

    diary: bool = True
    sums: list[str] = field(default_factory=list)

    def done(self, store: Store) -> None:
        self.sums.append(sums.total(store, diary=self.diary))

    def rows(self, table: str, count: int) -> None:
        """Only the steps are compared."""


class Lines:
    """Writes a line for each to a file, at once: what the system has taken outlives the process."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def done(self, store: Store) -> None:
        self.say("done")

    def rows(self, table: str, count: int) -> None:
        self.say(f"rows {table} {count}")

    def say(self, line: str) -> None:
        """Note one line."""
        os.write(self.file, f"{line}\n".encode())


def heard(path: Path) -> Heard:
    """Read what ``Lines`` noted; a line without its end does not count."""
    found = Heard()
    for line in path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []:
        word, _, rest = line.partition(" ")
        if word == "done":
            found.steps += 1
        elif word == "rows":
            table, count = rest.split(" ")
            found.least[table] = int(count)
        else:
            found.failure = rest
    return found
