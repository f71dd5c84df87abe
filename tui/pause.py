"""A pause: something is done a moment after it was last asked for, so that keys in a row cost one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from textual.message_pump import MessagePump
from textual.timer import Timer


class Pause:
    """Waits on behalf of a screen or widget; true while something waits."""

    def __init__(self, owner: MessagePump) -> None:
        self._owner = owner
        self._timer: Timer | None = None

    def __bool__(self) -> bool:
        return self._timer is not None

    def then(self, seconds: float, work: Callable[[], object]) -> None:
        """Call *work* in some seconds, in place of what waits."""

        def now() -> None:
            self._timer = None
            work()

        self.stop()
        self._timer = self._owner.set_timer(cast("Any", self._owner.app).delay(seconds), now)

    def stop(self) -> bool:
        """Do nothing of what waits; tell whether something did."""
        waited = self._timer is not None
        if self._timer:
            self._timer.stop()
            self._timer = None
        return waited
