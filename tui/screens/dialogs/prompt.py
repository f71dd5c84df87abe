"""One line to write: a name, a path."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Static

from tui import keymap
from tui.screens.dialogs.lines import take
from tui.screens.forms.early_keys import EarlyKeys
from tui.visible import line


class Prompt(EarlyKeys[str], ModalScreen[str]):
    """Returns what was written, None when the person left; an empty line is nothing."""

    SCOPE: ClassVar = "answer"
    BINDINGS: ClassVar = keymap.bindings("answer")
    first = "Input"

    def __init__(self, question: str, text: str = "", value: str = "", suggester: Suggester | None = None) -> None:
        super().__init__()
        self.question, self.text, self.value, self.suggester = question, text, value, suggester

    def compose(self) -> ComposeResult:
        """Question, text, field."""
        with Vertical(id="box"):
            yield Static(Content(line(self.question)), id="question")
            yield Static(Content(line(self.text)), id="text")
            yield Input(self.value, suggester=self.suggester, select_on_focus=False)
            yield Static(Content("enter does it · esc leaves"), id="hint")

    def on_mount(self) -> None:
        """Take what was typed before the field was there."""
        self.take_keys()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Return what was written."""
        message.stop()
        if message.value.strip():
            self.answer(message.value.strip())

    def answer(self, value: str) -> None:
        """Return a value; subclasses return more."""
        self.close(value)

    async def action_take(self) -> None:
        """Do what Enter does in a line."""
        await take(self)

    def action_cancel(self) -> None:
        """Return nothing."""
        self.close(None)
