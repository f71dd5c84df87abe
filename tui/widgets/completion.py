"""Completion: what a person may mean by the word they have begun."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.suggester import Suggester

from localstore.filters import FACTS, FIELDS
from localstore.tokens import quoted
from tui.visible import text

Names = Callable[[], Iterable[str]]


def complete(begun: str, names: Iterable[str]) -> str | None:
    """Return the first of *names* that goes on from *begun*, whatever the case; none that hides characters."""
    folded = begun.casefold()
    fitting = (name for name in names if name.casefold().startswith(folded) and len(name) > len(begun))
    return next((name for name in fitting if text(name) == name), None)


class WordSuggester(Suggester):
    """Completes a whole field, or the last of several words parted by blanks or commas."""

    def __init__(self, names: Names, *, last_word: bool = False) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.names = names
        self.last_word = last_word

    async def get_suggestion(self, value: str) -> str | None:
        """Return the value with its last word completed."""
        at = max(value.rfind(" "), value.rfind(",")) + 1 if self.last_word else 0
        begun = value[at:].removeprefix("#") if self.last_word else value
        found = complete(begun, self.names()) if begun else None
        return value[: len(value) - len(begun)] + begun + found[len(begun) :] if found else None


class FindSuggester(Suggester):
    """Completes the find line: names of fields, and types, tags and organizations after them."""

    def __init__(self, types: Names, tags: Names, organizations: Names) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.values: dict[str, Names] = {"type": types, "tag": tags, "any": tags, "org": organizations}
        self.values |= {"organization": organizations, "has": lambda: FACTS, "no": lambda: FACTS}

    async def get_suggestion(self, value: str) -> str | None:
        """Return the find line with its last token completed."""
        token = value.rpartition(" ")[2]
        if not token:
            return None
        field, colon, begun = token.partition(":")
        if token.startswith("#"):
            names, begun = self.values["tag"](), token[1:]
        elif colon:
            names = self.values.get(field.casefold(), tuple)()
        else:
            names, begun = (f"{name}:" for name in FIELDS), token
        found = complete(begun, (quoted(name) for name in names)) if begun or colon else None
        return value + found[len(begun) :] if found else None
