"""A sheet to read over the screen: all about one thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import keymap
from tui.visible import line
from tui.widgets.reading.reader import Line, Reader


class Sheet(ModalScreen[None]):
    """Shows lines until the person leaves."""

    SCOPE: ClassVar = "prompt"
    BINDINGS: ClassVar = keymap.bindings("prompt")
    AUTO_FOCUS = "Reader"
    CSS = """
    Sheet > #box { width: 90; height: 80%; }
    Sheet Reader { height: 1fr; margin: 1 0; background: $surface; }
    """

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self.heading, self.lines = title, lines

    def compose(self) -> ComposeResult:
        """Title, lines."""
        with Vertical(id="box"):
            yield Static(Content(line(self.heading, 200)), id="question")
            yield Reader()
            yield Static(Content("esc leaves"), id="hint")

    def on_mount(self) -> None:
        """Write the lines."""
        self.query_one(Reader).show(self.lines)

    def action_cancel(self) -> None:
        """Go back."""
        self.dismiss(None)
