"""The list of jobs: state, name, a bar, how much, how fast, how long still."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui import glyphs, keymap
from tui.jobs import Job, JobState
from tui.visible import line
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.words import duration

if TYPE_CHECKING:
    from tui.syncing import Syncing

BAR = 12
_SIGNS = {
    JobState.WAITING: (glyphs.ELLIPSIS, "muted"),
    JobState.RUNNING: (glyphs.CHOSEN, "bar"),
    JobState.DONE: (glyphs.GOOD, "good"),
    JobState.STOPPED: (glyphs.WARNING, "warn"),
    JobState.FAILED: (glyphs.BAD, "warn"),
}


class JobTable(VirtualTable):
    """Rows are jobs themselves: drawn anew, they say how far they are now."""

    SCOPE: ClassVar = "jobs"
    BINDINGS: ClassVar = keymap.bindings("jobs")

    def columns(self, width: int) -> list[Column]:
        """Give the name what the others leave; how it ended where there is room."""
        found = [Column("", BAR), Column("done", 19, right=True)]
        found += [Column("rate", 9, right=True)] if width >= 76 else []
        found.append(Column("time", 13, right=True))
        rest = width - 10 - sum(each.width + 1 for each in found) - 2
        name = rest if width < 110 else 28
        found = [Column("state", 10), Column("job", max(4, name)), *found]
        return [*found, Column("how it went", rest - name - 1)] if rest - name > 8 else found

    def cells(self, row: Job, width: int) -> list[Cell]:
        """Show how far a job is."""
        sign, tone = _SIGNS[row.state]
        shown = {
            "state": Cell(f"{sign} {row.state.value}", tone),
            "job": Cell(line(row.name, 300)),
            "": Cell(bar(row, ascii=self.localstore.ascii), "bar"),
            "done": Cell(amount(row), "muted"),
            "rate": Cell(f"{row.rate:,.0f}/s" if row.rate >= 1 else "", "muted"),
            "time": Cell(times(row), "muted"),
            "how it went": Cell(line(row.words, 400), "muted"),
        }
        return [shown[column.title] for column in self.columns(width)]


def bar(job: Job, *, ascii: bool) -> str:
    """Return a bar; without a known end, none while it runs."""
    share = 1.0 if job.state is JobState.DONE else job.share
    if share is None:
        return ""
    full, empty = ("#", "-") if ascii else ("█", "░")
    filled = round(share * BAR)
    return full * filled + empty * (BAR - filled)


def amount(job: Job) -> str:
    """Return how much is done, of how much."""
    if job.total:
        return f"{job.done:,} / {job.total:,}"
    return f"{job.done:,}" if job.done else ""


def times(job: Job) -> str:
    """Return how long it takes still, or took."""
    if job.state is JobState.RUNNING and job.left is not None:
        return f"{duration(job.left)} left"
    return duration(job.seconds) if job.began else ""


def round_job(syncing: Syncing) -> Job | None:
    """Return the round with the server that runs as a job to show, which nobody starts."""
    if not syncing.running:
        return None
    job = Job(0, f"Sync: {syncing.words}", lambda _: None, state=JobState.RUNNING)  # type: ignore[arg-type, return-value]
    if phase := syncing.phase:
        job.done, job.total, job.began, job.words = phase.done, phase.whole or 0, phase.begun, phase.words
    return job
