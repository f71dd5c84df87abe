"""Screens that ask something of the vectors: on a thread of its own, with a sign that it runs, to be stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen
from textual.timer import Timer

from localstore.errors import Interrupted, LocalstoreError
from tui import glyphs
from tui.messages import Computed, Failed

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

SOON = 0.15
"""Seconds without a sign: most answers are there before."""
KEY = "vectors"
Progress = Callable[[int, int], None]


class VectorWork(Screen[None]):
    """Asks for one thing at a time; a newer question replaces an older one."""

    _words = ""
    _number = 0
    _turns = 0
    _done: tuple[int, int] = (0, 0)
    _sign: Timer | None = None

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    # -- what subclasses say ------------------------------------------------------------------------------

    def computed(self, key: str, value: Any) -> None:
        """Show an answer."""
        raise NotImplementedError

    def not_computed(self, error: LocalstoreError) -> None:
        """Show why there is no answer."""
        self.localstore.toast(str(error), "error")

    def show_status(self) -> None:
        """Write the status line, with ``sign``."""
        raise NotImplementedError

    # -- asking -------------------------------------------------------------------------------------------

    def compute(self, key: str, words: str, work: Callable[[Progress], Any]) -> None:
        """Let *work* run on the thread of vectors; ``computed`` gets its answer. *words* say what runs."""
        self._end()
        self._number += 1
        self._words, self._done, number, lane = words, (0, 0), self._number, self.localstore.vectors

        def told(done: int, total: int) -> None:
            if lane.given_up():
                raise Interrupted("The work was stopped.")
            self._done = (done, total)

        lane.submit(self, lambda: Computed(key, number, work(told)), key=KEY)
        self._sign = self.set_interval(self.localstore.delay(SOON), self._turn)

    @property
    def working(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._words)

    def stop_work(self) -> bool:
        """Give up what runs; tell whether anything did."""
        was = self.working
        self._number += 1
        self.localstore.vectors.cancel(self, KEY)
        self._end()
        if was:
            self.show_status()
        return was

    def given_up(self) -> bool:
        """Tell work on the thread whether it may end early."""
        return self.localstore.vectors.given_up()

    def sign(self) -> tuple[str, str]:
        """Return what the status line says of the work, once it takes noticeably long."""
        if not self._words or not self._turns:
            return ("", "")
        signs = glyphs.ASCII_SPINNER if self.localstore.ascii else glyphs.SPINNER
        done, total = self._done
        share = f" {100 * done // total} %" if total else ""
        return (f"{signs[self._turns % len(signs)]} {self._words}{share} · esc stops", "$accent")

    def _turn(self) -> None:
        self._turns += 1
        self.show_status()

    def _end(self) -> None:
        if self._sign:
            self._sign.stop()
        self._words, self._turns, self._sign = "", 0, None

    # -- hearing ------------------------------------------------------------------------------------------

    def on_computed(self, message: Computed) -> None:
        """Show the answer, unless another is wanted by now."""
        message.stop()
        if message.number == self._number:
            self._end()
            self.computed(message.key, message.value)
            self.show_status()

    def on_failed(self, message: Failed) -> None:
        """Show why there is no answer."""
        if message.key == KEY:
            message.stop()
            self._end()
            self.not_computed(message.error)
            self.show_status()

    def on_unmount(self) -> None:
        """Leave nothing running for a screen that is gone."""
        self.localstore.vectors.cancel(self, KEY)
