"""Bars of a round: one for each phase, with rows, rate and remaining time; nothing in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tui.cli.progress import bar

if TYPE_CHECKING:
    from sync.shapes import Progress
    from tui.cli.session import Session


@contextmanager
def bars(session: Session) -> Iterator[Callable[[Progress], None]]:
    """Yield what takes the progress of a round; the line is wiped when the block ends."""
    with ExitStack() as stack:
        shown = ""
        report: Callable[[int, int | None], None] | None = None

        def show(progress: Progress) -> None:
            nonlocal shown, report
            label = f"{progress.phase} {progress.tbl}".strip()
            if label != shown:
                stack.close()
                shown, report = label, stack.enter_context(bar(session, label))
            if report:
                report(progress.done, progress.whole)

        yield show
