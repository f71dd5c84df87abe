"""A question with a safe answer: Enter never does it, ``y`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui import keymap
from tui.screens.forms.closing import Closing
from tui.visible import line

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

T = TypeVar("T")


class Dialog(Closing[T], ModalScreen[T]):
    """A box over the screen with a safe and a deliberate button."""

    SCOPE: ClassVar = "dialog"
    BINDINGS: ClassVar = keymap.bindings("dialog")
    AUTO_FOCUS = "#cancel"

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    def buttons(self, yes: str) -> ComposeResult:
        """Make Cancel and the other one."""
        with Horizontal(id="buttons"):
            yield Button(Content("Cancel  esc"), id="cancel")
            yield Button(Content(f"{yes}  y"), id="yes", classes="-danger")

    def on_button_pressed(self, message: Button.Pressed) -> None:
        """Do what the button says."""
        message.stop()
        if message.button.id == "yes":
            self.action_confirm()
        else:
            self.action_cancel()

    def action_confirm(self) -> None:
        """Do it."""
        raise NotImplementedError

    def action_cancel(self) -> None:
        """Leave all as it is."""
        self.close(None)


class Question(Dialog[bool]):
    """Yes or no."""

    def __init__(self, question: str, text: str, *, yes: str) -> None:
        super().__init__()
        self.question, self.text, self.yes = question, text, yes

    def compose(self) -> ComposeResult:
        """Question, text, buttons."""
        with Vertical(id="box"):
            yield Static(Content(line(self.question)), id="question")
            yield Static(Content(line(self.text)), id="text")
            yield from self.buttons(self.yes)

    def action_confirm(self) -> None:
        """Answer yes."""
        self.close(True)
