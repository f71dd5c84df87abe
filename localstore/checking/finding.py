"""Findings: what is wrong, how often, and whether it was mended."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from localstore.errors import StoreDamaged

if TYPE_CHECKING:
    from pathlib import Path

    from localstore.connection import Connection
    from localstore.store import Store

STEPS = 100_000
"""Steps of SQLite between two moments in which Ctrl-C is heard: some milliseconds."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: its kind, its table, how many rows have it, one sentence with what to do, and one such row's key."""

    kind: str
    table: str
    count: int
    message: str
    repaired: bool = False
    row: str = ""
    """The key of one of the rows; empty where the fault is no row's."""

    def mended(self) -> Finding:
        """Return it as mended; the sentence says what the repair did, no longer what it would do."""
        return replace(self, repaired=True, message=_OFFER.sub(_done, self.message))


_OFFER = re.compile(r"(?:(?<=[:;,] )[^:;,]*, or )?'check --repair' (\w+)")
"""What a sentence says of a repair, with what a person might do instead."""
DONE = {
    "builds": "built",
    "closes": "closed",
    "corrects": "corrected",
    "drops": "dropped",
    "empties": "emptied",
    "forgets": "forgot",
    "has": "had",
    "makes": "made",
    "merges": "merged",
    "moves": "moved",
    "notes": "noted",
    "removes": "removed",
    "wakes": "woke",
    "works": "worked",
    "writes": "wrote",
}
"""What a repair does, and what it did."""


def _done(offer: re.Match[str]) -> str:
    return f"the repair {DONE[offer[1]]}" if offer[1] in DONE else offer[0]


def _go_on() -> bool:
    """Let Python run, which raises what a signal left."""
    return False


def _nothing() -> None:
    """No copy is wanted."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """How to look: ``repair`` mends what can be mended; ``deep`` reads every file, text and vector, too."""

    store: Store
    repair: bool = False
    deep: bool = False
    keep: Callable[[], None] = _nothing
    """To be called before rows are changed: keeps a copy of the file as it was, once."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection whose long statements hear Ctrl-C."""
        read = False
        try:
            with self.store.reading() as connection:
                connection.set_progress_handler(_go_on, STEPS)
                try:
                    yield connection
                finally:
                    connection.set_progress_handler(None)
                read = True
        except StoreDamaged:
            if not read:  # else a damaged page was met and told; SQLite then refuses the end of the reading, too
                raise


Check = Callable[[Inquiry], Iterable[Finding]]
Part = tuple[str, Check]
"""A check and what a person calls it."""


def salvage(path: Path) -> str:
    """Return what to do with a file that cannot be mended."""
    return f"'localstore recover {path} DEST' salvages what can be read, or go on with a backup"


def first(names: Iterable[str], limit: int = 3) -> str:
    """Return some names for a sentence."""
    found: Iterator[str] = iter(names)
    return ", ".join(repr(name[:60]) for name, _ in zip(found, range(limit), strict=False))
