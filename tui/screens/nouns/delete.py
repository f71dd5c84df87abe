"""Deletion of rows of any noun: what goes, what is set free, in numbers, before anything happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from localstore import tables
from localstore.closure import Preview
from tui.lanes import Urgency
from tui.messages import Failed, Loaded
from tui.screens.dialogs.question import Dialog
from tui.visible import line


class DeleteRows(Dialog[list[str]]):
    """Returns the ids to delete, or None; *notes* say what becomes of a table's rows."""

    def __init__(
        self,
        words: str,
        resolve: Callable[[], list[str]],
        preview: Callable[[list[str]], Preview],
        notes: Mapping[str, str],
    ) -> None:
        super().__init__(classes="-danger")
        self.words, self.resolve, self.preview, self.notes = words, resolve, preview, notes
        self.keys: list[str] | None = None

    def compose(self) -> ComposeResult:
        """Question, counts, buttons."""
        with Vertical(id="box"):
            yield Static(Content(f"Delete {line(self.words, 200)}?"), id="question")
            yield Static(Content("counting…"), id="text")
            yield Static(Content("u undoes this; after that, Trash has it until it is emptied."), id="hint")
            yield from self.buttons("Delete")

    def on_mount(self) -> None:
        """Count on the reader thread."""
        store, resolve, preview = self.localstore.store, self.resolve, self.preview

        def count() -> Loaded:
            with store.reading():
                keys = resolve()
                return Loaded("preview", (keys, preview(keys)))

        self.localstore.reader.submit(self, count, key="preview", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the counts; from now on ``y`` works."""
        message.stop()
        self.keys, preview = message.value
        self.query_one("#text", Static).update(counted(preview, self.notes))

    def on_failed(self, message: Failed) -> None:
        """Close: there is nothing to ask about."""
        self.dismiss(None)

    def action_confirm(self) -> None:
        """Delete what was counted; not before."""
        if self.keys is not None:
            self.dismiss(self.keys)


def counted(preview: Preview, notes: Mapping[str, str]) -> Content:
    """Return a line for each table: how many rows go, or are set free."""
    rows = [(count, table, notes.get(table, "go too")) for table, count in preview.deleted.items()]
    rows += [(count, table, notes.get(table, "kept, set free")) for table, count in preview.freed.items()]
    width = max((len(f"{count:,}") for count, *_ in rows), default=1)
    parts: list[tuple[str, str]] = []
    for number, (count, table, word) in enumerate(rows):
        noun = tables.noun(tables.model_of(table), count)
        parts += [("\n" if number else "", ""), (f"{count:>{width},} ", "bold"), (f"{noun:<15} ", ""), (word, "$muted")]
    return Content.assemble(*parts)
