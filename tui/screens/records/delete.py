"""Deletion of rows of any table: what goes, what is set free, in numbers, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from localstore import tables
from localstore.closure import Preview
from tui import keymap
from tui.lanes import Urgency
from tui.messages import Failed, Loaded
from tui.screens.dialogs.question import Dialog
from tui.visible import line

if TYPE_CHECKING:
    from localstore.store import Store
    from tui.widgets.records.table import RecordSource

FREED = "kept, set free"


@dataclass(frozen=True)
class Doomed:
    """The rows to delete: ``keys``, or with ``source`` all it finds but ``keys``."""

    table: str
    keys: tuple[str, ...]
    count: int
    source: RecordSource | None = None

    def resolve(self) -> list[str]:
        """Return the keys; on a thread, for it may read a million."""
        return self.source.keys(set(self.keys)) if self.source else list(self.keys)


@dataclass(frozen=True)
class Counts:
    """What was counted: the keys, a name, and what would happen in each of the two ways."""

    keys: list[str]
    name: str
    plain: Preview
    cascading: Preview

    @property
    def differ(self) -> bool:
        """Tell whether there is something to choose."""
        return self.plain != self.cascading


class RecordDelete(Dialog[tuple[list[str], bool]]):
    """Returns the keys to delete and whether to take what would be set free, or None."""

    SCOPE: ClassVar = "deletion"
    BINDINGS: ClassVar = [*keymap.bindings("dialog"), *keymap.bindings("deletion")]

    DEFAULT_CSS = """
    RecordDelete #counts { height: auto; max-height: 30vh; margin-top: 1; }
    RecordDelete #counts #text { margin: 0; }
    RecordDelete #choice { height: auto; }
    """

    def __init__(self, doomed: Doomed) -> None:
        super().__init__(classes="-danger")
        self.doomed = doomed
        self.counts: Counts | None = None
        self.cascade = False

    def compose(self) -> ComposeResult:
        """Question, counts, a choice, buttons."""
        with Vertical(id="box"):
            yield Static(Content(f"Delete {self._words('')}?"), id="question")
            with VerticalScroll(id="counts", can_focus=False):
                yield Static(Content("counting…"), id="text")
            yield Static(Content(""), id="choice")
            yield Static(Content("u undoes this; after that, Trash has it until it is emptied."), id="hint")
            yield from self.buttons("Delete")

    def _words(self, name: str) -> str:
        count, noun = self.doomed.count, tables.noun(tables.model_of(self.doomed.table), self.doomed.count)
        return f"the {noun} “{line(name, 60)}”" if count == 1 and name else f"{count:,} {noun}"

    def on_mount(self) -> None:
        """Count on the reader thread."""
        store, doomed = self.localstore.store, self.doomed
        self.localstore.reader.submit(
            self, lambda: Loaded("preview", counted(store, doomed)), key="preview", urgency=Urgency.DETAIL
        )

    def on_loaded(self, message: Loaded) -> None:
        """Show the counts; from now on ``y`` works."""
        message.stop()
        self.counts = message.value
        self.query_one("#question", Static).update(Content(f"Delete {self._words(self.counts.name)}?"))
        self._show()

    def _show(self) -> None:
        if self.counts is None:
            return
        lines = described(self.doomed.table, self.counts.cascading if self.cascade else self.counts.plain)
        self.query_one("#text", Static).update(Content("\n").join(lines))
        if self.counts.differ:
            keep, take = ("○", "●") if self.cascade else ("●", "○")
            free = " and ".join(_many(table) for table in self.counts.plain.freed)
            words = f"{keep} keep the {free}   {take} delete them too"
            self.query_one("#choice", Static).update(Content.assemble((words, "bold"), ("   i changes", "$muted")))

    def on_failed(self, message: Failed) -> None:
        """Close: there is nothing to ask about, and the app says why."""
        self.dismiss(None)

    def action_toggle_more(self) -> None:
        """Keep what would be set free, or delete it too."""
        if self.counts is not None and self.counts.differ:
            self.cascade = not self.cascade
            self._show()

    def action_confirm(self) -> None:
        """Delete what was counted; not before."""
        if self.counts is not None:
            self.dismiss((self.counts.keys, self.cascade))


def counted(store: Store, doomed: Doomed) -> Counts:
    """Count both ways in one reading."""
    table = store.table(doomed.table)
    with store.reading():
        keys = doomed.resolve()
        name = table.name_of(keys[0]) if len(keys) == 1 else ""
        return Counts(keys, name, table.preview(*keys), table.preview(*keys, cascade=True))


def described(table: str, preview: Preview) -> list[Content]:
    """Return a line for each table: how many rows go, or are set free."""
    rows = [(count, name, "to Trash" if name == table else "go too") for name, count in preview.deleted.items()]
    rows += [(count, name, FREED) for name, count in preview.freed.items()]
    width = max((len(f"{count:,}") for count, *_ in rows), default=1)
    lines = []
    for count, name, word in rows:
        noun = tables.noun(tables.model_of(name), count)
        lines.append(Content.assemble((f"{count:>{width},} ", "bold"), f"{noun:<15}", (word, "$muted")))
    return lines


def _many(table: str) -> str:
    return tables.noun(tables.model_of(table), 2)
