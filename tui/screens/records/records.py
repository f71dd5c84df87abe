"""The rows of one table: a filter, a list in any order, and what can be done with rows; the base of Admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from localstore import ids, tables
from localstore.finding.table_filters import TableFilter
from tui.clipboard import copy
from tui.lanes import Urgency
from tui.messages import Loaded, Written
from tui.screens.nouns.list_screen import ListScreen
from tui.screens.records.delete import Doomed, RecordDelete, in_parts
from tui.screens.records.form import RecordForm
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.records.find import RecordFind
from tui.widgets.records.table import RecordSource, RecordTable, arrow, heading
from tui.words import COUNTING

if TYPE_CHECKING:
    from localstore.lists.any_table import AnyTable

AT_ONCE = 500
"""Rows that are deleted while the person waits; more are a job."""
BELONGS = {
    "users": "People and agents who own items.",
    "organizations": "Teams that share items.",
    "organization_memberships": "Who belongs to which organization, and as what.",
    "ai_models": "What makes vectors, or what an item refers to.",
    "items": "Datasets, prompts, notes, conversations.",
    "contents": "The texts of items.",
    "embeddings": "Vectors of texts and items.",
    "file_assets": "Files that items refer to.",
    "events": "What happened, a row for each action.",
    "tags": "Labels of items.",
    "item_tag_links": "Which item carries which tag.",
    "settings": "Values for everyone, an organization or a person.",
    "api_keys": "Keys for programs; each is shown once, when it is made.",
}


class RecordsScreen(ListScreen):
    """Lists one table. A subclass may put something beside the list (``beside``) and show another table (``use``)."""

    AUTO_FOCUS = "RecordTable"
    place: ClassVar = "records"

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table_name = table
        self.where = TableFilter(table)

    def beside(self) -> list[Widget]:
        """Return what stands on the left of the list."""
        return []

    def compose(self) -> ComposeResult:
        """The filter above the list, two lines below."""
        with Horizontal(id="body"):
            yield from self.beside()
            with Vertical(id="middle"):
                yield RecordFind(self.table_name, id="find")
                yield RecordTable(self.table_name, id="rows")
        yield StatusLine(id="status")
        yield FooterLine(id="footer")

    # -- parts --------------------------------------------------------------------------------------------

    @property
    def table(self) -> RecordTable:
        """The list."""
        return self.query_one(RecordTable)

    @property
    def find_line(self) -> RecordFind:
        """The filter."""
        return self.query_one(RecordFind)

    @property
    def rows(self) -> AnyTable:
        """The table in the store."""
        return self.localstore.store.table(self.table_name)

    @property
    def noun(self) -> str:
        """What a row is called."""
        return tables.noun(tables.model_of(self.table_name))

    # -- reading ------------------------------------------------------------------------------------------

    def use(self, table: str, line: str = "") -> None:
        """List another table, filtered by *line*."""
        self.table_name, self.where = table, TableFilter.parse(table, line)
        self.table.marks.clear()
        self.table.use(table)
        self.find_line.use(table)
        if line:
            self.find_line.put(line)
        self.query_one(FooterLine).follow()
        self.reread()

    def reread(self, *, follow: str | None = None, keep: bool = False) -> None:
        """Read the list anew; the cursor goes to the row *follow*, or with *keep* stays on its place."""
        self.elsewhere = ""
        self._say_empty()
        self.table.load(RecordSource(self.localstore.store, self.where, self.table.sort), follow=follow, keep=keep)
        self.show_status()

    def _say_empty(self) -> None:
        many = self.many
        if self.where:
            self.table.empty = (f"No {many} in this filter", "esc clears it.")
        else:
            new = self.key_of("new")
            self.table.empty = (f"No {many} yet", BELONGS[self.table_name], f"{new} makes the first one.")

    def on_record_find_changed(self, message: RecordFind.Changed) -> None:
        """List the rows of another filter."""
        message.stop()
        if message.where.table == self.table_name:
            self.where = message.where
            self.table.marks.clear()
            self.reread()

    def written(self, message: Written) -> None:
        """Catch up with an action: rows that changed change in place, others make the list be read anew."""
        if message.kind in ("draft", "search"):
            return
        if message.kind == "edited" and len(message.keys) <= AT_ONCE:
            rows, keys, columns = self.rows, message.keys, self.table.listed
            work = lambda: Loaded("rows", rows.rows(keys, columns))  # noqa: E731
            self.localstore.reader.submit(self.table, work, urgency=Urgency.ROWS)
        else:
            if message.kind == "deleted":
                self.table.ghost(set(message.keys))
                self.table.marks.clear()
            self.reread(
                follow=message.keys[0] if message.kind == "added" and message.keys else self.table.key, keep=True
            )
        self.show_status()

    def on_virtual_table_moved(self) -> None:
        """Say where the cursor is."""
        self.show_status()

    @property
    def many(self) -> str:
        """What rows are called."""
        return tables.noun(tables.model_of(self.table_name), 2)

    def line_facts(self) -> list[tuple[str, str]]:
        """Return the order and what is found."""
        order = f"sort {heading(self.table.sort)}{arrow(self.table.sort)}"
        found = (f"filter {self.asking.value.strip()}", "") if self.where else ("filter –", "$muted")
        return [(order, ""), found]

    # -- rows ---------------------------------------------------------------------------------------------

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Open the row in its form."""
        message.stop()
        if message.row is not None:
            self.app.push_screen(RecordForm(self.table_name, message.row.key))

    def given(self) -> dict[str, Any]:
        """Return what a new row begins with."""
        return {}

    def may_write(self) -> bool:
        """Tell whether the store is open for writing; say so when it is not."""
        return self.localstore.may_write()

    def action_new_record(self) -> None:
        """Write a new row."""
        if self.may_write():
            self.app.push_screen(RecordForm(self.table_name, given=self.given()))

    def action_edit_record(self) -> None:
        """Change the row under the cursor."""
        self.table.action_open()

    def action_copy_key(self) -> None:
        """Copy the id of the row."""
        if key := self.table.key:
            copy(self.localstore, key, f"Id {ids.short(key)}")

    def action_sort(self) -> None:
        """Sort by the next column."""
        listed = self.table.listed
        column = self.table.sort.lstrip("-")
        at = listed.index(column) + 1 if column in listed else 0
        self.sort_by(listed[at % len(listed)])

    def action_turn(self) -> None:
        """Sort the other way round."""
        sort = self.table.sort
        self.sort_by(sort[1:] if sort.startswith("-") else f"-{sort}")

    def sort_by(self, sort: str) -> None:
        """List the rows in another order."""
        self.table.sort = sort
        self.reread(follow=self.table.key)

    def on_virtual_table_headed(self, message: VirtualTable.Headed) -> None:
        """Sort by the column; when it is already, the other way round."""
        message.stop()
        if self.table.sort == message.column.sort:
            self.action_turn()
        else:
            self.sort_by(message.column.sort)

    def action_back(self) -> None:
        """Take marks off; then clear the filter; then go back."""
        if not self.cleared():
            self.leave()

    def leave(self) -> None:
        """Go back to where the person was."""
        self.app.pop_screen()

    # -- deleting -----------------------------------------------------------------------------------------

    def action_delete_records(self) -> None:
        """Show what a deletion would take, and ask."""
        if self.table.row is None and not self.table.marks:
            return
        if self.table.marks.inverted and not self.table.counted:
            self.localstore.toast(COUNTING)
        elif self.may_write():
            self.app.push_screen(RecordDelete(self.doomed()), self._delete)

    def doomed(self) -> Doomed:
        """Return the marked rows, or all in the filter but some, else the one under the cursor."""
        marks, source = self.table.marks, cast("RecordSource", self.table.source)
        if marks.inverted:
            count = marks.count(self.table.blocks.length)
            return Doomed(self.table_name, tuple(marks.keys), count, source)
        keys = tuple(marks.keys) or (self.table.key or "",)
        return Doomed(self.table_name, keys, len(keys))

    def _delete(self, answer: tuple[list[str], bool] | None) -> None:
        if not answer or not answer[0]:
            return
        keys, cascade = answer
        rows, words = self.rows, _counted(self.table_name, len(keys))

        def work() -> Written:
            rows.delete(*keys, cascade=cascade)
            return Written("deleted", tuple(keys), f"{words} in Trash · u undo")

        if len(keys) > AT_ONCE:
            store, table = self.localstore.store, self.table_name
            job = lambda job: in_parts(store, table, keys, job, cascade=cascade)  # noqa: E731
            self.localstore.jobs.start(f"Delete {words}", job)
        else:
            self.localstore.write(work)


def _counted(table: str, count: int) -> str:
    return f"{count:,} {tables.noun(tables.model_of(table), count)}"
