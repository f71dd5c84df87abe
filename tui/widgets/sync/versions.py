"""Versions of a value, beside each other or below: base, mine, theirs, and the result. Pure drawing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from rich.cells import cell_len

from tui import glyphs
from tui.visible import MAX_LINE, fit
from tui.visible import text as visible
from tui.widgets.reading.reader import Line, Piece, wrap
from tui.widgets.sync.choices import How, Part, empty_words, shown

MOST = 20_000
"""Characters of a version that are shown; all of it is kept and applied."""
BESIDE = 66
"""Cells from which versions stand beside each other."""
TITLES = {"base": "BASE, as both had it", "mine": "MINE", "theirs": "THEIRS, live now"}
TONES = {"base": "text", "mine": "good", "theirs": "warn"}


class Version(NamedTuple):
    """One version: whose it is, and its lines as they are shown."""

    who: str
    lines: list[str]
    known: frozenset[str]
    """Lines of the base: what is not among them was changed."""


def part_lines(part: Part, width: int, keys: dict[str, str]) -> list[Line]:
    """Return all that is shown of a part; *keys* by what they do."""
    known = frozenset(_lines(part.base, part.is_document))
    sides = {"base": part.base, "mine": part.ours, "theirs": part.theirs}
    versions = [Version(who, _lines(value, part.is_document), known) for who, value in sides.items()]
    lines = [*_context(part.before)]
    lines += beside(versions, width) if width >= BESIDE else below(versions, width)
    lines += _context(part.after)
    return [*lines, (Piece(""),), *result_lines(part, keys)]


def _context(around: Sequence[str]) -> list[Line]:
    return [(Piece(f"  {_cut(visible(each))}", "note"),) for each in around]


def result_lines(part: Part, keys: dict[str, str]) -> list[Line]:
    """Return what will stand, or which keys choose."""
    if part.how is None:
        told = f"  {glyphs.DOT}  ".join(f"{key} {word}" for word, key in keys.items())
        return [(Piece("RESULT  ", "heading"), Piece("not chosen yet", "warn")), (Piece(f"  {told}", "note"),)]
    head = (Piece("RESULT  ", "heading"), Piece(f"{glyphs.GOOD} {how_words(part.how)}", "good"))
    stands: list[Line] = [(Piece(f"  {text}", "title"),) for text in _lines(part.result, part.is_document)]
    return [head, *_context(part.before), *stands, *_context(part.after)]  # the whole, lest the rest seem lost


def how_words(how: How | None) -> str:
    """Return a choice in words."""
    words = {How.MINE: "mine", How.THEIRS: "theirs", How.BOTH: "both", How.OWN: "your own"}
    return words[how] if how else "to choose"


def _lines(value: Any, document: bool = False) -> list[str]:
    """Return a version's lines as they are shown, cut where there is too much."""
    text = shown(value, document=document)
    if not text:
        return [empty_words(value)]
    found = [_cut(each) for each in visible(text[:MOST]).split("\n")]
    if len(text) > MOST:
        found.append(f"{glyphs.ELLIPSIS} {len(text) - MOST:,} more characters; all of them are applied")
    return found


def _cut(text: str) -> str:
    return text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]}{glyphs.ELLIPSIS}"


def below(versions: Sequence[Version], width: int) -> list[Line]:
    """Return versions one below the other."""
    found: list[Line] = []
    for each in versions:
        found.append((Piece(TITLES[each.who], "heading"),))
        found += _body(each, width)
    return found


def beside(versions: Sequence[Version], width: int) -> list[Line]:
    """Return versions side by side, each wrapped to its share of the width."""
    column = (width - 3 * (len(versions) - 1)) // len(versions)
    bodies = [_body(each, column) for each in versions]
    found: list[Line] = [_row([(Piece(TITLES[each.who], "heading"),) for each in versions], column)]
    return found + [_row(list(row), column) for row in zip_longest(*bodies, fillvalue=(Piece(""),))]


def _body(version: Version, width: int) -> list[Line]:
    """Return a version's lines, wrapped; a sign before those that the base does not have."""
    found: list[Line] = []
    tone = TONES[version.who]
    for raw in version.lines:
        new = version.who != "base" and raw not in version.known
        rows = wrap((Piece(raw, tone if new else "text"),), max(1, width - 2))
        for at, row in enumerate(rows):
            sign = f"{glyphs.CHOSEN} " if new and not at else "  "
            found.append((Piece(sign, tone), *row))
    return found


def _row(cells: list[Line], column: int) -> Line:
    """Return cells of one height in their columns."""
    found: list[Piece] = []
    for at, cell in enumerate(cells):
        used = sum(cell_len(piece.text) for piece in cell)
        last = at == len(cells) - 1
        if used > column:
            cell = (Piece(fit("".join(piece.text for piece in cell), column), cell[0].tone),)
            used = column
        found += [*cell, Piece("" if last else " " * (column - used) + " │ ", "note")]
    return tuple(found)


def image_lines(image: dict[str, Any]) -> list[Line]:
    """Return a whole row, column by column."""
    found: list[Line] = []
    width = max((len(name) for name in image), default=0)
    for name, value in image.items():
        first, *more = _lines(value)
        empty = value is None or value == ""
        found.append((Piece(f"  {visible(name):<{width}}  ", "key"), Piece(first, "note" if empty else "text")))
        found += [(Piece(" " * (width + 4)), Piece(each)) for each in more]
    return found
