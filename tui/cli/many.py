"""What is done to many rows: in parts, with a bar, so that others get their turn and Ctrl-C keeps what is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tui.cli.progress import bar
from tui.cli.session import Session

MANY = 1_000
"""Rows from which on something is done in parts: below it one transaction takes about as long as a part."""


@contextmanager
def in_parts(session: Session, label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what a deed tells of (done, of how many); say how to go on when it is stopped."""
    session.stopped = "What was done stays, and 'localstore undo' takes it back; the same command does the rest."
    with bar(session, label) as report:
        yield report or (lambda done, whole: None)
