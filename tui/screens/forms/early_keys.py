"""Keys that come before a form is there: kept, and given to its fields when these are filled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from textual import events

from tui.screens.forms.closing import Closing

T = TypeVar("T")


class EarlyKeys(Closing[T]):
    """Nothing has the focus, and no key is lost, until ``take_keys`` is called."""

    AUTO_FOCUS = ""
    first: ClassVar[str] = ""
    """The field that gets the focus then."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.ready = False
        self._early: list[events.Event | Callable[[], Any]] = []

    def _forward_event(self, event: events.Event) -> None:
        """Keep a key or a pasted text; the app sends them here as long as no field has the focus."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and (self._early or not self.ready):
            self._early.append(event)
        else:
            super()._forward_event(event)

    def take_keys(self) -> None:
        """Give the focus to the first field, and to the fields what was typed meanwhile."""
        self.ready = True
        for widget in self.query(self.first) if self.first and self.focused is None else ():
            if widget.focusable:
                self.set_focus(widget)
                break
        self._give()

    def _give(self) -> None:
        while self._early and self.is_attached:
            event = self._early.pop(0)
            target = self.focused
            if not isinstance(event, events.Event):
                (target or self).call_later(event)
            elif target is None:
                super()._forward_event(event)
            else:
                target._forward_event(event)
            if isinstance(event, events.Key) and not event.is_printable and self._early:
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
        if self._early or not self.ready:
            self._early.append(do)
        else:
            (self.focused or self).call_later(do)

    @property
    def pending(self) -> bool:
        """Tell whether something waits for the next key."""
        return bool(self._early)
