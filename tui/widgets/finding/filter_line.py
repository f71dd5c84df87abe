"""The line above a list of another noun than items: what the list shows, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widgets import Input, Static

from localstore.errors import InvalidFilter, LocalstoreError
from localstore.tokens import quoted
from tui import keymap
from tui.visible import line
from tui.widgets.fields import Field
from tui.widgets.finding.completion import complete

DEBOUNCE = 0.08
Values = Mapping[str, Callable[[], Iterable[str]]]


class FilterInput(Field):
    """The field itself."""

    SCOPE: ClassVar = "filter"
    BINDINGS: ClassVar = keymap.bindings("filter")


class FilterLine(Vertical):
    """Says what to show; posts Changed with what *parse* made of it, a moment after the last key."""

    DEFAULT_CSS = """
    FilterLine { height: auto; }
    FilterLine > Horizontal { height: 1; background: $surface; }
    FilterLine #slash { width: 3; padding: 0 1; color: $accent; text-style: bold; }
    FilterLine Input {
        border: none; height: 1; padding: 0; background: $surface; width: 1fr;
        &:focus { border: none; background: $panel; }
    }
    FilterLine #wrong { height: auto; display: none; color: $error; padding: 0 3; background: $surface; }
    FilterLine.-wrong #wrong { display: block; }
    """

    class Changed(Message):
        """Something else is asked for; ``line`` is as it was typed."""

        def __init__(self, where: Any, line: str) -> None:
            super().__init__()
            self.where = where
            self.line = line

    def __init__(self, parse: Callable[[str], Any], hint: str, values: Values) -> None:
        super().__init__(id="filter")
        self.parse, self.hint, self._values = parse, hint, values
        self.timer: Timer | None = None
        self._sent = ""

    def compose(self) -> ComposeResult:
        """The field, and a place for what is wrong."""
        with Horizontal():
            yield Static("/", id="slash")
            suggester = FieldSuggester(self._values)
            yield FilterInput(placeholder=self.hint, suggester=suggester, select_on_focus=False)
        yield Static(markup=False, id="wrong")

    @property
    def input(self) -> FilterInput:
        """The field."""
        return self.query_one(FilterInput)

    @property
    def value(self) -> str:
        """What is typed."""
        return self.input.value

    def put(self, text: str) -> None:
        """Write another line, as if it had been typed."""
        self.input.value = text
        self.input.cursor_position = len(text)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Wait for the next key."""
        message.stop()
        if self.timer:
            self.timer.stop()
        self.timer = self.set_timer(cast("Any", self.app).delay(DEBOUNCE), self.read)

    def flush(self) -> None:
        """Do at once what waits for the next key."""
        if self.timer:
            self.timer.stop()
            self.read()

    def read(self) -> None:
        """Read what is typed, and say what is asked for or what is wrong."""
        self.timer = None
        text = self.value
        try:
            where = self.parse(text)
        except InvalidFilter as error:
            self.show_error(error)
            return
        self.show_error(None)
        if text.strip() != self._sent.strip():
            self._sent = text
            self.post_message(self.Changed(where, text))

    def show_error(self, error: LocalstoreError | None) -> None:
        """Say what is wrong under its place; None takes it away."""
        self.set_class(error is not None, "-wrong")
        if error is None:
            return
        words = line(str(error), 600)
        if isinstance(error, InvalidFilter):
            pointer = " " * min(error.position, max(0, self.size.width - 10)) + "^"
            words = f"{pointer}\ncharacter {error.position + 1}: {words}"
        self.query_one("#wrong", Static).update(Content(words))


class FieldSuggester(Suggester):
    """Completes the names of fields, and their values where they are known."""

    def __init__(self, values: Values) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.values = values

    async def get_suggestion(self, value: str) -> str | None:
        """Return the line with its last word completed."""
        token = value.rpartition(" ")[2]
        field, colon, begun = token.partition(":")
        if not token:
            return None
        if colon:
            names: Iterable[str] = (quoted(name) for name in self.values.get(field, tuple)())
        else:
            begun, names = field, [f"{name}:" for name in self.values]
        found = complete(begun, names)
        return value + found[len(begun) :] if found else None
