"""The texts of an item as one conversation: which of them are read, where each begins, where words were found."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localstore.lists.excerpts import CLIP, Excerpt, Excerpts, Found, excerpts, extent, passage
from tui.widgets.items.item_view import text_lines
from tui.widgets.reading.reader import Line, Piece, plain

if TYPE_CHECKING:
    from localstore.store import Store

WHOLE = 200_000
"""Bytes of all texts that are read at once; of longer items the texts around the cursor are."""
MOST = 400
BEFORE, AROUND, CLIPPED = 8, 32, 4_000
NO_TEXT = "No text yet: a adds one."
FAR = 3_000
"""Columns after which what was found lies beyond the part of a line that is shown."""


def read_texts(store: Store, item: str, at: int, found: Found | None = None) -> Excerpts:
    """Read an item's texts, all of them or those around index *at*, and the passage where words were found."""
    count, size = extent(store, item)
    if size <= WHOLE and count <= MOST:
        read = excerpts(store, item, first=MOST, clip=WHOLE)
    else:
        start = max(0, min(at, count - 1) - BEFORE)
        read = excerpts(store, item, at=start, first=AROUND, clip=CLIPPED)
        _lengthen(store, read, at - start)
    if found and 0 <= found.content - read.at < len(read.shown):
        _reach(store, read, found)
    return read


def _lengthen(store: Store, read: Excerpts, index: int) -> None:
    """Read more of the text under the cursor than of its neighbours."""
    if 0 <= index < len(read.shown) and read.shown[index].clipped:
        longer = passage(store, read.shown[index].id, 0, CLIP)
        read.shown[index] = longer or read.shown[index]


def _reach(store: Store, read: Excerpts, found: Found) -> None:
    """Begin the excerpt shortly before what was found, when it is not in what is shown."""
    text = read.shown[found.content - read.at]
    if found.column > FAR or (found.offset > len(text.text) - 200 and text.clipped):
        moved = passage(store, text.id, max(0, found.offset - 200), CLIP)
        read.shown[found.content - read.at] = moved or text


@dataclass
class ItemText:
    """Lines to show, the first line of each text, and the line of the place that was found."""

    lines: list[Line] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    first: int = 0
    mark: int | None = None

    def index_at(self, line: int) -> int:
        """Return which text a line belongs to."""
        return self.first + max(0, bisect_right(self.starts, line) - 1)

    def line_of(self, index: int) -> int | None:
        """Return where a text begins; None when it is not among those read."""
        at = index - self.first
        return self.starts[at] if 0 <= at < len(self.starts) else None


def write_texts(
    read: Excerpts, *, description: str = "", raw: bool = False, words: str = "", found: Found | None = None
) -> ItemText:
    """Write texts under each other; while words are looked for they are shown as they are, each place marked."""
    text = ItemText(first=read.at)
    if description and not read.at:
        text.lines += [(Piece("Description", "heading"),), *plain(description, "note")]
    if description and not read.total and not words:
        text.lines += [(Piece(""),), (Piece(NO_TEXT, "note"),)]
    if read.at:
        text.lines.append((Piece(f"… {read.at:,} texts before", "note"),))
    for index, each in enumerate(read.shown, read.at):
        text.lines += [(Piece(""),)] if text.lines else []
        text.starts.append(len(text.lines))
        lines = text_lines(each, alone=read.total == 1, raw=raw or bool(words))
        if found and found.content == index:
            text.mark = len(text.lines) + _line_in(each, found, alone=read.total == 1)
        text.lines += lines
    behind = read.total - read.at - len(read.shown)
    if behind > 0:
        text.lines += [(Piece(""),), (Piece(f"… {behind:,} texts behind", "note"),)]
    if words:
        text.lines = mark(text.lines, words, text.mark)
    return text


def _line_in(text: Excerpt, found: Found, *, alone: bool) -> int:
    heading = 0 if alone and text.role == "user" else 1
    if not text.start:
        return heading + found.line
    return heading + 1 + text.text.count("\n", 0, max(0, found.offset - text.start))


def mark(lines: list[Line], words: str, current: int | None) -> list[Line]:
    """Return lines with *words* marked wherever they stand, those of the *current* line more so."""
    pattern = re.compile(re.escape(words), re.IGNORECASE)
    return [_marked(line, pattern, "current" if at == current else "match") for at, line in enumerate(lines)]


def _marked(line: Line, pattern: re.Pattern[str], tone: str) -> Line:
    pieces: list[Piece] = []
    for piece in line:
        at = 0
        for match in pattern.finditer(piece.text) if piece.tone != "note" else ():
            pieces += [Piece(piece.text[at : match.start()], piece.tone), Piece(match.group(), tone)]
            at = match.end()
        pieces.append(Piece(piece.text[at:], piece.tone) if at else piece)
    return tuple(each for each in pieces if each.text) or line
