"""The find line of a table: words and ``column=value``."""

from __future__ import annotations

from typing import ClassVar

from textual.suggester import Suggester

from localstore import tables
from localstore.events import SECRET
from localstore.finding.table_filters import TableFilter
from tui import keymap
from tui.widgets.fields import Field
from tui.widgets.finding.ask_line import AskLine
from tui.widgets.finding.completion import complete


class RecordFindInput(Field):
    """The line itself."""

    SCOPE: ClassVar = "recordfind"
    BINDINGS: ClassVar = keymap.bindings("recordfind")


class RecordFind(AskLine):
    """Says which rows; posts Changed a moment after the last key."""

    class Changed(AskLine.Changed):
        """Other rows are wanted."""

        where: TableFilter

    def __init__(self, table: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table = table

    def field(self) -> RecordFindInput:
        """Return the field."""
        return RecordFindInput(suggester=_Columns(self), select_on_focus=False)

    def on_mount(self) -> None:
        """Say what can be asked."""
        self.use(self.table)

    def read(self, text: str) -> TableFilter:
        """Return the filter of the table that is typed."""
        return TableFilter.parse(self.table, text)

    @property
    def columns(self) -> list[str]:
        """The columns that can be asked for."""
        model = tables.model_of(self.table)
        return [name for name in tables.columns(model) if name not in SECRET and name not in tables.blobs(model)]

    def use(self, table: str) -> None:
        """Ask another table, nothing at first."""
        self.table = table
        self.start("")
        self.show_error(None)
        named = [name.removesuffix("_id") for name in self.columns if name not in ("id", "created_at", "updated_at")]
        self.input.placeholder = f"words · {' · '.join(f'{name}=…' for name in named[:3])} · created>7d"


class _Columns(Suggester):
    """Completes the name of a column."""

    def __init__(self, find: RecordFind) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.find = find

    async def get_suggestion(self, value: str) -> str | None:
        """Return the line with its last word completed."""
        begun = value.rpartition(" ")[2]
        found = complete(begun, (f"{name}=" for name in self.find.columns)) if begun else None
        return value + found[len(begun) :] if found else None
