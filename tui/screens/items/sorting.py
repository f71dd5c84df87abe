"""In which order: a column and a way, on a small screen of their own."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui import keymap
from tui.sorts import SORTS, flipped, spoken, words


class SortChooser(ModalScreen[str]):
    """Returns the order that was chosen, None when the person left."""

    SCOPE: ClassVar = "sorting"
    BINDINGS: ClassVar = keymap.bindings("sorting")
    AUTO_FOCUS = "OptionList"
    DEFAULT_CSS = """
    SortChooser > #box { width: 62; }
    SortChooser OptionList { height: auto; border: none; background: $surface; padding: 0; margin: 1 0; }
    SortChooser OptionList:focus { border: none; }
    """

    def __init__(self, sort: str) -> None:
        super().__init__()
        self.now = sort
        self.orders = [sort if each.name == sort.lstrip("-") else each.first for each in SORTS]

    def compose(self) -> ComposeResult:
        """Question and orders, the one that holds now under the cursor."""
        with Vertical(id="box"):
            yield Static(Content("Sort by"), id="question")
            yield OptionList(*(Option(self._words(at)) for at in range(len(SORTS))))
            yield Static(Content("← → the other way · enter sorts · esc leaves"), id="hint")

    def on_mount(self) -> None:
        """Begin at the order that holds now."""
        self.list.highlighted = next((at for at, sort in enumerate(self.orders) if sort == self.now), 0)

    @property
    def list(self) -> OptionList:
        """The orders."""
        return self.query_one(OptionList)

    def _words(self, at: int) -> Content:
        sort = self.orders[at]
        note = SORTS[at].note
        return Content.assemble((f"{spoken(sort):<11}", "bold"), f"{words(sort):<24}", (note, "$muted"))

    def action_flip(self) -> None:
        """Turn the order under the cursor round."""
        at = self.list.highlighted
        if at is not None:
            self.orders[at] = flipped(self.orders[at])
            self.list.replace_option_prompt_at_index(at, self._words(at))

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Return the order."""
        message.stop()
        self.dismiss(self.orders[message.option_index])

    def action_cancel(self) -> None:
        """Return nothing."""
        self.dismiss(None)
