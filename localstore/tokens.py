"""The find line cut into tokens: words, ``#tag``, ``field:value``, ``meta.path=value``, ``~meaning``; quotes hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from localstore.errors import InvalidFilter

_TOKEN = re.compile(r'(?:[^\s"]|"[^"]*")+')
_FIELD = re.compile(r"([A-Za-z_]+):(?!//)(.*)", re.DOTALL)
_CONDITION = re.compile(r'(meta|meta_data)(\.|\[)(?:"[^"]*"|[^=!<>~"])*(:?=|!=|<|>|~)')


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the find line: what it is, where it begins, what it says."""

    kind: str
    text: str
    position: int
    key: str = ""
    value: str = ""


def split(line: str) -> Iterator[Token]:
    """Cut a find line; an open quote raises InvalidFilter with its position."""
    if line.count('"') % 2:
        raise InvalidFilter('a quote is open: close it with "', line.rindex('"'))
    for match in _TOKEN.finditer(line):
        yield _token(match.group(), match.start())


def _token(text: str, position: int) -> Token:
    if text.startswith('"'):
        return Token("word", text, position)
    if text.startswith("#") and len(text) > 1:
        return Token("tag", text, position, value=unquoted(text[1:]))
    if text.startswith("~"):
        return Token("meaning", text, position, value=unquoted(text[1:]))
    if _CONDITION.match(text):
        return Token("condition", text, position)
    if match := _FIELD.fullmatch(text):
        return Token("field", text, position, key=match[1].lower(), value=unquoted(match[2]))
    return Token("word", text, position)


def with_meaning(tokens: Iterable[Token]) -> Iterator[Token]:
    """Let the bare words after ``~word`` belong to the meaning; ``~"a phrase"`` is whole by itself."""
    goes_on = False
    for token in tokens:
        if token.kind == "meaning":
            goes_on = not token.text.startswith('~"')
        elif goes_on and token.kind == "word" and not token.text.startswith('"'):
            yield replace(token, kind="meaning", value=unquoted(token.text))
            continue
        yield token


def unquoted(text: str) -> str:
    """Return the text without its quotes."""
    return text.replace('"', "")


def quoted(text: str) -> str:
    """Return the text with quotes when it needs them."""
    return f'"{text}"' if not text or re.search(r"[\s]", text) else text
