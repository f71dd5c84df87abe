"""The clock: set forward, set back, or standing still, for everything that asks for the time inside a block.

Python's own clock is replaced where the program reads it; SQLite's, which triggers and defaults ask, by a VFS.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from localstore import ids
from tests.faults.layer import Layer

JULIAN = 210_866_760_000_000
"""Milliseconds from the start of SQLite's days (https://sqlite.org/c3ref/vfs.html) to 1970."""


class Clock(Layer):
    """Shows the true time moved by ``by``, or always ``at``."""

    title = "moved-clock"

    def __init__(self) -> None:
        super().__init__()
        self.by = timedelta()
        self.at: datetime | None = None

    def now(self) -> datetime:
        """Return what it shows."""
        return self.at or datetime.fromtimestamp(time.time(), UTC) + self.by

    def nanoseconds(self) -> int:
        """Return what it shows since 1970."""
        return int(self.now().timestamp() * 1_000_000) * 1000

    def xCurrentTime(self) -> float:
        return self.xCurrentTimeInt64() / 86_400_000

    def xCurrentTimeInt64(self) -> int:
        return JULIAN + int(self.now().timestamp() * 1000)


class _Likeness(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


def _datetimes(clock: Clock) -> type:
    """Return a stand-in for ``datetime`` that asks the clock."""

    class Moved(datetime, metaclass=_Likeness):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.now().astimezone(tz)

    return Moved


@contextmanager
def moved(**by: float) -> Iterator[Clock]:
    """Let every clock inside the block be off by so much; files opened inside ask it too."""
    with Clock().mounted() as clock, _shown(clock):
        clock.by = timedelta(**by)
        yield clock


@contextmanager
def later(**by: float) -> Iterator[None]:
    """Let Python's clock alone be off, whatever disk is mounted."""
    clock = Clock()
    clock.by = timedelta(**by)
    with _shown(clock):
        yield
    clock.unregister()


@contextmanager
def _shown(clock: Clock) -> Iterator[None]:
    asked = SimpleNamespace(**{**vars(time), "time_ns": clock.nanoseconds})
    stand_in: Any = _datetimes(clock)
    modules = [module for name, module in sys.modules.items() if name.startswith("localstore")]
    with ExitStack() as stack:
        for module in modules:
            if vars(module).get("datetime") is datetime:
                stack.enter_context(patch.object(module, "datetime", stand_in))
        stack.enter_context(patch.object(ids, "time", asked))
        yield
