"""A line to write in, that shows what hides in a text instead of sending it to the terminal."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Input

from tui.visible import same_length


class Field(Input):
    """One line."""

    @property
    def _value(self) -> Text:
        text = super()._value
        text.plain = same_length(text.plain)
        return text
