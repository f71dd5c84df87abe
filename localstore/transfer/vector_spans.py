"""Spans of a large JSON object: where the value of each of its keys stands, and the elements of one that is a list.

A columnar file says all ids before the first vector, so the columns are read beside each other, each from its own
place; nothing but brackets and quotes is looked at to find the places.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localstore.errors import TransferError

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^,\]}\s]++")
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_LET_GO = 64 << 20
"""Bytes after which what was read is given back: the file stays out of memory."""


@contextmanager
def mapped(path: Path) -> Iterator[JsonSpans]:
    """Open a file that holds one JSON object; raises TransferError when it cannot be read or is cut off."""
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
            yield JsonSpans(text, path.name)
    except ValueError:
        raise TransferError(f"{path} is empty") from None
    except OSError as error:
        raise TransferError(f"{path}: cannot be read ({error.strerror or error})") from None


class JsonSpans:
    """The values of an object by key, as ``(start, end)`` in the file."""

    def __init__(self, text: mmap.mmap, name: str) -> None:
        self._text = text
        self._name = name
        self._held = 0
        self.spans = dict(self._members())

    def _members(self) -> Iterator[tuple[str, tuple[int, int]]]:
        at = self._expect(b"{", self._past(_SPACE, 3 if self._text[:3] == b"\xef\xbb\xbf" else 0))
        while self._text[at : at + 1] != b"}":
            end = self._past(_STRING, at)
            if end == at:
                raise self._fault(at)
            key = self._text[at + 1 : end - 1].decode("utf-8", "replace")
            start = self._expect(b":", self._past(_SPACE, end))
            end = self._value_end(start)
            yield key, (start, end)
            at = self._past(_SPACE, end)
            at = self._expect(b",", at) if self._text[at : at + 1] == b"," else at
            if at >= len(self._text):
                raise self._fault(at)

    def elements(self, key: str) -> Iterator[bytes]:
        """Yield the elements of the list that a key holds, unparsed."""
        start, end = self.spans[key]
        at = self._expect(b"[", start)
        while at < end and self._text[at : at + 1] != b"]":
            stop = self._value_end(at)
            yield self._text[at:stop]
            at = self._past(_SPACE, stop)
            at = self._expect(b",", at) if self._text[at : at + 1] == b"," else at
            self._let_go(at)

    def is_list(self, key: str) -> bool:
        """Tell whether a key holds a list."""
        start, _ = self.spans.get(key, (0, 0))
        return key in self.spans and self._text[start : start + 1] == b"["

    def count(self, key: str) -> int:
        """Return how many elements a list has."""
        return sum(1 for _ in self.elements(key))

    def _value_end(self, at: int) -> int:
        """Return where the value that starts here ends."""
        first = self._text[at : at + 1]
        if first not in (b"[", b"{"):
            end = self._past(_STRING if first == b'"' else _SCALAR, at)
            if end == at:
                raise self._fault(at)
            return end
        depth = 0
        while True:
            at = self._past(_TO_BRACKET, at)
            mark = self._text[at : at + 1]
            if mark not in (b"[", b"{", b"]", b"}") or not mark:
                raise self._fault(at)
            depth += 1 if mark in b"[{" else -1
            at += 1
            if not depth:
                return at
            self._let_go(at)

    def _past(self, pattern: re.Pattern[bytes], at: int) -> int:
        found = pattern.match(self._text, at)
        return found.end() if found else at

    def _expect(self, mark: bytes, at: int) -> int:
        if self._text[at : at + 1] != mark:
            raise self._fault(at)
        return self._past(_SPACE, at + 1)

    def _fault(self, at: int) -> TransferError:
        if at >= len(self._text) or self._text[at : at + 1] == b'"':
            return TransferError(f"{self._name} is cut off, or a bracket or quote is missing: save it again")
        return TransferError(f"{self._name} is not JSON: {self._text[at : at + 1]!r} at byte {at:,}")

    def _let_go(self, at: int) -> None:
        if abs(at - self._held) > _LET_GO and hasattr(self._text, "madvise"):
            self._text.madvise(mmap.MADV_DONTNEED)
            self._held = at
