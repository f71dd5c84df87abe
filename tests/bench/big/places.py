"""Every screen on the large store, under a pty: when it is ready, how its keys answer, what it holds in memory."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.big.words import COMMON
from tests.bench.screen_programs import ours
from tests.bench.terminal import KEYS, Terminal

READY, KEY, MEGABYTES = 0.5, 0.1, 200
"""Seconds until a screen shows its rows, seconds of a key (p95), memory at the end."""
DAY = rb"20\d\d-\d\d-\d\d"
SILENT = 1.9
"""Seconds after which a key is taken for one that changed nothing, such as the last but one page of few."""
LONG = (*["down"] * 15, *["page down"] * 10, *["end", "home"] * 5)
SHORT = ("down", "up") * 10
TYPED = ("x",) * 15
NONE = ()
"""Keys of which each changes what is painted: a list of many rows, one of few, a line that is written in."""


@dataclass(frozen=True)
class Place:
    """Keys that lead there from the list, what stands on it when it is ready, and how long that may take.

    The time begins with the last of the keys. None for what reads the whole store and shows its progress: there the
    keys must answer nevertheless.
    """

    name: str
    way: tuple[bytes, ...]
    marker: bytes
    seconds: float | None = READY
    presses: tuple[str, ...] = LONG
    into: bytes = b""
    """What leads into the list, once it is ready."""


def _named(name: bytes) -> tuple[bytes, ...]:
    return (b":", name, KEYS["enter"])


ENTER = KEYS["enter"]
PLACES = (
    Place("Items: a type", (b"/", b"type:pape", b"r"), rb"filter type:paper", into=ENTER),
    Place("Items: a tag", (b"/", b"#tag-010", b"0"), rb"filter #tag-0100", into=ENTER),
    Place("Items: a common word", (b"/", b"retr", b"y"), rb"filter retry", into=ENTER),
    Place("Items: metadata", (b"/", b"meta.year=202", b"0"), rb"filter meta.year=2020", into=ENTER),
    Place("Item", (ENTER,), rb"Content 2", presses=SHORT),
    Place("New item", (b"n",), rb"New item", presses=TYPED),
    Place("Edit item", (b"e",), rb"Edit item", presses=TYPED),
    Place("Delete: preview", (b"d",), rb"2 contents", presses=NONE),
    Place("Similar items", (b"v",), rb"0\.\d{3} "),
    Place("Search: a common word", (b"3", COMMON.encode()), rb"0\.\d{3} ", 1.0, into=ENTER),
    Place("Search by meaning", (b"3", b"\x14", COMMON.encode() + ENTER), rb"0\.\d{3} ", 1.0),
    Place("Files", (b"4",), DAY),
    Place("Tags", (b"5",), DAY),
    Place("Sync", (b"6",), rb"[Ll]ink", presses=NONE),
    Place("Events", (b"7",), DAY),
    Place("Admin: users", (b"8",), rb"@example", presses=SHORT),
    Place("Settings", (b"9",), rb"embed\.model", presses=SHORT),
    Place("Undo history", (b"H",), DAY, presses=SHORT),
    Place("Trash", _named(b"trash"), DAY, presses=SHORT),
    Place("Jobs", _named(b"jobs"), rb"[Jj]ob", presses=NONE),
    Place("Import", (b"I",), rb"(?i)format", presses=TYPED),
    Place("Export", (b"x",), rb"(?i)format", presses=NONE),
    Place("Help", (b"?",), rb"(?i)keys", presses=SHORT),
    Place("Vectors", (b"2",), rb"hashing-384", presses=SHORT),
    Place("Vectors: statistics", (b"2", KEYS["down"], b"s"), rb"Norms", None, SHORT),
    Place("Vectors: map", (b"2", KEYS["down"], b"p"), rb"by type", None, SHORT),
    Place("Vectors: near-duplicates", (b"2", KEYS["down"], b"d"), rb"comparing each with each", None, NONE),
)


@dataclass(frozen=True)
class Shown:
    """What a place took."""

    place: Place
    ready: float
    keys: list[float]
    megabytes: float
    failed: str = ""

    @property
    def p95(self) -> float:
        """Return the seconds of a slow key."""
        return sorted(self.keys)[int(0.95 * (len(self.keys) - 1))] if self.keys else 0.0

    @property
    def median(self) -> float:
        """Return the seconds of a usual key."""
        return statistics.median(self.keys) if self.keys else 0.0

    @property
    def holds(self) -> bool:
        """Tell whether it was ready in time, and its keys answered."""
        in_time = self.place.seconds is None or self.ready <= self.place.seconds
        return in_time and self.p95 <= KEY and self.megabytes <= MEGABYTES and not self.failed


def shown(path: Path, places: tuple[Place, ...] = PLACES) -> Iterator[Shown]:
    """Start the UI anew for each place, go there for the first time, and press its keys."""
    program = ours(path)
    for place in places:
        with program.start() as terminal:
            terminal.until(rb"20\d\d-\d\d-\d\d", 60)
            terminal.quiet(0.7)
            yield _at(terminal, place)


def _at(terminal: Terminal, place: Place) -> Shown:
    for step in place.way[:-1]:
        terminal.write(step)
        terminal.quiet(0.5, 5)
    terminal.forget()
    terminal.write(place.way[-1])
    try:
        ready = terminal.until(place.marker, 30 if place.seconds else 120)
    except TimeoutError as error:
        return Shown(place, 0.0, [], terminal.megabytes(), str(error))
    terminal.quiet(0.5, 5)
    if place.into:
        terminal.write(place.into)
        terminal.quiet(0.5, 5)
    took = [terminal.key(KEYS.get(name, name.encode())) for name in place.presses]
    keys = [each for each in took if each < SILENT]
    return Shown(place, ready, keys, terminal.megabytes())
