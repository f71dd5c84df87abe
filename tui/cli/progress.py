"""Progress on a terminal: how far, how fast, how long still; nothing in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.cli.output import size
from tui.cli.visible import fitted, one_line

if TYPE_CHECKING:
    from tui.cli.session import Session

EVERY = 0.1
"""Seconds between two paintings."""
BAR = 24


@contextmanager
def bytes_bar(session: Session, label: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield what takes (bytes done, bytes of all); None where nobody looks."""
    with bar(session, label, size) as report:
        yield report


@contextmanager
def bar(
    session: Session, label: str, shown: Callable[[int], str] = "{:,}".format
) -> Iterator[Callable[[int, int | None], None] | None]:
    """Yield what takes (done, all or None); the line is wiped when the block ends."""
    if session.quiet or not sys.stderr.isatty():
        yield None
        return
    begin, last = time.monotonic(), 0.0

    def report(done: int, whole: int | None = None) -> None:
        nonlocal last
        moment = time.monotonic()
        if moment - last >= EVERY:
            last = moment
            sys.stderr.write("\r" + line(one_line(label), done, whole, moment - begin, shown) + "\x1b[K")
            sys.stderr.flush()

    try:
        yield report
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def line(label: str, done: int, whole: int | None, seconds: float, shown: Callable[[int], str]) -> str:
    """Return the line of a progress: label, bar, amount, rate, remaining time where they are known."""
    rate = done / seconds if seconds > 0 else 0.0
    parts = [fitted(label, 20).rstrip()]
    if whole:
        full = min(BAR * done // whole, BAR)
        parts.append(f"[{'#' * full}{'-' * (BAR - full)}] {shown(done)} of {shown(whole)}")
    else:
        parts.append(shown(done))
    if rate >= 1:
        parts.append(f"{shown(int(rate))}/s")
    if whole and rate > 0 and seconds > 1:
        parts.append(f"{clock(max(whole - done, 0) / rate)} left")
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """Return a duration as ``0:42`` or ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
