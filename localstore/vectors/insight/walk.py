"""A walk through many vectors: how far it is, and whether anybody still waits for it."""

from __future__ import annotations

from collections.abc import Callable

from localstore.errors import Interrupted


class Walk:
    """``check`` before each step, ``tell`` after it."""

    def __init__(
        self, total: int, progress: Callable[[int, int], None] | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self.total, self.done = total, 0
        self._progress, self._cancelled = progress, cancelled

    def check(self) -> None:
        """Raise Interrupted when it was given up."""
        if self._cancelled and self._cancelled():
            raise Interrupted("Stopped.")

    def tell(self, count: int) -> None:
        """Tell of *count* more."""
        self.done += count
        if self._progress:
            self._progress(self.done, self.total)
