"""Fields to write in, that show what hides in a text instead of sending it to the terminal."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Input, TextArea

from tui.visible import same_length

LONGEST = 200_000
"""Characters an editor on the screen takes at a good pace; above, $EDITOR does."""
HIGHLIGHTED = 60_000
"""Characters up to which JSON is coloured: beyond, each key would take a tenth of a second."""


class Field(Input):
    """One line."""

    @property
    def _value(self) -> Text:
        text = super()._value
        text.plain = same_length(text.plain)
        return text


class Editor(TextArea):
    """Many lines."""

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is shown."""
        return Text(same_length(self.document.get_line(line_index)), end="", no_wrap=True)
