"""Two versions of an item: mine, and the one somebody saved meanwhile."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from localstore import values
from localstore.errors import EditConflict
from tui import keymap
from tui.widgets.reader import Line, Piece, Reader, plain

SHOWN = 2_000


class ConflictDialog(ModalScreen[str]):
    """Returns ``mine``, ``theirs``, or None to go on writing."""

    SCOPE: ClassVar = "conflict"
    BINDINGS: ClassVar = keymap.bindings("conflict")
    AUTO_FOCUS = "#cancel"

    def __init__(self, error: EditConflict) -> None:
        super().__init__(classes="-danger")
        self.error = error

    def compose(self) -> ComposeResult:
        """Both versions, three buttons."""
        with Vertical(id="box"):
            yield Static(Content("Somebody changed this item while you wrote"), id="question")
            yield Reader()
            with Horizontal(id="buttons"):
                yield Button(Content("Back  esc"), id="cancel")
                yield Button(Content("Keep mine  m"), id="mine")
                yield Button(Content("Take theirs  t"), id="theirs")

    def on_mount(self) -> None:
        """Show the fields that differ."""
        self.query_one(Reader).show(versions(self.error))

    def on_button_pressed(self, message: Button.Pressed) -> None:
        """Do what the button says."""
        message.stop()
        self.dismiss(None if message.button.id == "cancel" else message.button.id)

    def action_mine(self) -> None:
        """Save mine over theirs."""
        self.dismiss("mine")

    def action_theirs(self) -> None:
        """Take theirs into the form."""
        self.dismiss("theirs")

    def action_cancel(self) -> None:
        """Go on writing."""
        self.dismiss(None)


def versions(error: EditConflict) -> list[Line]:
    """Return each field that differs, mine above theirs."""
    lines: list[Line] = []
    for name, mine in error.ours.items():
        lines.append((Piece(name, "heading"),))
        for who, value, tone in (("mine", mine, "good"), ("theirs", error.theirs.get(name), "warn")):
            for number, (piece, *_) in enumerate(plain(_text(value)[:SHOWN])):
                lines.append((Piece(f"  {'' if number else who:<8}", tone), piece))
    return lines


def _text(value: Any) -> str:
    return value if isinstance(value, str) else values.to_json(value)
