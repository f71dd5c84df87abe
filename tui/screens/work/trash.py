"""Trash: what was deleted and can be brought back, until it is emptied."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from localstore import times
from localstore.deeds import undo
from localstore.deeds.deletions import Deletion, counted, deletions, sizes
from tui.jobs import Job
from tui.lanes import Urgency
from tui.messages import Loaded, OverBudget, Written
from tui.screens.work.plain_list import PlainList, visit
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.nouns.trash_table import TrashTable, what
from tui.words import how_many, size

if TYPE_CHECKING:
    from localstore.deeds.deeds import Told
    from tui.app import LocalstoreApp

NONE = ("The trash is empty", "What you delete waits here with all that hung on it, until you empty it.", "")
OLD = "30d"
FEW = 20
"""Parts up to which a deletion is brought back at once; more is a job."""
SIZE_BUDGET = 1.0


class TrashScreen(PlainList):
    """Shows deletions, newest first."""

    noun = "deletions"

    def make_table(self) -> TrashTable:
        """Return the list."""
        table = TrashTable(id="trash")
        table.empty = NONE
        return table

    def reload(self) -> None:
        """Read the deletions, then how large they are."""
        store, reader = self.localstore.store, self.localstore.reader
        reader.submit(self, lambda: Loaded("trash", deletions(store)), key="trash", urgency=Urgency.DETAIL)
        work = lambda: Loaded("sizes", sizes(store))  # noqa: E731
        reader.submit(self, work, key="sizes", urgency=Urgency.FACETS, budget=SIZE_BUDGET)

    def on_loaded(self, message: Loaded) -> None:
        """Show the deletions, or their sizes."""
        message.stop()
        table = self.query_one(TrashTable)
        if message.key == "sizes":
            table.sizes = message.value
            table.refresh()
        else:
            source = ListSource(message.value, lambda row: str(row.parts[0]))
            table.load(source, follow=table.key, keep=True)
        self.show_status()

    def on_over_budget(self, message: OverBudget) -> None:
        """Leave the sizes out: to add them up would take too long."""
        message.stop()

    def facts(self) -> list[tuple[str, str]]:
        """Say how much it all takes."""
        total = sum(self.query_one(TrashTable).sizes.values())
        return [(size(total) if total else "", "")]

    def writable(self) -> bool:
        """Tell whether the store can be written; say so when not."""
        return self.localstore.may_write()

    def _runs(self, rows: list[Deletion]) -> bool:
        """Tell whether one of these still goes on; say so."""
        going = any(undo.runs(row.deleted_at) for row in rows)
        if going:
            self.localstore.toast("This deletion still runs: wait for its end, or stop it in Jobs first.", "warning")
        return going

    # -- restoring ----------------------------------------------------------------------------------------

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show what is inside, and ask whether to bring it back."""
        from tui.screens.work.trash_inside import TrashInside

        message.stop()
        if row := message.row:
            self.app.push_screen(TrashInside(row), lambda yes: self._restore([row]) if yes else None)

    def action_restore(self) -> None:
        """Bring back the marked deletions, or the one under the cursor."""
        self._restore(self.chosen())

    def _restore(self, rows: list[Deletion]) -> None:
        if not rows or not self.writable() or self._runs(rows):
            return
        self.table.marks.clear()
        if sum(len(row.parts) for row in rows) > FEW:
            name = f"Bring back {what(rows[0])}" if len(rows) == 1 else f"Bring back {how_many(len(rows), 'deletion')}"
            self.localstore.jobs.start(name, partial(self._in_parts, rows))
        else:
            self.localstore.write(lambda: self._bring_back(rows, lambda _done, _total: None))

    def _in_parts(self, rows: list[Deletion], job: Job) -> Written:
        done = self._bring_back(rows, job.tell)
        job.done = job.total
        return done

    def _bring_back(self, rows: list[Deletion], told: Told) -> Written:
        """Bring deletions back, the newest first: what it took may hang on what was deleted later; one undo."""
        from localstore.deeds import item_deeds

        store, brought = self.localstore.store, Counter[str]()
        for row in rows:
            brought.update(row.deleted)
        parts = [part for row in rows for part in row.parts]
        if len(parts) == 1:
            store.trash.restore(parts[0])
        else:
            label = rows[0].label if len(rows) == 1 else how_many(len(rows), "deletion")
            item_deeds.restore(store, parts, label, told)
        return Written("restored", (), f"Brought back {counted(brought)} · u undo")

    # -- emptying -----------------------------------------------------------------------------------------

    def action_empty(self) -> None:
        """Ask what to forget: all, or what is old."""
        rows: list[Deletion] = list(getattr(self.table.source, "rows", ()))
        if not rows or not self.writable() or self._runs(rows):
            return
        from tui.screens.dialogs.choice import Choice

        before = times.since(OLD)
        old = [row for row in rows if row.deleted_at < before]
        names = [
            f"All of it: {how_many(len(rows), 'deletion')}",
            f"What is older than 30 days: {how_many(len(old), 'deletion')}",
        ]

        def chosen(at: int | None) -> None:
            if at is not None:
                self._ask_to_empty(old if at else rows)

        self.app.push_screen(Choice("Empty the trash?", names), chosen)

    def _ask_to_empty(self, rows: list[Deletion]) -> None:
        if not rows:
            self.localstore.toast("Nothing in the trash is older than 30 days.")
            return
        from tui.screens.sync.link import Listed

        held, table = Counter[str](), self.query_one(TrashTable)
        for row in rows:
            held.update(row.deleted)
        words = [counted(held)]
        words += [f"{size(sum(map(table.size_of, rows)))} in this file"] if table.sizes else []
        words += ["Nothing brings them back then: u cannot, and what was done to them before goes from the undo log."]
        question = Listed(f"Forget {how_many(len(rows), 'deletion')} for good?", words, yes="Forget")
        question.add_class("-danger")
        self.app.push_screen(question, lambda yes: self._empty(rows) if yes else None)

    def _empty(self, rows: list[Deletion]) -> None:
        """Forget what was shown and asked about, and nothing that was deleted since."""
        store = self.localstore.store

        def work(job: Job) -> Written:
            still = {part for row in deletions(store) for part in row.parts}
            held = len([row for row in rows if not still.isdisjoint(row.parts)])
            store.trash.forget(part for row in rows for part in row.parts)
            return Written("emptied", (), f"Forgot {how_many(held, 'deletion')}. They are gone for good.")

        self.localstore.jobs.start("Empty the trash", work)


def show(app: LocalstoreApp) -> None:
    """Go to the trash."""
    visit(app, TrashScreen)
