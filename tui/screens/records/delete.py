"""Deletion of rows of any table: what goes, what is set free, in numbers, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from localstore import tables
from localstore.deeds import row_deeds
from localstore.deeds.closure import Preview
from tui import keymap
from tui.jobs import Stopped
from tui.messages import Written
from tui.screens.dialogs.delete import Counting
from tui.visible import line

if TYPE_CHECKING:
    from localstore.store import Store
    from tui.jobs import Job
    from tui.widgets.records.table import RecordSource


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


class RecordDelete(Counting[tuple[list[str], bool]]):
    """Returns the keys to delete and whether to take what would be set free, or None."""

    SCOPE: ClassVar = "deletion"
    BINDINGS: ClassVar = [*keymap.bindings("dialog"), *keymap.bindings("deletion")]

    DEFAULT_CSS = """
    RecordDelete #counts { height: auto; max-height: 30vh; margin-top: 1; }
    RecordDelete #counts #text { margin: 0; }
    RecordDelete #choice { height: auto; }
    """

    def __init__(self, doomed: Doomed) -> None:
        super().__init__(f"Delete {_named(doomed, '')}?", {doomed.table: "to Trash"})
        self.doomed = doomed
        self.cascade = False

    def body(self) -> ComposeResult:
        """Make room for many counts, and for a choice."""
        with VerticalScroll(id="counts", can_focus=False):
            yield from super().body()
        yield Static(Content(""), id="choice")

    def count(self) -> Counts:
        """Count both ways."""
        return counted(self.localstore.store, self.doomed)

    def preview(self) -> Preview:
        """Return the counts of the way that is chosen."""
        counts: Counts = self.found
        return counts.cascading if self.cascade else counts.plain

    def answer(self) -> tuple[list[str], bool]:
        """Return the keys, and whether what would be set free goes too."""
        return self.found.keys, self.cascade

    def show_counts(self) -> None:
        """Name what was counted; show the counts, and the choice when there is one."""
        super().show_counts()
        found = replace(self.doomed, count=len(self.found.keys))
        self.query_one("#question", Static).update(Content(f"Delete {_named(found, self.found.name)}?"))
        if self.found.differ:
            keep, take = ("○", "●") if self.cascade else ("●", "○")
            free = " and ".join(tables.noun(tables.model_of(table), 2) for table in self.found.plain.freed)
            words = f"{keep} keep the {free}   {take} delete them too"
            self.query_one("#choice", Static).update(Content.assemble((words, "bold"), ("   i changes", "$muted")))

    def action_toggle_more(self) -> None:
        """Keep what would be set free, or delete it too."""
        if self.found is not None and self.found.differ:
            self.cascade = not self.cascade
            self.show_counts()


def _named(doomed: Doomed, name: str) -> str:
    noun = tables.noun(tables.model_of(doomed.table), doomed.count)
    return f"the {noun} “{line(name, 60)}”" if doomed.count == 1 and name else f"{doomed.count:,} {noun}"


def counted(store: Store, doomed: Doomed) -> Counts:
    """Count both ways in one reading."""
    table = store.table(doomed.table)
    with store.reading():
        keys = doomed.resolve()
        name = table.name_of(keys[0]) if len(keys) == 1 else ""
        return Counts(keys, name, table.preview(*keys), table.preview(*keys, cascade=True))


def in_parts(
    store: Store, table: str, keys: list[str], job: Job, *, cascade: bool = False, kind: str = "deleted"
) -> Written:
    """Delete many rows on the thread of jobs; what is deleted when it is stopped stays so until one undo."""
    try:
        count = row_deeds.delete(store, table, keys, job.tell, cascade=cascade)
    except Stopped:
        raise Stopped(f"{job.name}: stopped after {job.done:,} of {job.total:,} · u takes them back.") from None
    job.done = job.total = len(keys)
    noun = tables.noun(tables.model_of(table), count)
    return Written(kind, (), f"{count:,} {noun} in Trash · u undo")
