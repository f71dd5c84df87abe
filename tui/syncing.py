"""Rounds with the server: on demand or at an interval, on a thread of their own; an edit never waits for one."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.timer import Timer

from localstore import times
from localstore.errors import LocalstoreError, StoreBusy, StoreError
from sync.counts import SyncCounts, sync_counts
from tui import glyphs
from tui.lanes import Lane, Urgency
from tui.messages import Changed
from tui.sync_calls import SyncCalls
from tui.words import how_many

if TYPE_CHECKING:
    from sync.rounds import Round
    from sync.shapes import Progress
    from tui.app import LocalstoreApp
    from tui.widgets.sync.choices import Choices

PREFERENCE = "sync"
INTERVALS = (0, 1, 5, 15, 60)
"""Minutes between rounds; 0: only on demand."""
TURN = 0.25
"""Seconds between two looks at a round that runs."""
KEY = "sync"
UNREACHABLE = 4
"""The exit code of errors that say: the server cannot be reached, try again."""


class RoundEnded(Message):
    """What was asked of the server came to its end; ``value`` or ``error`` says how."""

    def __init__(self, key: str, value: Any = None, error: LocalstoreError | None = None) -> None:
        super().__init__()
        self.key = key
        self.value = value
        self.error = error


class SyncCounted(Message):
    """What waits was counted."""

    def __init__(self, counts: SyncCounts) -> None:
        super().__init__()
        self.counts = counts


@dataclass(slots=True)
class Phase:
    """How far a phase of a round is, and how fast."""

    words: str
    begun: float
    done: int = 0
    whole: int | None = None
    size: int = 0
    first: int = 0
    at: float = 0.0

    @property
    def rate(self) -> float:
        """Rows a second since the phase began."""
        passed = self.at - self.begun
        return (self.done - self.first) / passed if passed > 0 else 0.0

    @property
    def share(self) -> float | None:
        """How much of the phase is done, when it is known how much there is."""
        return min(1.0, self.done / self.whole) if self.whole else None

    @property
    def left(self) -> float | None:
        """Seconds that are left at this rate."""
        return max(0, self.whole - self.done) / self.rate if self.whole and self.rate else None


class Syncing:
    """The app's side of sync: what runs, what waits, and when the next round begins by itself."""

    def __init__(self, app: LocalstoreApp) -> None:
        self.app = app
        self.lane = Lane("sync")
        self.calls = SyncCalls()
        self.counts = SyncCounts()
        self.phase: Phase | None = None
        self.words = ""
        """What runs, empty when nothing does."""
        self.offline = ""
        """Why the server could not be reached last, empty when it could."""
        self.minutes = 0
        self.chosen: dict[str, Choices] = {}
        """What was chosen in conflicts and not applied yet, by their ids."""
        self._stop_asked = False
        self._by_itself = False
        self._signs: Timer | None = None
        self._clock: Timer | None = None

    # -- beginning ----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Take up the interval of this machine, and count."""
        kept = self.app.store.preferences.get(PREFERENCE, {})
        self._set_clock(kept.get("interval", 0) if isinstance(kept, dict) else 0)
        self.count()

    def _set_clock(self, minutes: int) -> None:
        self.minutes = minutes if minutes in INTERVALS else 0
        if self._clock:
            self._clock.stop()
        self._clock = self.app.set_interval(self.minutes * 60, self.due) if self.minutes else None

    def next_interval(self) -> int:
        """Take the next interval, keep it on this machine, and return its minutes."""
        minutes = INTERVALS[(INTERVALS.index(self.minutes) + 1) % len(INTERVALS)]
        self._set_clock(minutes)
        store = self.app.store
        if not self.app.read_only:
            self.app.writer.submit(
                self.app, lambda: store.preferences.set(PREFERENCE, {"interval": minutes}), key=PREFERENCE
            )
        return minutes

    def due(self) -> None:
        """Begin a round by the clock: not before the first one was asked for, and never beside another."""
        if self.counts.synced and not self.running and not self.app.read_only:
            self.round(by_itself=True)

    # -- counting -----------------------------------------------------------------------------------------

    def count(self) -> None:
        """Count what waits, behind the screen."""
        store = self.app.store
        self.app.reader.submit(
            self.app, lambda: SyncCounted(sync_counts(store)), key="sync counts", urgency=Urgency.FACETS
        )

    def counted(self, counts: SyncCounts) -> None:
        """Show the counts."""
        self.counts = counts
        self.tell()

    def facts(self) -> list[tuple[str, str]]:
        """Return what every status line says of sync: a glyph and a word each; nothing for a store without server."""
        counts, facts = self.counts, []
        if self.running:
            share = self.phase.share if self.phase else None
            facts.append(
                (f"{glyphs.SYNC} {self.words}{'' if share is None else f' {share:.0%}'[:-1] + ' %'}", "$accent")
            )
        elif self.offline:
            facts.append((f"{glyphs.OFFLINE} offline", "$warning"))
        elif counts.linked and counts.last.get("outcome") == "failed":
            facts.append((f"{glyphs.BAD} sync failed", "$error"))
        if counts.linked and counts.to_push:
            facts.append((f"{glyphs.SYNC} {counts.to_push:,}{'+' * counts.more} to push", ""))
        if counts.conflicts:
            facts.append((f"{glyphs.WARNING} {how_many(counts.conflicts, 'conflict')}", "$warning"))
        if counts.linked and not facts and counts.last.get("outcome") == "done":
            facts.append((f"{glyphs.GOOD} synced {when(str(counts.last['at']))}", "$success"))
        return facts

    # -- running ------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether something is asked of the server now."""
        return bool(self.words)

    def round(self, *, by_itself: bool = False) -> None:
        """Carry changes both ways; one that begins by itself says nothing when the server is away."""
        store, calls = self.app.store, self.calls
        self._by_itself = by_itself
        self.run("round", "syncing", lambda: calls.round(store, self.report, self.given_up))

    def run(self, key: str, words: str, work: Callable[[], Any]) -> None:
        """Let *work* run on the thread of sync; *words* say what it does. One thing at a time."""
        if self.running:
            self.app.toast("A round is running: x stops it.", "warning")
            return
        self.words, self.phase, self._stop_asked = words, None, False
        self.lane.submit(self.app, lambda: _ended(key, work), key=KEY)
        self._signs = self.app.set_interval(self.app.delay(TURN), self.tell)
        self.tell()

    def report(self, progress: Progress) -> None:
        """Note how far a round is; called on its thread."""
        now, words = time.monotonic(), f"{progress.phase} {progress.tbl.replace('_', ' ')}".strip()
        phase = self.phase
        if phase is None or phase.words != words:
            phase = Phase(words, now, first=progress.done)
        phase.done, phase.whole, phase.size, phase.at = progress.done, progress.whole, progress.size, now
        self.phase = phase

    def ask(self, put: Callable[[Callable[[bool | None], None]], None]) -> bool:
        """Ask the person from the thread of sync: *put* shows a question and hands over who hears its answer."""
        answer: Future[bool] = Future()

        def heard(yes: bool | None) -> None:
            if not answer.done():
                answer.set_result(bool(yes))

        self.app.call_from_thread(put, heard)
        while not self.given_up():
            try:
                return answer.result(timeout=0.05)
            except TimeoutError:
                continue
        return False

    def given_up(self) -> bool:
        """Tell what runs whether it should end after its step."""
        return self._stop_asked or self.lane.given_up()

    def stop(self) -> bool:
        """Ask what runs to end after its step; tell whether anything ran."""
        if self.running:
            self.words, self._stop_asked = "stopping", True
            self.tell()
        return self.running

    def end(self, message: RoundEnded) -> None:
        """Show how it ended; other screens hear that the list may have changed, and none of them jumps."""
        by_itself, self._by_itself = self._by_itself, False
        self.words, self.phase = "", None
        if self._signs:
            self._signs.stop()
        self._note_reach(message.error)
        if message.error and not by_itself:
            self.app.toast(str(message.error), "information" if self._stop_asked else "error")
        if message.key == "round" and message.value is not None:
            self._round_ended(message.value, by_itself=by_itself)
        self.count()
        self.tell()
        for screen in self.app.screen_stack:
            getattr(screen, "sync_ended", lambda _: None)(message)

    def _note_reach(self, error: LocalstoreError | None) -> None:
        """Keep why the server could not be reached; a round of another window says nothing of it."""
        if isinstance(error, StoreBusy):
            return
        self.offline = str(error) if error and error.exit_code == UNREACHABLE else ""

    def _round_ended(self, done: Round, *, by_itself: bool) -> None:
        if done.pulled or done.deleted_here or done.conflicts:
            self.app.post_message(Changed())
        if done.conflicts and by_itself:
            self.app.toast(f"{how_many(done.conflicts, 'new conflict')}: 6 and c show what waits.", "warning")
        elif not by_itself:
            from tui.widgets.sync.words import round_words

            self.app.toast(f"{'Stopped' if done.cancelled else 'Synced'}: {round_words(done)}")

    def tell(self) -> None:
        """Draw the status lines, and what else shows sync, anew."""
        self.app.draw_status()
        for screen in self.app.screen_stack:
            getattr(screen, "sync_moved", lambda: None)()

    def close(self) -> None:
        """End what runs after its step."""
        self.lane.close(timeout=10)


def _ended(key: str, work: Callable[[], Any]) -> RoundEnded:
    """Do the work; whatever happens, the app hears that it ended."""
    try:
        return RoundEnded(key, work())
    except LocalstoreError as error:
        return RoundEnded(key, error=error)
    except Exception as error:
        words = f"This went wrong and nothing was lost: {type(error).__name__}: {error}"
        return RoundEnded(key, error=StoreError(words))


def when(stamp: str) -> str:
    """Return a stored time as a local minute, or as a day when it is not today's."""
    moment, now = times.local(stamp), times.local(times.now())
    return f"{moment:%H:%M}" if moment.date() == now.date() else times.local_day(moment)
