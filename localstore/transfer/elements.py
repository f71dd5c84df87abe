"""Elements: a JSON array of any size (RFC 8259 §5), cut into the bytes of its elements without parsing them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

BLOCK = 1 << 20
DEEPEST = 100_000
"""Levels after which brackets are open that nobody closes: each costs a step here, and what follows is lost anyway."""
_PLAIN = {
    depth: re.compile(rb'(?:[^"{}\[\]' + extra + rb']++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
    for depth, extra in ((1, b","), (2, b""))
}
"""What holds no mark: for the list itself (1), where commas are marks, and for all within its elements (2)."""
_IN_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)

Element = tuple[int, bytes | None]
"""The line an element starts on, and its bytes: None when it is too long, none of them when the list never ends."""


class Readable(Protocol):
    """Anything with ``read``."""

    def read(self, size: int, /) -> bytes:
        """Return up to *size* bytes."""


def elements(first: bytes, stream: Readable, limit: int) -> Iterator[Element]:
    """Yield each element of the arrays that start in *first* and go on in *stream*; *limit* is in bytes."""
    cutter = _Cutter(limit)
    block = first
    while block:
        for start in range(0, len(block), BLOCK):
            yield from cutter.feed(block[start : start + BLOCK])
            if cutter.is_lost:
                break
        block = b"" if cutter.is_lost else stream.read(BLOCK)
    yield from cutter.finish()


class _Cutter:
    """What is known between two blocks: depth, whether inside a string, and the element so far."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line = self._started = 1
        self._depth = 0
        self._in_string = self._escaped = False
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def is_lost(self) -> bool:
        """Whether brackets were opened beyond what ever ends."""
        return self._depth > DEEPEST

    def feed(self, block: bytes) -> Iterator[Element]:
        """Take the next block; yield the elements that end in it."""
        start = 0
        position = self._through_string(block, 0) if self._in_string else 0
        while position < len(block):
            position = self._next_mark(block, position)
            if position == len(block) or self._in_string or self.is_lost:
                break
            if self._ends_element(block[position]):
                self._keep(block[start:position])
                yield from self._element()
                start = position + 1
            position += 1
        self._keep(block[start:])

    def finish(self) -> Iterator[Element]:
        """Yield what stands behind the list, or that it never ends."""
        if self._depth:
            yield self._started, b""
        else:
            yield from self._element()

    def _next_mark(self, block: bytes, position: int) -> int:
        """Return where the next bracket (or comma of the list) is; an open string goes on in the next block."""
        match = _PLAIN[min(self._depth, 2) or 1].match(block, position)
        position = match.end() if match else position
        if position < len(block) and block[position] == ord('"'):
            self._in_string = True
            self._through_string(block, position + 1)
        return position

    def _through_string(self, block: bytes, position: int) -> int:
        """Return where the open string ends: behind its quote, or at the block's end."""
        position += self._escaped
        match = _IN_STRING.match(block, position)
        position = match.end() if match else position
        self._escaped = block[position : position + 1] == b"\\"
        if block[position : position + 1] != b'"':
            return len(block)
        self._in_string = False
        return position + 1

    def _ends_element(self, mark: int) -> bool:
        """Count a mark; tell whether an element ends before it."""
        if mark == ord(","):
            return self._depth == 1
        opens = mark in b"{["
        ends = self._depth == (0 if opens else 1)
        self._depth = max(0, self._depth + (1 if opens else -1))
        return ends

    def _keep(self, part: bytes) -> None:
        if not self._size:
            bare = part.lstrip()
            self._started = self._line + part.count(b"\n", 0, len(part) - len(bare))
        else:
            bare = part
        self._line += part.count(b"\n")
        self._size += len(bare)
        self._parts.append(bare)
        if self._size > self._limit:
            self._parts.clear()

    def _element(self) -> Iterator[Element]:
        size, self._size = self._size, 0
        raw = b"".join(self._parts).rstrip()
        self._parts.clear()
        if size > self._limit:
            yield self._started, None
        elif raw:
            yield self._started, raw
