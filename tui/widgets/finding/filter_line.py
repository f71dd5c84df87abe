"""The line above a list of another noun than items: what the list shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from textual.suggester import Suggester

from localstore.finding.tokens import quoted
from tui import keymap
from tui.widgets.fields import Field
from tui.widgets.finding.ask_line import AskLine
from tui.widgets.finding.completion import complete

Values = Mapping[str, Callable[[], Iterable[str]]]


class FilterInput(Field):
    """The field itself."""

    SCOPE: ClassVar = "filter"
    BINDINGS: ClassVar = keymap.bindings("filter")


class FilterLine(AskLine):
    """Says what to show; posts Changed with what *parse* made of it, a moment after the last key."""

    class Changed(AskLine.Changed):
        """Something else is to be shown."""

    def __init__(self, parse: Callable[[str], Any], hint: str, values: Values) -> None:
        super().__init__(id="filter")
        self.parse, self.hint, self._values = parse, hint, values

    def read(self, text: str) -> Any:
        """Return what *parse* makes of a text."""
        return self.parse(text)

    def field(self) -> FilterInput:
        """Return the field."""
        return FilterInput(placeholder=self.hint, suggester=FieldSuggester(self._values), select_on_focus=False)


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
