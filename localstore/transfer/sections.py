"""Sections: a text cut at its headings, or into pieces of about a length, for embedding models with short sight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from localstore.errors import TransferError

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+(?P<title>.*?))?(?:[ \t]+#+)?[ \t]*\r?\n?\Z")
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})")
_BREAKS = ("\n\n", "\n", ". ", " ")


@dataclass(slots=True, frozen=True)
class Section:
    """Characters *start* to *end* of a text, and the heading they stand under."""

    start: int
    end: int
    heading: str = ""


def check_split(split: str) -> str:
    """Return *split* when it is ``none``, ``headings`` or a number of characters, else raise TransferError."""
    if split in ("none", "headings") or (split.isascii() and split.isdigit() and int(split[:9]) > 0):
        return split
    raise TransferError(f"--split {split}: say none, headings, or a number of characters such as 2000")


def sections(text: str, split: str) -> list[Section]:
    """Return the sections of *text* that hold more than space, without the space around them."""
    if split == "none":
        found = iter([Section(0, len(text))])
    else:
        found = _by_heading(text) if split == "headings" else _by_length(text, int(split))
    return [section for section in (_trimmed(text, one) for one in found) if section.start < section.end]


def headings(text: str) -> Iterator[tuple[int, str]]:
    """Yield where each heading (CommonMark's ``# ATX`` kind) starts and its text; code blocks hold none."""
    fence = ""
    for line in _LINE.finditer(text):
        mark = _FENCE.match(line[0])
        if mark and not fence:
            fence = mark["mark"]
        elif mark and mark["mark"].startswith(fence):
            fence = ""
        elif not fence and line[0].lstrip(" ").startswith("#") and (match := _HEADING.match(line[0])):
            yield line.start(), (match["title"] or "").strip()


def _by_heading(text: str) -> Iterator[Section]:
    start, title = 0, ""
    for position, heading in headings(text):
        yield Section(start, position, title)
        start, title = position, heading
    yield Section(start, len(text), title)


def _by_length(text: str, length: int) -> Iterator[Section]:
    start = 0
    while start < len(text):
        end = min(start + length, len(text))
        if end < len(text):
            end = _break_before(text, start, end)
        yield Section(start, end)
        start = end


def _break_before(text: str, start: int, end: int) -> int:
    """Return the end of the last paragraph, line, sentence or word in the second half of the piece."""
    half = start + (end - start) // 2
    for mark in _BREAKS:
        if (found := text.rfind(mark, half, end)) > half:
            return found + len(mark)
    return end


def _trimmed(text: str, section: Section) -> Section:
    piece = text[section.start : section.end]
    bare = piece.lstrip()
    start = section.start + len(piece) - len(bare)
    return Section(start, start + len(bare.rstrip()), section.heading)
