"""The find line: what the list shows, in the language of filters, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from localstore.errors import InvalidFilter, LocalstoreError
from localstore.filters import Filter
from tui import keymap
from tui.visible import line
from tui.widgets.completion import FindSuggester, Names

if TYPE_CHECKING:
    from tui.app import LocalstoreApp

DEBOUNCE = 0.08
HINT = "find   words · #tag · type:paper · ~meaning · like:ID · org:lab · meta.lang=en · since:7d · no:embedding"


class FindInput(Input):
    """The field itself."""

    SCOPE: ClassVar = "find"
    BINDINGS: ClassVar = keymap.bindings("find")


class FindLine(Vertical):
    """Says what to find; posts Changed with a Filter a moment after the last key."""

    DEFAULT_CSS = """
    FindLine { height: auto; }
    FindLine > Horizontal { height: 1; }
    FindLine #slash { width: 3; padding: 0 1; color: $accent; text-style: bold; }
    FindLine Input {
        border: none; height: 1; padding: 0; background: $surface; width: 1fr;
        &:focus { border: none; background: $panel; }
    }
    FindLine Horizontal { background: $surface; }
    FindLine #wrong { height: auto; display: none; color: $error; padding: 0 3; background: $surface; }
    FindLine.-wrong #wrong { display: block; }
    """

    class Changed(Message):
        """There is another filter; ``line`` is as it was typed."""

        def __init__(self, where: Filter, line: str) -> None:
            super().__init__()
            self.where = where
            self.line = line

    def __init__(self, types: Names, tags: Names, organizations: Names, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._suggester = FindSuggester(types, tags, organizations)
        self._timer: Timer | None = None
        self._sent = ""

    def compose(self) -> ComposeResult:
        """The field, and a place for what is wrong."""
        with Horizontal():
            yield Static("/", id="slash")
            yield FindInput(placeholder=HINT, suggester=self._suggester, select_on_focus=False)
        yield Static(markup=False, id="wrong")

    @property
    def input(self) -> FindInput:
        """The field."""
        return self.query_one(FindInput)

    @property
    def value(self) -> str:
        """What is typed."""
        return self.input.value

    def start(self, text: str) -> None:
        """Write what the list shows already."""
        self._sent = text
        with self.prevent(Input.Changed):
            self.put(text)

    def put(self, text: str) -> None:
        """Write another find line, as if it had been typed."""
        self.input.value = text
        self.input.cursor_position = len(text)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Wait for the next key."""
        message.stop()
        delay = cast("LocalstoreApp", self.app).delay(DEBOUNCE)
        if self._timer:
            self._timer.stop()
        self._timer = self.set_timer(delay, self._parse)

    def flush(self) -> None:
        """Do at once what waits for the next key."""
        if self._timer:
            self._timer.stop()
            self._parse()

    def _parse(self) -> None:
        self._timer = None
        text = self.value
        try:
            where = Filter.parse(text)
        except InvalidFilter as error:
            self.show_error(error)
            return
        self.show_error(None)
        if text.strip() != self._sent.strip():
            self._sent = text
            self.post_message(self.Changed(where, text))

    def show_error(self, error: LocalstoreError | None) -> None:
        """Say what is wrong, of a filter under its place; None takes it away."""
        self.set_class(error is not None, "-wrong")
        if error is None:
            return
        if not isinstance(error, InvalidFilter):
            self.query_one("#wrong", Static).update(Content(line(str(error), 600)))
            return
        pointer = " " * min(error.position, max(0, self.size.width - 10)) + "^"
        words = line(f"character {error.position + 1}: {error}")
        self.query_one("#wrong", Static).update(Content(f"{pointer}\n{words}"))
