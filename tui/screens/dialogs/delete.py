"""Deletion: what goes, what stays, in numbers, before anything happens; for items, and for rows of any kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from localstore import tables
from localstore.deeds.closure import Preview
from tui.lanes import Urgency
from tui.messages import Failed, Loaded
from tui.screens.dialogs.question import Dialog
from tui.targets import Targets
from tui.visible import line
from tui.words import size

T = TypeVar("T")
UNDOES = "u undoes this; after that, Trash has it until it is emptied."
Notes = Mapping[str, str]
"""What becomes of the rows of a table, in words."""
OF_ITEMS: Notes = {
    "items": "to Trash",
    "contents": "with them",
    "item_tag_links": "the tags themselves stay",
    "file_assets": "kept, without an item",
    "events": "kept, without an item",
}


class Counting(Dialog[T]):
    """Counts on the reader thread what a deletion takes; ``y`` works when the counts are there."""

    def __init__(self, question: str, notes: Notes = OF_ITEMS, *, hint: str = UNDOES, yes: str = "Delete") -> None:
        super().__init__(classes="-danger")
        self.question, self.notes, self.hint, self.yes = question, notes, hint, yes
        self.found: Any = None

    def compose(self) -> ComposeResult:
        """Question, counts, buttons."""
        with Vertical(id="box"):
            yield Static(Content(line(self.question)), id="question")
            yield from self.body()
            yield Static(Content(line(self.hint)), id="hint")
            yield from self.buttons(self.yes)

    def body(self) -> ComposeResult:
        """Make room for the counts."""
        yield Static(Content("counting…"), id="text")

    def count(self) -> Any:
        """Count; on the reader thread."""
        raise NotImplementedError

    def preview(self) -> Preview:
        """Return the counts to show, of what was found."""
        raise NotImplementedError

    def answer(self) -> T:
        """Return what was asked for."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Count."""
        work = lambda: Loaded("preview", self.count())  # noqa: E731
        self.localstore.reader.submit(self, work, key="preview", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the counts; from now on ``y`` works."""
        message.stop()
        self.found = message.value
        self.show_counts()

    def show_counts(self) -> None:
        """Show what was counted."""
        self.query_one("#text", Static).update(counted(self.preview(), self.notes))

    def on_failed(self, message: Failed) -> None:
        """Close: there is nothing to ask about, and the app says why."""
        self.close(None)

    def on_unmount(self) -> None:
        """Count for nobody no longer."""
        self.localstore.reader.cancel(self, "preview")

    def action_confirm(self) -> None:
        """Delete what was counted; not before."""
        if self.found is not None:
            self.close(self.answer())


class DeletePreview(Counting[bool]):
    """Asks whether to delete rows that are known: *count* (``store.tags.preview(key)``) says what goes with them."""

    def __init__(self, question: str, count: Callable[[], Preview], notes: Notes = OF_ITEMS) -> None:
        super().__init__(question, notes)
        self._count = count

    def count(self) -> Preview:
        """Count as the caller says."""
        return self._count()

    def preview(self) -> Preview:
        """Return the counts."""
        found: Preview = self.found
        return found

    def answer(self) -> bool:
        """Answer yes."""
        return True


class DeleteRows(Counting[list[str]]):
    """Asks whether to delete rows that *resolve* finds first; returns their ids, or None."""

    def __init__(
        self,
        words: str,
        resolve: Callable[[], list[str]],
        weigh: Callable[[list[str]], Preview],
        notes: Notes = OF_ITEMS,
        *,
        asked: int | None = None,
    ) -> None:
        super().__init__(f"Delete {words}?", notes)
        self._resolve, self._weigh, self._asked = resolve, weigh, asked

    def count(self) -> tuple[list[str], Preview]:
        """Find the rows, and what hangs on them."""
        with self.localstore.store.reading():
            keys = self._resolve()
            return keys, self._weigh(keys)

    def preview(self) -> Preview:
        """Return the counts."""
        found: Preview = self.found[1]
        return found

    def show_counts(self) -> None:
        """Show what was counted; say so when it is not what was *asked* about."""
        super().show_counts()
        if self._asked not in (None, len(self.found[0])):
            words = f"Delete {len(self.found[0]):,}, not {self._asked:,}? The list changed meanwhile."
            self.query_one("#question", Static).update(Content(words))

    def answer(self) -> list[str]:
        """Return the rows."""
        keys: list[str] = self.found[0]
        return keys


class DeleteDialog(DeleteRows):
    """Asks whether to delete items; returns their ids, or None."""

    def __init__(self, targets: Targets) -> None:
        super().__init__(targets.words, targets.resolve, self._of_items, asked=targets.count)

    def _of_items(self, keys: list[str]) -> Preview:
        return self.localstore.store.trash.preview([("items", key) for key in keys])


def counted(preview: Preview, notes: Notes) -> Content:
    """Return a line for each table: how many rows go, or are set free."""
    rows = [(count, table, _word(table, preview, notes)) for table, count in preview.deleted.items()]
    rows += [(count, table, notes.get(table, "kept, set free")) for table, count in preview.freed.items()]
    if not rows:
        return Content("Nothing is left to delete: it is gone already.")
    nouns = [tables.noun(tables.model_of(table), count) for count, table, _ in rows]
    width, room = max(len(f"{count:,}") for count, *_ in rows), max(14, *map(len, nouns)) + 1
    parts: list[tuple[str, str]] = []
    for number, ((count, _, word), noun) in enumerate(zip(rows, nouns, strict=True)):
        parts += [("\n" if number else "", ""), (f"{count:>{width},} ", "bold")]
        parts += [(f"{noun:<{room}}", ""), (word, "$muted")]
    return Content.assemble(*parts)


def _word(table: str, preview: Preview, notes: Notes) -> str:
    if table == "embeddings" and table not in notes:
        return f"{size(preview.vector_bytes)} of vectors"
    return notes.get(table, "go too")
