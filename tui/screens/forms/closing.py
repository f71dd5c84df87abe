"""Closing a screen from a message: never another one that the person put above it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual.screen import Screen

T = TypeVar("T")


class Closing(Screen[T]):
    """A screen that ends by what a thread answers; what it says then waits until it is the screen one looks at."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._when_current: list[Callable[[], Any]] = []
        self._ended = False

    @property
    def on_top(self) -> bool:
        """Tell whether this is the screen that keys go to."""
        return self.is_attached and self.app.screen is self

    def when_current(self, do: Callable[[], Any]) -> None:
        """Do something now, or when the screens above are gone."""
        if self.on_top:
            do()
        else:
            self._when_current.append(do)

    def close(self, value: T | None = None) -> None:
        """End this screen with a value: now, or when the screens above are gone. Only the first time counts."""

        def end() -> None:
            if not self._ended:
                self._ended = True
                self.dismiss(value)

        self.when_current(end)

    def on_screen_resume(self) -> None:
        """Do what waited; a screen that was put above meanwhile comes first."""
        while self._when_current and self.on_top and not self._ended:
            self._when_current.pop(0)()
