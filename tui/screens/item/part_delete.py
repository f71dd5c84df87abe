"""Deletion of a part of an item: what goes with it, in numbers, before anything happens."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.lanes import Urgency
from tui.messages import Failed, Loaded
from tui.screens.dialogs.delete import counted
from tui.screens.dialogs.question import Dialog
from tui.visible import line


class PartDelete(Dialog[bool]):
    """Asks about one row of a noun; ``words`` name it."""

    def __init__(self, noun: str, ref: str, words: str) -> None:
        super().__init__(classes="-danger")
        self.noun, self.ref, self.words = noun, ref, words
        self.known = False

    def compose(self) -> ComposeResult:
        """Question, counts, buttons."""
        with Vertical(id="box"):
            yield Static(Content(f"Delete {line(self.words, 200)}?"), id="question")
            yield Static(Content("counting…"), id="text")
            yield Static(Content("u undoes this; after that, Trash has it until it is emptied."), id="hint")
            yield from self.buttons("Delete")

    def on_mount(self) -> None:
        """Count on the reader thread."""
        rows, ref = getattr(self.localstore.store, self.noun), self.ref
        work = lambda: Loaded("preview", rows.preview(ref))  # noqa: E731
        self.localstore.reader.submit(self, work, key="preview", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the counts; from now on ``y`` works."""
        message.stop()
        self.known = True
        self.query_one("#text", Static).update(counted(message.value))

    def on_failed(self, message: Failed) -> None:
        """Close: there is nothing to ask about."""
        self.dismiss(None)

    def action_confirm(self) -> None:
        """Delete what was counted; not before."""
        if self.known:
            self.dismiss(True)
