r"""The find line cut into tokens: words, ``#tag``, ``field:value``, ``meta.path=value``, ``~meaning``; quotes hold.

A quote within quotes is ``\"``; a backslash is one, unless it stands before a quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from localstore.errors import InvalidFilter

QUOTED = r'"(?:\\.|[^"\\])*"'
"""A pattern for quotes and what is in them."""
TOKEN = re.compile(rf'(?:[^\s"]|{QUOTED})+', re.DOTALL)
_CLOSED = re.compile(rf'(?:[^"]|{QUOTED})*', re.DOTALL)
_INSIDE = re.compile(r'"((?:\\.|[^"\\])*)(?:"|\\?\Z)', re.DOTALL)
_BEFORE_QUOTE = re.compile(r'(\\*)("|\Z)')
_FIELD = re.compile(r"([A-Za-z_]+):(?!//)(.*)", re.DOTALL)
_CONDITION = re.compile(r"(meta|meta_data)(\.|\[)(?:" + QUOTED + r'|[^=!<>~"])*(:?=|!=|<|>|~)', re.DOTALL)


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
    check_quotes(line)
    for match in TOKEN.finditer(line):
        yield _token(match.group(), match.start())


def check_quotes(line: str) -> None:
    """Raise InvalidFilter, with its position, for a quote that is open."""
    closed = _CLOSED.match(line)
    if closed and closed.end() < len(line):
        raise InvalidFilter('a quote is open: close it with "', closed.end())


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
    """Return the text without its quotes; those that were written as text stay."""
    return _INSIDE.sub(lambda match: _BEFORE_QUOTE.sub(_halved, match[1]), text)


def _halved(match: re.Match[str]) -> str:
    return match[1][: len(match[1]) // 2] + match[2]


def quoted(text: str) -> str:
    """Return the text with quotes when it needs them."""
    return in_quotes(text) if not text or re.search(r'[\s"]', text) else text


def in_quotes(text: str) -> str:
    """Return the text between quotes."""
    return f'"{_BEFORE_QUOTE.sub(_doubled, text)}"'


def _doubled(match: re.Match[str]) -> str:
    return match[1] * 2 + ('\\"' if match[2] else "")
