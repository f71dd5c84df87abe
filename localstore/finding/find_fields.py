"""Find lines of other nouns than items: words and ``field:value``, read the same way, with the place of an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from localstore.errors import InvalidFilter
from localstore.filters import nearest
from localstore.finding.tokens import split, unquoted


@dataclass(frozen=True)
class Asked:
    """One value of a find line and where it stands."""

    value: str
    position: int


@dataclass(frozen=True)
class FindFields:
    """``words`` must all occur; ``fields`` holds what was written after each name."""

    words: tuple[str, ...] = ()
    fields: Mapping[str, tuple[Asked, ...]] = field(default_factory=dict)

    def all(self, name: str) -> tuple[Asked, ...]:
        """Return all values of a field."""
        return self.fields.get(name, ())

    def one(self, name: str) -> Asked | None:
        """Return a field's value; the last one written counts."""
        return self.all(name)[-1] if self.all(name) else None

    def __bool__(self) -> bool:
        return bool(self.words or self.fields)


NOTHING = FindFields()


def read_fields(line: str, known: Mapping[str, str]) -> FindFields:
    """Read a find line; *known* are the fields, each with an example.

    Raises InvalidFilter, with the position, for an open quote, an unknown field, or one without a value.
    """
    words: list[str] = []
    found: dict[str, tuple[Asked, ...]] = {}
    for token in split(line):
        if token.kind != "field":
            words.append(unquoted(token.text))
            continue
        if token.key not in known:
            hint = nearest(token.key, known)
            raise InvalidFilter(f"unknown field {token.key!r}{hint} Quotes make words of it.", token.position)
        if not token.value:
            raise InvalidFilter(f"{token.key}: needs a value, such as {known[token.key]}", token.position)
        found[token.key] = (*found.get(token.key, ()), Asked(token.value, token.position))
    return FindFields(tuple(word for word in words if word), found)


def like(word: str) -> str:
    """Return a pattern for ``LIKE``, with a backslash as its escape, that finds *word* anywhere."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
