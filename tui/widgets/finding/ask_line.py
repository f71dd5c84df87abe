"""A line that asks, above a list: read a moment after the last key, and what is wrong with it below its place."""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from localstore.errors import InvalidFilter, LocalstoreError
from tui.pause import Pause
from tui.visible import line

DEBOUNCE = 0.08


class AskLine(Vertical):
    """Posts its ``Changed`` when something else is asked for. Subclasses give the field, and read what is typed."""

    DEFAULT_CSS = """
    AskLine { height: auto; background: $surface; }
    AskLine > Horizontal { height: 1; background: $surface; }
    AskLine #slash { width: 3; padding: 0 1; color: $accent; text-style: bold; }
    AskLine Input {
        border: none; height: 1; padding: 0; background: $surface; width: 1fr;
        &:focus { border: none; background: $panel; }
    }
    AskLine #wrong { height: auto; display: none; color: $error; padding: 0 0 0 3; background: $surface; }
    AskLine.-wrong #wrong { display: block; }
    """

    class Changed(Message):
        """Something else is asked for; ``line`` is as it was typed."""

        def __init__(self, where: Any, line: str) -> None:
            super().__init__()
            self.where = where
            self.line = line

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.pause = Pause(self)
        self._sent = ""

    # -- what subclasses say ------------------------------------------------------------------------------

    def field(self) -> Input:
        """Return the field, new."""
        raise NotImplementedError

    def read(self, text: str) -> Any:
        """Return what a text asks for; raise InvalidFilter."""
        raise NotImplementedError

    def place_of(self, error: InvalidFilter) -> int:
        """Return the place in the text that an error is about."""
        return error.position

    # -- what is typed ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The field, and a place for what is wrong."""
        with Horizontal():
            yield Static("/", id="slash")
            yield self.field()
        yield Static(markup=False, id="wrong")

    @property
    def input(self) -> Input:
        """The field."""
        return self.query_one(Input)

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
        """Write another line, as if it had been typed."""
        self.input.value = text
        self.input.cursor_position = len(text)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Wait for the next key."""
        message.stop()
        self.pause.then(DEBOUNCE, self._ask)

    def flush(self) -> None:
        """Do at once what waits for the next key."""
        if self.pause.stop():
            self._ask()

    def _ask(self) -> None:
        text = self.value
        try:
            where = self.read(text)
        except InvalidFilter as error:
            self.show_error(error)
            return
        self.show_error(None)
        if text.strip() != self._sent.strip():
            self._sent = text
            self.post_message(self.Changed(where, text))

    # -- what is wrong ------------------------------------------------------------------------------------

    def show_error(self, error: LocalstoreError | None) -> None:
        """Say what is wrong, of a filter under its place; None takes it away."""
        self.set_class(error is not None, "-wrong")
        if error is None:
            return
        words = line(str(error), 600)
        if isinstance(error, InvalidFilter):
            at = self.place_of(error)
            cells = cell_len(line(self.value[:at], 4_000)) - int(self.input.scroll_offset.x)
            pointer = " " * max(0, min(cells, self.size.width - 5)) + "^"
            words = f"{pointer}\ncharacter {at + 1}: {words}"
        self.query_one("#wrong", Static).update(Content(words))
