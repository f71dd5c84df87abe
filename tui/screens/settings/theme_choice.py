"""The colours: each theme is shown as soon as the cursor is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui import keymap, themes

if TYPE_CHECKING:
    from tui.app import LocalstoreApp


class ThemeChoice(ModalScreen[str]):
    """Returns the name of a theme, None when the person left; then the one before is back."""

    SCOPE: ClassVar = "prompt"
    BINDINGS: ClassVar = keymap.bindings("prompt")
    AUTO_FOCUS = "OptionList"
    DEFAULT_CSS = """
    ThemeChoice OptionList { height: auto; border: none; background: $surface; margin: 1 0; &:focus { border: none; } }
    """

    def __init__(self, before: str) -> None:
        super().__init__()
        self.before = before
        self.names = [theme.name for theme in themes.THEMES]

    def compose(self) -> ComposeResult:
        """The names, the one that is used under the cursor."""
        with Vertical(id="box"):
            yield Static(Content("Colours"), id="question")
            yield OptionList(*[Option(Content(name), id=name) for name in self.names])
            yield Static(Content("↑ ↓ show them · enter takes one · esc leaves"), id="hint")

    def on_mount(self) -> None:
        """Begin at the one that is used, aside: what lies behind is what the colours are for."""
        self.styles.align = ("right", "top")
        self.styles.background = "transparent"
        self.query_one("#box").styles.width = 40
        if self.before in self.names:
            self.query_one(OptionList).highlighted = self.names.index(self.before)

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        """Show it."""
        message.stop()
        cast("LocalstoreApp", self.app).use_theme(str(message.option_id))

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Take it."""
        message.stop()
        self.dismiss(str(message.option_id))

    def action_cancel(self) -> None:
        """Go back to the one before."""
        cast("LocalstoreApp", self.app).use_theme(self.before)
        self.dismiss(None)
