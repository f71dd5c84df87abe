"""Deletion: what goes, what stays, in numbers, before anything happens; for items, and for rows of any kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from localstore import tables
from localstore.closure import Preview
from tui.lanes import Urgency
from tui.messages import Failed, Loaded
from tui.screens.dialogs.question import Dialog
from tui.targets import Targets
from tui.visible import line
from tui.widgets.items.item_view import size

T = TypeVar("T")
UNDOES = "u undoes this; after that, Trash has it until it is emptied."
_DELETED = {"items": "to Trash", "contents": "with them", "item_tag_links": "the tags themselves stay"}
_FREED = {"file_assets": "kept, without an item", "events": "kept, without an item"}


class Counting(Dialog[T]):
    """Counts on the reader thread what a deletion takes; ``y`` works when the counts are there."""

    COUNTING: ClassVar = "counting…"

    def __init__(self, question: str, hint: str = UNDOES, yes: str = "Delete") -> None:
        super().__init__(classes="-danger")
        self.question, self.hint, self.yes = question, hint, yes
        self.preview: Preview | None = None

    def compose(self) -> ComposeResult:
        """Question, counts, buttons."""
        with Vertical(id="box"):
            yield Static(Content(line(self.question)), id="question")
            yield Static(Content(self.COUNTING), id="text")
            yield Static(Content(line(self.hint)), id="hint")
            yield from self.buttons(self.yes)

    def counts(self) -> Preview:
        """Count; on the reader thread."""
        raise NotImplementedError

    def answer(self) -> T:
        """Return what was asked for."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Count."""
        work = lambda: Loaded("preview", self.counts())  # noqa: E731
        self.localstore.reader.submit(self, work, key="preview", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the counts; from now on ``y`` works."""
        message.stop()
        self.preview = message.value
        self.query_one("#text", Static).update(counted(message.value))

    def on_failed(self, message: Failed) -> None:
        """Close: there is nothing to ask about."""
        self.dismiss(None)

    def on_unmount(self) -> None:
        """Count for nobody no longer."""
        self.localstore.reader.cancel(self, "preview")

    def action_confirm(self) -> None:
        """Delete what was counted; not before."""
        if self.preview is not None:
            self.dismiss(self.answer())


class DeletePreview(Counting[bool]):
    """Asks whether to delete rows of any kind: *count* (``store.tags.preview(key)``) says what goes with them."""

    def __init__(self, question: str, count: Callable[[], Preview], *, hint: str = UNDOES, yes: str = "Delete") -> None:
        super().__init__(question, hint, yes)
        self.count = count

    def counts(self) -> Preview:
        """Count as the caller says."""
        return self.count()

    def answer(self) -> bool:
        """Answer yes."""
        return True


class DeleteDialog(Counting[list[str]]):
    """Asks whether to delete items; returns their ids, or None."""

    def __init__(self, targets: Targets) -> None:
        super().__init__(f"Delete {targets.words}?")
        self.targets = targets
        self.keys: list[str] = []

    def counts(self) -> Preview:
        """Find the items, and what hangs on them."""
        store = self.localstore.store
        with store.reading():
            self.keys = self.targets.resolve()
            return store.trash.preview([("items", key) for key in self.keys])

    def answer(self) -> list[str]:
        """Return the items."""
        return self.keys


def counted(preview: Preview) -> Content:
    """Return a line for each table: how many rows go, or are set free."""
    rows = [(count, table, _word(table, preview)) for table, count in preview.deleted.items()]
    rows += [(count, table, _FREED.get(table, "kept, set free")) for table, count in preview.freed.items()]
    if not rows:
        return Content("Nothing is left to delete: it is gone already.")
    width = max(len(f"{count:,}") for count, *_ in rows)
    parts: list[tuple[str, str]] = []
    for number, (count, table, word) in enumerate(rows):
        noun = tables.noun(tables.model_of(table), count)
        parts += [("\n" if number else "", ""), (f"{count:>{width},} ", "bold"), (f"{noun:<15}", ""), (word, "$muted")]
    return Content.assemble(*parts)


def _word(table: str, preview: Preview) -> str:
    if table == "embeddings":
        return f"{size(preview.vector_bytes)} of vectors"
    return _DELETED.get(table, "go too")
