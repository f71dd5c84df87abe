"""Lanes: the reader thread and the writer thread. Work goes in, a message comes out.

A screen never waits: it submits work and the answer is posted to the widget that asked. A newer job of the same
key replaces an older one; an urgent job stops a slow one, which starts again afterwards.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum

from textual.message import Message
from textual.message_pump import MessagePump

from localstore.errors import Interrupted, LocalstoreError, StoreError
from tui.messages import Failed, OverBudget

RETRIES = 3
"""How often a job that was stopped in place of another starts again."""


class Urgency(IntEnum):
    """Who goes first; what is slow and can wait is stopped for the others."""

    ROWS = 0
    DETAIL = 1
    COUNT = 2
    ANCHORS = 3
    FACETS = 4


@dataclass(order=True)
class Job:
    """One piece of work and who hears of it."""

    urgency: int
    number: int
    key: str = field(compare=False)
    work: Callable[[], Message | None] = field(compare=False)
    receiver: MessagePump = field(compare=False)
    budget: float | None = field(compare=False, default=None)
    cancelled: bool = field(compare=False, default=False)
    preempted: bool = field(compare=False, default=False)
    expired: bool = field(compare=False, default=False)
    tries: int = field(compare=False, default=0)


class Lane:
    """One thread that does jobs in order of urgency, then of arrival; ``rested`` is called on it when none is left."""

    def __init__(
        self, name: str, interrupt: Callable[[int], None] | None = None, rested: Callable[[], object] | None = None
    ) -> None:
        self.name = name
        self.rested = rested
        self._interrupt = interrupt
        self._numbers = itertools.count()
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def idle(self) -> bool:
        """Tell whether nothing waits and nothing runs."""
        with self._changed:
            return not self._waiting and self._running is None

    def given_up(self) -> bool:
        """Tell the work that runs on this thread whether nobody waits for it any more."""
        return self._closed or bool(self._running and self._running.cancelled)

    def submit(
        self,
        receiver: MessagePump,
        work: Callable[[], Message | None],
        *,
        key: str = "",
        urgency: int = Urgency.ROWS,
        budget: float | None = None,
    ) -> None:
        """Let *work* run on the thread; its message, Failed, or OverBudget is posted to *receiver*.

        A job of the same *key* and receiver that waits or runs is given up; ``budget`` is in seconds.
        """
        with self._changed:
            if self._closed:
                return
            job = Job(int(urgency), next(self._numbers), key, work, receiver, budget)
            if key:
                self._cancel(key, receiver)
            self._preempt(job)
            self._waiting.append(job)
            self._start()
            self._changed.notify_all()

    def cancel(self, receiver: MessagePump, key: str) -> None:
        """Give up the job of this key, whether it waits or runs."""
        with self._changed:
            self._cancel(key, receiver)

    def _cancel(self, key: str, receiver: MessagePump) -> None:
        self._waiting = [j for j in self._waiting if (j.key, j.receiver) != (key, receiver)]
        running = self._running
        if running and (running.key, running.receiver) == (key, receiver):
            running.cancelled = True
            self._stop()

    def _preempt(self, job: Job) -> None:
        running = self._running
        if running and running.urgency > job.urgency and running.urgency >= Urgency.COUNT:
            running.preempted = True
            self._stop()

    def _stop(self) -> None:
        if self._interrupt and self._thread and self._thread.ident:
            self._interrupt(self._thread.ident)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"localstore {self.name}", daemon=True)
            self._thread.start()

    def close(self, timeout: float = 5.0, *, finish: bool = False) -> None:
        """Finish what runs, drop the rest, end the thread; with *finish*, do the rest first: it is what to keep."""
        with self._changed:
            self._closed = True
            if not finish:
                self._waiting.clear()
                if self._running:
                    self._running.cancelled = True
                    self._stop()
            self._changed.notify_all()
        if self._thread:
            self._thread.join(timeout)

    # -- on the thread ------------------------------------------------------------------------------------

    def _work(self) -> None:
        while job := self._next():
            answer = self._do(job)
            with self._changed:
                again = answer is _AGAIN and not self._closed and not job.cancelled
                if again:
                    job.preempted = False
                    self._waiting.append(job)
                deliver = None if again or job.cancelled else answer
            if deliver is not None and deliver is not _AGAIN:
                with suppress(RuntimeError):  # the loop is closed: nobody listens
                    job.receiver.post_message(deliver)
            with self._changed:
                self._running = None
                resting = not self._waiting and not self._closed
            if resting and self.rested is not None:
                with suppress(RuntimeError):
                    self.rested()

    def _next(self) -> Job | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if not self._waiting:
                return None
            self._running = job = min(self._waiting)
            self._waiting.remove(job)
            return job

    def _do(self, job: Job) -> Message | None:
        job.tries += 1
        clock = threading.Timer(job.budget, self._expire, [job]) if job.budget else None
        if clock:
            clock.daemon = True
            clock.start()
        try:
            return job.work()
        except Interrupted:
            return self._interrupted(job)
        except LocalstoreError as error:
            return Failed(job.key, error)
        except Exception as error:
            return Failed(job.key, StoreError(f"This went wrong and nothing was kept: {type(error).__name__}: {error}"))
        finally:
            if clock:
                clock.cancel()

    def _interrupted(self, job: Job) -> Message | None:
        if job.expired:
            return OverBudget(job.key)
        if job.preempted:
            job.tries = 0
        return None if job.cancelled or job.tries > RETRIES else _AGAIN

    def _expire(self, job: Job) -> None:
        with self._changed:
            if self._running is job:
                job.expired = True
                self._stop()


_AGAIN = OverBudget("")
