"""Keys that come before a form is there: kept, and given to its fields when these are filled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from textual import events

from tui.screens.forms.closing import Closing

T = TypeVar("T")
MOVES = ("tab", "shift+tab")
"""Keys after which the next belongs to another field, whoever has the focus when it comes."""


class EarlyKeys(Closing[T]):
    """Nothing has the focus, and no key is lost, until ``take_keys`` is called."""

    AUTO_FOCUS = ""
    first: ClassVar[str] = ""
    """The field that gets the focus then."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.ready = False
        self._early: list[events.Event | Callable[[], Any]] = []
        self._moving = False  # a key that was kept, and may move the focus, is still on its way

    def _forward_event(self, event: events.Event) -> None:
        """Keep a key or a pasted text until those before it were given."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded or not self.takes(event):
            super()._forward_event(event)
            return
        waits = self.keeps_keys
        self._early.append(event)
        if not waits:
            self._give()

    def takes(self, event: events.Key | events.Paste) -> bool:
        """Tell whether a key or pasted text has its turn from here, though a field has the focus."""
        return self.keeps_keys or (isinstance(event, events.Key) and event.key in MOVES)

    def take_keys(self) -> None:
        """Give the focus to the first field, and to the fields what was typed meanwhile."""
        self.ready = True
        for widget in self.query(self.first) if self.first and self.focused is None else ():
            if widget.focusable:
                self.set_focus(widget)
                break
        self._give()

    def _give(self) -> None:
        self._moving = False
        while self._early and self.is_attached:
            event = self._early.pop(0)
            target = self.focused
            if not isinstance(event, events.Event):
                (target or self).call_later(event)
            elif target is None:
                super()._forward_event(event)
            else:
                target._forward_event(event)
            if isinstance(event, events.Key) and not event.is_printable:
                self._moving = True
                self._follow([target or self, *(target or self).ancestors])
                return

    def _follow(self, way: list[Any]) -> None:
        """Give the next key when the last, which may move the focus, has been with everyone up to the app."""
        while way:
            place, *way = way
            if place.call_later(self._follow, way):
                return
        self.call_after_refresh(self._give)

    def after_keys(self, do: Callable[[], Any]) -> None:
        """Do something when the fields have taken every key that was typed before."""
        if self.keeps_keys:
            self._early.append(do)
        else:
            (self.focused or self).call_later(do)

    @property
    def pending(self) -> bool:
        """Tell whether a key is kept or on its way."""
        return self._moving or bool(self._early)

    @property
    def keeps_keys(self) -> bool:
        """Tell whether what is typed now waits for its turn."""
        return self.pending or not self.ready
