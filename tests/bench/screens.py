"""The terminal UI under a real pseudo-terminal: first paint, keys, switching, memory, rest; beside its peers."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import ROUNDS, Row, medians, milliseconds
from tests.bench.screen_programs import Program, Start, empty, form, ours, peers, started
from tests.bench.terminal import KEYS, Terminal

IDLE = float(os.environ.get("LOCALSTORE_BENCH_IDLE", "20"))
PRESSES = 40
FILTER = b"/type:paper\r"
SEARCH = b"3"
"""The screen that begins in its line, where digits are text."""
SCREENFUL = 5_000
"""Bytes that a screen has at least, and no line that is drawn anew."""


def rows(path: Path, folder: Path) -> list[Row]:
    """Measure ours on a million items, beside an empty app and the peers that are installed."""
    mine, others = ours(path), peers(folder)
    found = [_stay(program, path) for program in (mine, *others)]
    return [
        *_starts(mine, empty(), others),
        *_list_keys(mine),
        *_peer_keys(found[0], found[1:]),
        _typing(form(folder)),
        *_switches(mine),
        *_costs(found),
    ]


# -- starting -------------------------------------------------------------------------------------------------


def _starts(mine: Program, blank: Program, others: Sequence[Program]) -> list[Row]:
    seen: dict[str, list[Start]] = {}

    def act(program: Program) -> Callable[[], float]:
        def once() -> float:
            seen.setdefault(program.name, []).append(started(program))
            return seen[program.name][-1].first

        return once

    programs = (mine, blank, *others)
    for program in programs:
        started(program)
    first = medians({program.name: act(program) for program in programs}, ROUNDS)
    usable = {name: statistics.median(each.usable for each in found) for name, found in seen.items()}
    blanked = first[blank.name]
    return [
        _beside("UI: first paint with 1M items, beside an empty Textual app", first[mine.name], blanked, 2.0),
        _beside("UI: the first rows of 1M items painted, beside the same", usable[mine.name], blanked),
        *(_beside(f"UI: first paint, beside {name}", first[mine.name], first[name]) for name in _names(others)),
        *(_beside(f"UI: usable, beside {name}", usable[mine.name], usable[name]) for name in _names(others)),
    ]


def _names(programs: Sequence[Program]) -> list[str]:
    return [program.name for program in programs]


def _beside(what: str, mine: float, other: float, asked: float | None = None) -> Row:
    ratio, words = mine / other, f"≤ {asked:.0f} ×" if asked else "–"
    return Row(what, milliseconds(mine), milliseconds(other), words, f"{ratio:.2f} ×", not asked or ratio <= asked)


# -- keys -----------------------------------------------------------------------------------------------------


def _p95(found: Sequence[float]) -> float:
    return sorted(found)[int(0.95 * (len(found) - 1))]


def _key_row(what: str, took: Sequence[float], limit: float) -> Row:
    slow, usual = _p95(took), statistics.median(took)
    got = f"median {milliseconds(usual)}, p95 {milliseconds(slow)}"
    return Row(f"UI: {what}, p95", milliseconds(slow), "–", f"≤ {limit * 1000:.0f} ms", got, slow <= limit)


def _list_keys(mine: Program) -> list[Row]:
    """Press keys in the list of all, then in a filtered one; the terminal's other rounds are other processes."""
    took: dict[str, list[float]] = {"down": [], "page down": [], "end and home": [], "down, filtered": []}
    for _ in range(3):
        with _ready(mine) as terminal:
            took["down"] += [terminal.key(KEYS["down"]) for _ in range(PRESSES)]
            took["page down"] += [terminal.key(KEYS["page down"]) for _ in range(PRESSES)]
            took["end and home"] += [terminal.key(KEYS[key]) for key in ("end", "home") * (PRESSES // 4)]
            terminal.write(FILTER)
            terminal.quiet(1.0)
            took["down, filtered"] += [terminal.key(KEYS["down"]) for _ in range(PRESSES)]
    return [_key_row(f"key → repaint, 1M items, {name}", found, 0.04) for name, found in took.items()]


def _typing(program: Program) -> Row:
    """Type digits into a value, and see that they came to stand there."""
    took: list[float] = []
    for _ in range(3):
        with _ready(program) as terminal:
            took += [terminal.key(program.key) for _ in range(PRESSES)]
            terminal.until(rb'"key 0000": 0,?7{4}')
    return _key_row("typing in a JSON form of 1,000 lines", took, 0.06)


def _switches(mine: Program) -> list[Row]:
    """Go to each screen that has a digit, and back: for the first time, and again."""
    from tui import keys
    from tui.registry import destinations

    keys.load_all()
    digits = [str(each.digit).encode() for each in destinations() if 1 < each.digit < 10]
    rounds: list[list[float]] = []
    with _ready(mine) as terminal:
        for _ in range(4):
            rounds.append([took for digit in digits for took in _there_and_back(terminal, digit)])
    again = [took for found in rounds[1:] for took in found]
    first = rounds[0][::2]
    return [
        _switch_row(f"UI: screen switch, {len(digits) + 1} screens, p95", _p95(again), again),
        _switch_row("UI: screen switch, the first visit, slowest", max(first), first),
    ]


def _there_and_back(terminal: Terminal, digit: bytes) -> tuple[float, float]:
    """Go to a screen, out of its line when the focus is in one, and back to the list."""
    there = _switch(terminal, digit)
    if digit == SEARCH:
        terminal.write(KEYS["escape"])
        terminal.quiet(0.3, 3)
    return there, _switch(terminal, b"1")


def _switch(terminal: Terminal, key: bytes) -> float:
    took = terminal.whole(key, SCREENFUL)
    terminal.quiet(0.3, 3)
    return took


def _switch_row(what: str, slow: float, took: Sequence[float]) -> Row:
    got = f"median {milliseconds(statistics.median(took))}, {milliseconds(slow)}"
    return Row(what, milliseconds(slow), "–", "≤ 150 ms", got, slow <= 0.15)


# -- at rest --------------------------------------------------------------------------------------------------


@dataclass
class Stay:
    """What a program cost that was used a little and then left alone."""

    program: Program
    keys: list[float]
    megabytes: float
    idle: float
    painted: int
    untouched: bool


def _ready(program: Program) -> Terminal:
    terminal = program.start()
    try:
        terminal.until(program.marker)
        terminal.quiet(1.0)
        program.prepare(terminal)
    except BaseException:
        terminal.__exit__()
        raise
    return terminal


def _stay(program: Program, path: Path) -> Stay:
    with _ready(program) as terminal:
        keys = [terminal.key(program.key) for _ in range(PRESSES)]
        terminal.quiet(2.0, 6)
        megabytes, before, files = terminal.megabytes(), terminal.processor(), _written(path)
        terminal.forget()
        end = time.perf_counter() + IDLE
        while (left := end - time.perf_counter()) > 0:
            terminal.read(left)
        idle = (terminal.processor() - before) / IDLE
        return Stay(program, keys, megabytes, idle, len(terminal.output), files == _written(path))


def _peer_keys(mine: Stay, others: Sequence[Stay]) -> list[Row]:
    usual = statistics.median(mine.keys)
    return [
        _beside(f"UI: key → repaint, median, beside {other.program.name}", usual, statistics.median(other.keys))
        for other in others
    ]


def _costs(found: Sequence[Stay]) -> list[Row]:
    mine, others = found[0], found[1:]
    memory = ", ".join(f"{each.program.name} {each.megabytes:.0f} MB" for each in others) or "–"
    idle = ", ".join(f"{each.program.name} {each.idle:.1%}" for each in others) or "–"
    painted = ", ".join(f"{each.program.name} {each.painted:,}" for each in others) or "–"
    size = f"{mine.megabytes:.0f} MB"
    rests = mine.painted == 0 and mine.untouched
    return [
        Row("UI: memory with 1M items", size, memory, "≤ 120 MB", size, mine.megabytes <= 120),
        Row(
            f"UI: processor at rest, {IDLE:.0f} s",
            f"{mine.idle:.2%}",
            idle,
            "≤ 0.5 %",
            f"{mine.idle:.2%}",
            mine.idle <= 0.005,
        ),
        Row(
            "UI: bytes painted at rest; the file is left alone",
            f"{mine.painted}",
            painted,
            "0",
            f"{mine.painted}",
            rests,
        ),
    ]


def _written(path: Path) -> list[tuple[int, int]]:
    """Return when the store's files were written, and how long they are."""
    files = [each for each in (path, path.with_name(f"{path.name}-wal")) if each.exists()]
    return [(each.stat().st_mtime_ns, each.stat().st_size) for each in files]
