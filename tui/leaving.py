"""Leaving: with a question when something would be lost, and at once when the terminal or the system ends the app."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from tui.terminal import closed
from tui.words import KEPT

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

SIGNALS = ("SIGHUP", "SIGTERM")


class Leaving:
    """How an app ends. ``signal`` is what ended it, when a signal did."""

    def __init__(self, app: LocalstoreApp) -> None:
        self.app = app
        self.signal = 0
        self._asks = False

    def listen(self) -> None:
        """End with drafts and session kept when the terminal is closed, or the system asks for it."""
        loop = asyncio.get_running_loop()
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is None or signal.getsignal(number) is signal.SIG_IGN:
                continue  # nohup: the app shall live on; that the terminal is gone is noticed all the same
            try:
                loop.add_signal_handler(number, self.at_once, int(number))
            except (RuntimeError, ValueError, NotImplementedError):  # not the main thread: nobody sends signals there
                return

    def forget(self) -> None:
        """Listen no longer."""
        loop = asyncio.get_running_loop()
        for name in SIGNALS:
            if hasattr(signal, name):
                loop.remove_signal_handler(getattr(signal, name))

    def at_once(self, number: int = int(getattr(signal, "SIGHUP", 1))) -> None:
        """End without a question: what is written is kept as drafts, where the person is as the session."""
        if self.signal:
            return
        self.signal = number
        if closed():
            _cut_off()
        self.keep()
        self.app.exit(return_code=128 + number)

    def keep(self) -> None:
        """Keep drafts and session; the writer does that before its thread ends."""
        self.keep_drafts()
        self.app.session.turn()

    def keep_drafts(self) -> None:
        """Keep what is written and not saved."""
        for screen in self.app.screen_stack:
            if getattr(screen, "unsaved", False):
                getattr(screen, "keep_draft", lambda: None)()

    def ask(self) -> None:
        """Quit; ask when text is unsaved, or something runs."""
        app = self.app
        if self._asks:
            return
        if any(getattr(screen, "unsaved", False) for screen in app.screen_stack):
            self._question("Quit with unsaved text?", KEPT)
        elif app.jobs.running:
            self._question(f"Quit while a job runs? {app.jobs.running[0].name}", "What it has done stays.")
        elif app.syncing.running:
            self._question("Quit while a round runs?", "What was carried stays; the next round goes on.")
        else:
            self._leave(True)

    def _question(self, question: str, words: str) -> None:
        from tui.screens.dialogs.question import Question

        self._asks = True
        self.app.push_screen(Question(question, words, yes="Quit"), self._leave)

    def _leave(self, yes: bool | None) -> None:
        self._asks = False
        if yes:
            self.keep()
            for screen in self.app.screen_stack:
                if self.app.has_store and not self.app.file_watch.lost:
                    getattr(screen, "remember", lambda: None)()
            self.app.exit()


def _cut_off() -> None:
    """Let what is still written to the terminal go nowhere: it is closed, and nothing may wait for it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        try:
            os.dup2(nothing, number)
        except OSError:
            continue
    os.close(nothing)
