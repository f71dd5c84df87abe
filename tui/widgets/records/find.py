"""The find line of a table: words, ``column=value``, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widgets import Input, Static

from localstore import tables
from localstore.errors import InvalidFilter
from localstore.events import SECRET
from localstore.table_filters import TableFilter
from tui import keymap
from tui.visible import line
from tui.widgets.fields import Field
from tui.widgets.finding.completion import complete

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

DEBOUNCE = 0.08


class RecordFindInput(Field):
    """The line itself."""

    SCOPE: ClassVar = "recordfind"
    BINDINGS: ClassVar = keymap.bindings("recordfind")


class RecordFind(Vertical):
    """Says which rows; posts Changed a moment after the last key."""

    DEFAULT_CSS = """
    RecordFind { height: auto; background: $surface; }
    RecordFind > Horizontal { height: 1; }
    RecordFind #slash { width: 3; padding: 0 1; color: $accent; text-style: bold; }
    RecordFind Input { padding: 0; background: $surface; width: 1fr; &:focus { background: $panel; } }
    RecordFind #wrong { height: auto; display: none; color: $error; padding: 0 3; }
    RecordFind.-wrong #wrong { display: block; }
    """

    class Changed(Message):
        """Other rows are wanted."""

        def __init__(self, where: TableFilter, line: str) -> None:
            super().__init__()
            self.where, self.line = where, line

    def __init__(self, table: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table = table
        self.timer: Timer | None = None
        self._sent = ""

    def compose(self) -> ComposeResult:
        """A slash, the line, what is wrong."""
        with Horizontal():
            yield Static(Content("/"), id="slash")
            yield RecordFindInput(id="record-find", suggester=_Columns(self), select_on_focus=False)
        yield Static(Content(""), id="wrong")

    def on_mount(self) -> None:
        """Say what can be asked."""
        self.use(self.table)

    @property
    def input(self) -> Input:
        """The line."""
        return self.query_one(Input)

    @property
    def columns(self) -> list[str]:
        """The columns that can be asked for."""
        model = tables.model_of(self.table)
        return [name for name in tables.columns(model) if name not in SECRET and name not in tables.blobs(model)]

    def use(self, table: str) -> None:
        """Ask another table, nothing at first."""
        self.table = table
        with self.prevent(Input.Changed):
            self.input.value = self._sent = ""
        self.say(None)
        named = [name.removesuffix("_id") for name in self.columns if name not in ("id", "created_at", "updated_at")]
        self.input.placeholder = f"words · {' · '.join(f'{name}=…' for name in named[:3])} · created>7d"

    def put(self, text: str) -> None:
        """Write another line, as if it had been typed."""
        self.input.value = text
        self.input.cursor_position = len(text)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Wait for the next key."""
        message.stop()
        if self.timer:
            self.timer.stop()
        self.timer = self.set_timer(cast("LocalstoreApp", self.app).delay(DEBOUNCE), self._parse)

    def flush(self) -> None:
        """Do at once what waits for the next key."""
        if self.timer:
            self.timer.stop()
            self._parse()

    def _parse(self) -> None:
        self.timer = None
        text = self.input.value
        try:
            where = TableFilter.parse(self.table, text)
        except InvalidFilter as error:
            self.say(error)
            return
        self.say(None)
        if text.strip() != self._sent.strip():
            self._sent = text
            self.post_message(self.Changed(where, text))

    def say(self, error: InvalidFilter | None) -> None:
        """Say what is wrong, under its place."""
        self.set_class(error is not None, "-wrong")
        if error is not None:
            pointer = " " * min(error.position, max(0, self.size.width - 10)) + "^"
            words = line(f"character {error.position + 1}: {error}", 400)
            self.query_one("#wrong", Static).update(Content(f"{pointer}\n{words}"))


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
