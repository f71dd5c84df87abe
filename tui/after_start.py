"""What an app does once its start is over: look for garbage again, and import the screens a person may go to."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Container
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from tui.lanes import Lane
from tui.messages import Loaded
from tui.registry import destinations

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

FETCHED = "a module"
"""Key of the message that another one was imported."""
SETTLED = 0.5
"""Seconds after the store was opened until the start counts as over."""
PAUSE = 0.05
"""Seconds between two modules: an import holds the interpreter, and keys come first."""
CALM = 0.25
"""Seconds since the last key."""
OFTEN = (
    "tui.screens.item.item",
    "tui.screens.item.form",
    "tui.screens.dialogs.help",
    "tui.palette",
)
"""What is gone to most, without a digit of its own."""


class AfterStart:
    """Waits for the end of the start; then works while no key comes."""

    def __init__(self, app: LocalstoreApp) -> None:
        self.app = app
        self.lane = Lane("imports")
        self.wanted: list[str] = []
        self.last_key = 0.0
        """When the terminal sent something last."""
        self._begun = False

    def begin(self) -> None:
        """Let the start be over in a moment; without a terminal, nobody waits for anything."""
        if not self._begun and not self.app.is_headless:
            self._begun = True
            self.app.set_timer(SETTLED, self._settle)

    def _settle(self) -> None:
        gc.freeze()  # what the start made stays: no later look for garbage goes through it
        gc.enable()
        self.fetch(sys.modules)

    def fetch(self, known: Container[str]) -> None:
        """Import all screens but those *known* on a thread, one after the other."""
        named = [*OFTEN, *(each.module for each in destinations())]
        self.wanted = [name for name in dict.fromkeys(named) if name not in known]
        self.go_on()

    def go_on(self) -> None:
        """Import the next one, a while after the one before."""
        if self.wanted:
            self.app.set_timer(self.app.delay(PAUSE), self._next)

    def _next(self) -> None:
        if time.monotonic() - self.last_key < self.app.delay(CALM):
            self.go_on()
            return
        name = self.wanted.pop(0)

        def work() -> Loaded:
            with suppress(ImportError):  # it is said to whoever goes there
                import_module(name)
            return Loaded(FETCHED, name)

        self.lane.submit(self.app, work)
