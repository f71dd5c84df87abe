"""Jobs: long work on a thread of its own, one at a time, with progress, to be stopped; it survives a change of screen.

::

    def work(job: Job) -> Written:
        for done, chunk in enumerate(chunks, 1):
            tag(chunk)                       # one short transaction: hand-made edits get their turn between two
            job.tell(done, len(chunks))      # raises Stopped when the person asked for that
        return Written("tagged", keys, "Tagged 4,000 items · u undo")

    app.jobs.start("Tag 4,000 items", work)
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from textual.message import Message
from textual.timer import Timer

from localstore.errors import LocalstoreError
from tui import glyphs, keymap
from tui.lanes import Lane
from tui.messages import Written

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

TURN = 0.25
"""Seconds between two looks at the job that runs."""
KEPT = 50
"""Jobs that ended and are still listed."""


class JobState(Enum):
    """How far a job is: the words a person reads."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Tell whether nothing comes any more."""
        return self in (JobState.DONE, JobState.STOPPED, JobState.FAILED)


class Stopped(LocalstoreError):
    """The person asked the job to stop; what was committed stays."""


class JobEnded(Message):
    """A job came to its end; ``written`` tells the screens what it changed."""

    def __init__(self, job: Job, written: Written | None) -> None:
        super().__init__()
        self.job = job
        self.written = written


@dataclass(eq=False)
class Job:
    """One piece of long work: what it is called and how far it is. ``words`` say how it went, or what it does now."""

    number: int
    name: str
    work: Callable[[Job], Written] = field(repr=False)
    state: JobState = JobState.WAITING
    done: int = 0
    total: int = 0
    words: str = ""
    began: float = 0.0
    ended: float = 0.0
    stop_asked: bool = False
    details: list[str] = field(default_factory=list)
    """Further lines about how it went, for who asks."""
    show: Callable[[], None] | None = field(default=None, repr=False)
    """Shows what was found, once it is done: at once, or where the person writes, when asked for in the list."""

    def tell(self, done: int, total: int = 0, words: str = "") -> None:
        """Note how far the work is; raises Stopped when the person asked for that. Between two transactions."""
        self.done, self.total, self.words = done, total, words or self.words
        if self.stop_asked:
            raise Stopped(f"{self.name}: stopped after {done:,}.")

    @property
    def share(self) -> float | None:
        """How much of it is done, when it is known how much there is."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def seconds(self) -> float:
        """How long it ran, or runs."""
        return (self.ended or time.monotonic()) - self.began if self.began else 0.0

    @property
    def rate(self) -> float:
        """What is done in a second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that are left at this rate, when it is known how much there is."""
        return max(0, self.total - self.done) / self.rate if self.total and self.rate else None


class Jobs:
    """The app's jobs, newest last."""

    def __init__(self, app: LocalstoreApp, lane: Lane) -> None:
        self.app = app
        self.lane = lane
        self.all: list[Job] = []
        self._numbers = itertools.count(1)
        self._clock: Timer | None = None
        self._turns = 0

    def start(self, name: str, work: Callable[[Job], Written]) -> Job:
        """Let *work* run after the jobs that were started before it; its Written is told to all screens."""
        job = Job(next(self._numbers), name, work)
        self.all = [*self.all[-KEPT:], job]
        self.lane.submit(self.app, lambda: self._run(job))
        if self._clock is None:
            self._clock = self.app.set_interval(TURN, self._turn)
        self._turn()
        return job

    def stop(self, job: Job) -> None:
        """Ask a job to stop after the transaction it is in; one that waits never starts."""
        job.stop_asked = True
        if job.state is JobState.WAITING:
            job.state = JobState.STOPPED
        self._turn()

    @property
    def running(self) -> list[Job]:
        """The jobs that run or wait."""
        return [job for job in self.all if not job.state.ended]

    def facts(self) -> list[tuple[str, str]]:
        """Return what the status line says of the job that runs."""
        job = next(iter(self.running), None)
        if job is None:
            return []
        signs = glyphs.ASCII_SPINNER if self.app.ascii else glyphs.SPINNER
        share = f" {100 * job.done // job.total} %" if job.total else f" {job.done:,}" if job.done else ""
        more = f" +{len(self.running) - 1}" if len(self.running) > 1 else ""
        return [(f"{signs[self._turns % len(signs)]} {job.name}{share}{more}", "$accent")]

    def _turn(self) -> None:
        self._turns += 1
        if not self.running and self._clock:
            self._clock.stop()
            self._clock = None
        for screen in self.app.screen_stack:
            getattr(screen, "jobs_moved", lambda: None)()
        self.app.draw_status()

    def end(self, message: JobEnded) -> None:
        """Say how a job ended, and let the screens catch up."""
        job = message.job
        if message.written is not None:
            self.app.on_written(message.written)
        else:
            self.app.on_written(Written("many"))  # what it had committed by then is there
            self.app.toast(job.words, "error" if job.state is JobState.FAILED else "warning")
        if job.show is not None and job.state is JobState.DONE:
            self._show(job.show)
        self._turn()

    def _show(self, show: Callable[[], None]) -> None:
        """Show what was found, but never over a dialog or where letters are text: keys would answer it."""
        from textual.screen import ModalScreen

        from tui.widgets.bottom_lines import scope_of

        screen = self.app.screen
        if isinstance(screen, ModalScreen) or keymap.writes(scope_of(screen.focused or screen)):
            self.app.toast("Ready: the list of jobs shows it (enter), once you are done here.")
        else:
            show()

    def close(self) -> None:
        """Stop all jobs; what they committed stays."""
        for job in self.running:
            job.stop_asked = True
        self.lane.close(timeout=30)

    # -- on the thread ------------------------------------------------------------------------------------

    def _run(self, job: Job) -> JobEnded | None:
        if job.stop_asked:
            return None
        job.state, job.began = JobState.RUNNING, time.monotonic()
        written: Written | None = None
        try:
            written = job.work(job)
            job.state, job.words = JobState.DONE, written.word or job.words
        except Stopped as error:
            job.state, job.words = JobState.STOPPED, str(error)
        except LocalstoreError as error:
            job.state, job.words = JobState.FAILED, f"{job.name}: {error}"
        except Exception as error:
            job.state, job.words = JobState.FAILED, f"{job.name} went wrong: {type(error).__name__}: {error}"
        job.ended = time.monotonic()
        return JobEnded(job, written)
