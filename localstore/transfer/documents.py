"""Documents: the JSON texts of a source, one per line or one per element of a list, in bounded memory.

JSON lines (jsonlines.org: UTF-8, one value per line) and JSON arrays are both cut into byte strings before anything
is parsed, so that every record of either gets the same exact reading, a place with its line, and the chance that the
rest goes on after a bad one. A general streaming parser gives up at the first fault and shows no lines.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from localstore.errors import InvalidValue, TransferError
from localstore.records import BadRecord, ItemRecord
from localstore.transfer.elements import elements
from localstore.transfer.format import STREAM, Read, ReadOptions, refused
from localstore.transfer.json_text import parse
from localstore.transfer.ordinary import check_ordinary
from localstore.transfer.sample import UTF8_BOM, binary_problem

MAX_RECORD = 32 * 2**20
"""Bytes of one record; a longer one is reported and skipped."""
BLOCK = 1 << 20
_TOO_LONG = f"longer than {MAX_RECORD >> 20} MB: split it"
_CUT_OFF = (
    "the list does not end, or not within any depth: the file is cut off, or a quote or bracket is missing from here on"
)

Build = Callable[[Any, bytes, str, ReadOptions], ItemRecord]
"""Makes an item of a parsed value, its bytes and its place; raises InvalidValue."""


class Stream(Protocol):
    """What a source is read through."""

    def read(self, size: int, /) -> bytes:
        """Return up to *size* bytes."""

    def readline(self, size: int, /) -> bytes:
        """Return the next line, or its first *size* bytes."""


@contextmanager
def opened(source: Path, options: ReadOptions) -> Iterator[tuple[str, Stream]]:
    """Open a file, or the stream that ``-`` stands for, as ``(name for places, stream)``.

    Raises TransferError when it cannot be opened or read.
    """
    if source == STREAM:
        if options.stream is None:
            raise TransferError("- stands for standard input, which is not there: name a file")
        yield "stdin", options.stream
        return
    check_ordinary(source)
    try:
        with source.open("rb", buffering=BLOCK) as stream:
            yield source.name, stream
    except OSError as error:
        raise TransferError(f"{source}: cannot be read ({error.strerror or error})") from None


def read_documents(source: Path, options: ReadOptions, build: Build) -> Iterator[Read]:
    """Yield the record of every document of a file; documents that cannot be read become BadRecords."""
    with opened(source, options) as (name, stream):
        options.report.files += 1
        yield from records(name, stream, options, build)


def records(name: str, stream: Stream, options: ReadOptions, build: Build) -> Iterator[Read]:
    """Yield the record of every document of a stream, whose places start with *name*."""
    report = options.report
    for document in documents(name, stream, options):
        if isinstance(document, BadRecord):
            yield document
            continue
        place, raw = document
        try:
            value = parse(raw)
            if not report.keys and isinstance(value, dict):
                report.saw_keys(value)
            record = build(value, raw, place, options)
        except InvalidValue as error:
            yield refused(place, error)
        else:
            yield record


def documents(name: str, stream: Stream, options: ReadOptions) -> Iterator[tuple[str, bytes] | BadRecord]:
    """Yield ``(place, bytes)`` for each JSON text of a stream: a list's elements, else its lines."""
    first = stream.readline(BLOCK).removeprefix(UTF8_BOM)
    start = first.lstrip()[:1]
    if start not in (b"{", b"[") and (problem := binary_problem(first)):
        raise TransferError(f"{name} is {problem}")
    if start == b"[":
        yield from _array(name, first, stream, options)
        return
    if first and not first.endswith(b"\n"):
        first += stream.readline(MAX_RECORD + 1 - len(first))
    yield from _lines(name, first, stream, options)


def _lines(name: str, line: bytes, stream: Stream, options: ReadOptions) -> Iterator[tuple[str, bytes] | BadRecord]:
    number = 0
    readline, limit = stream.readline, MAX_RECORD + 1
    try:
        while line:
            number += 1
            if len(line) > MAX_RECORD:
                _skip_line(stream, line)
                yield BadRecord(f"{name}:{number}", _TOO_LONG)
            elif not line.isspace():
                yield f"{name}:{number}", line.removeprefix(UTF8_BOM)
            line = readline(limit)
    finally:
        options.report.lines += number


def _skip_line(stream: Stream, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(BLOCK)


def _array(name: str, first: bytes, stream: Stream, options: ReadOptions) -> Iterator[tuple[str, bytes] | BadRecord]:
    """Places tell the number of the element too: many exports are one long line."""
    for count, (number, raw) in enumerate(elements(first, stream, MAX_RECORD), 1):
        options.report.lines = max(options.report.lines, number)
        place = f"{name}:{number} (element {count})"
        yield (place, raw) if raw else BadRecord(place, _TOO_LONG if raw is None else _CUT_OFF)


class Rewound:
    """A stream whose beginning was read already, from the beginning again."""

    def __init__(self, head: bytes, rest: Stream) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        """Return up to *size* bytes."""
        return self._head.read(size) or self._rest.read(size)

    def readline(self, size: int, /) -> bytes:
        """Return the next line, or its first *size* bytes."""
        line = self._head.readline(size)
        if line.endswith(b"\n") or len(line) == size:
            return line
        return line + self._rest.readline(size - len(line))
