"""Many lines to write in. Apart from the line: what it needs to be imported is no part of the first screen."""

from __future__ import annotations

import re

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import TextArea

from tui.visible import MAX_LINE, same_length

LONGEST = 200_000
"""Characters, however few lines they stand in, that an editor on the screen takes at a good pace."""
LARGEST = 2_000_000
"""Characters it takes when no line is long; above, $EDITOR does."""
LONGEST_LINE = 20_000
"""Characters of one line: it is wrapped anew at every key."""
HIGHLIGHTED = 2_000
"""Lines of JSON that are coloured."""
_STRING = r'"(?:[^"\\]|\\.)*"'
_NUMBER = r"-?\b\d[\d.eE+-]*|\b(?:true|false|null)\b"
_JSON = re.compile(rf"(?P<key>{_STRING}(?=\s*:))|(?P<text>{_STRING})|(?P<number>{_NUMBER})")


def too_long(text: str) -> bool:
    """Tell whether a text, or a line of it, is too long to be edited on the screen."""
    return len(text) > LARGEST or any(len(each) > LONGEST_LINE for each in text.split("\n"))


class Editor(TextArea):
    """Many lines; with *json*, keys and numbers are coloured line by line, which costs nothing however long it is."""

    class TooLong(Message):
        """A paste would make the text too long for the screen: ``text`` is all of it, and nothing was put in."""

        def __init__(self, editor: Editor, text: str) -> None:
            super().__init__()
            self.editor, self.text = editor, text

        @property
        def control(self) -> Editor:
            """Return the editor."""
            return self.editor

    def __init__(self, *, id: str, json: bool = False) -> None:
        super().__init__(id=id, compact=True, tab_behavior="focus", highlight_cursor_line=False)
        self.json = json

    async def _on_paste(self, event: events.Paste) -> None:
        """Take a paste, unless the text became too long with it: wrapping that would take seconds."""
        if self.read_only or not too_long(event.text):
            return
        event.stop()
        event.prevent_default()
        start, end = sorted(self.selection)
        document = self.document
        before = document.get_text_range((0, 0), start)
        after = document.get_text_range(end, document.end)
        self.post_message(self.TooLong(self, before + event.text + after))

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is shown."""
        text = Text(same_length(self.document.get_line(line_index)), end="", no_wrap=True)
        if self.json and len(text) < MAX_LINE and self.document.line_count <= HIGHLIGHTED:
            variables = self.app.theme_variables
            for match in _JSON.finditer(text.plain):
                if not match["text"]:
                    text.stylize(variables["secondary" if match["key"] else "accent"], *match.span())
        return text
