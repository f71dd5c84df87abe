"""Tags: which to put on, which to take off."""

from __future__ import annotations

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from localstore.finding.tokens import QUOTED, quoted, unquoted
from tui import keymap
from tui.screens.dialogs.lines import take
from tui.targets import Targets
from tui.visible import line
from tui.widgets.finding.completion import WordSuggester

HINT = 'words put tags on, -words take them off; "to read" is one tag · enter does it · esc leaves'
_WORD = re.compile(rf'(?:{QUOTED}|[^\s"]|"(?=[^"]*\Z))+')
"""A name of the line: blanks end it, but not within quotes; a quote that stays open is a sign."""


class TagPrompt(ModalScreen[tuple[list[str], list[str]]]):
    """Returns the tags to put on and to take off."""

    SCOPE: ClassVar = "answer"
    BINDINGS: ClassVar = keymap.bindings("answer")
    AUTO_FOCUS = "Input"

    def __init__(self, targets: Targets, known: list[str]) -> None:
        super().__init__()
        self.targets = targets
        self.known = known

    def compose(self) -> ComposeResult:
        """Say which items and which tags they have; a field."""
        tags = " ".join(f"#{quoted(line(name, 64))}" for name in self.targets.tags)
        with Vertical(id="box"):
            yield Static(Content(f"Tag {line(self.targets.words)}"), id="question")
            yield Static(Content(tags or ("no tags yet" if self.targets.count == 1 else "")), id="text")
            suggester = WordSuggester(self._names, last_word=True)
            yield Input(placeholder="todo nlp  -draft takes one off", suggester=suggester)
            yield Static(Content(HINT), id="hint")

    def _names(self) -> list[str]:
        known = [quoted(name) for name in self.known]
        return [*known, *(f"-{quoted(name)}" for name in self.targets.tags or self.known)]

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Return the tags."""
        message.stop()
        add, remove = read_tags(message.value)
        self.dismiss((add, remove) if add or remove else None)

    async def action_take(self) -> None:
        """Do what Enter does in a line."""
        await take(self)

    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def read_tags(text: str) -> tuple[list[str], list[str]]:
    """Return the tags to put on and those to take off (``-name``), parted as in the item's form.

    By commas, or by blanks when there is no comma; quotes hold a name with blanks together.
    """
    add: list[str] = []
    remove: list[str] = []
    for word in map(str.strip, text.split(",") if "," in text else _WORD.findall(text)):
        name = unquoted(word.removeprefix("-").removeprefix("#")).strip()
        if name:
            (remove if word.startswith("-") else add).append(name)
    return add, remove
