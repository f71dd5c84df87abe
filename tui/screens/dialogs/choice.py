"""One of several: a model to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui import keymap
from tui.visible import line


class Choice(ModalScreen[int]):
    """Returns the number of the line that was chosen, None when the person left."""

    SCOPE: ClassVar = "prompt"
    BINDINGS: ClassVar = keymap.bindings("prompt")
    AUTO_FOCUS = "OptionList"
    DEFAULT_CSS = """
    Choice OptionList {
        height: auto; max-height: 12; border: none; background: $surface; padding: 0; margin: 1 0;
        &:focus { border: none; }
    }
    """

    def __init__(self, question: str, names: Sequence[str]) -> None:
        super().__init__()
        self.question, self.names = question, names

    def compose(self) -> ComposeResult:
        """Question and lines."""
        with Vertical(id="box"):
            yield Static(Content(line(self.question)), id="question")
            yield OptionList(*(Option(Content(line(name, 200))) for name in self.names))
            yield Static(Content("enter chooses · esc leaves"), id="hint")

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Return the line."""
        message.stop()
        self.dismiss(message.option_index)

    def action_cancel(self) -> None:
        """Return nothing."""
        self.dismiss(None)
