"""The colour of a tag: one of a palette, or one's own."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui import colours, glyphs, keymap
from tui.visible import line
from tui.widgets.fields import Field

NONE = "no colour"


class TagColour(ModalScreen[str]):
    """Returns the colour, empty for none; None when the person left."""

    SCOPE: ClassVar = "prompt"
    BINDINGS: ClassVar = keymap.bindings("prompt")
    AUTO_FOCUS = "OptionList"
    DEFAULT_CSS = """
    TagColour > #box { width: 44; }
    TagColour OptionList {
        height: auto; max-height: 45vh; border: none; background: $surface; padding: 0; margin: 1 0;
        &:focus { border: none; }
    }
    TagColour #said { height: 1; }
    """

    def __init__(self, words: str, before: str | None) -> None:
        super().__init__()
        self.words, self.before = words, before or ""

    def compose(self) -> ComposeResult:
        """The palette, a field, what the field says."""
        with Vertical(id="box"):
            yield Static(Content(f"Colour of {line(self.words, 200)}"), id="question")
            yield OptionList(*[Option(_option(name), id=name) for name in (*colours.PALETTE, NONE)])
            yield Field(self.before, placeholder="or your own: #ff8800", select_on_focus=False)
            yield Static(Content(""), id="said")
            yield Static(Content("enter takes it · tab to your own · esc leaves"), id="hint")

    def on_mount(self) -> None:
        """Begin at the colour it has."""
        names = [*colours.PALETTE, NONE]
        now = colours.word(self.before)
        self.query_one(OptionList).highlighted = names.index(now) if now in names else len(names) - 1

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Return a colour of the palette."""
        message.stop()
        self.dismiss(colours.PALETTE.get(str(message.option_id), ""))

    def on_input_changed(self, message: Input.Changed) -> None:
        """Show what was typed, or say that it is none."""
        message.stop()
        found = colours.read(message.value) if message.value.strip() else ""
        said = self.query_one("#said", Static)
        if found is None:
            said.update(Content(f"{glyphs.BAD} write #rgb, #rrggbb or a name such as teal"))
        else:
            said.update(Content.assemble((f"{glyphs.SQUARE} {found}", found)) if found else Content(NONE))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Return what was typed; what is no colour stays here."""
        message.stop()
        found = colours.read(message.value) if message.value.strip() else ""
        if found is not None:
            self.dismiss(found)

    def action_cancel(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)


def _option(name: str) -> Content:
    colour = colours.PALETTE.get(name)
    if colour is None:
        return Content(f"  {name}")
    return Content.assemble((f"{glyphs.SQUARE} ", colour), f"{name:<8}", (f" {colour}", "$muted"))
