"""Stored text made fit for a terminal: control and direction signs become visible, widths are counted in cells.

A stored escape sequence could retitle the terminal, a right-to-left override could make one name look like
another; neither ever reaches it.
"""

from __future__ import annotations

import re
import unicodedata

from tui.hidden_signs import ODD, shown

CLIP = 4_000
"""Characters of a text that a list looks at."""
_NO_WIDTH = frozenset(("Mn", "Me", "Cf"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}" if code >= 0x7F else match.group()


def one_line(text: str) -> str:
    """Return the start of *text* as one line without a control character."""
    clipped = text if len(text) <= CLIP else text[:CLIP] + "…"
    if clipped.isascii() and clipped.isprintable():
        return clipped
    return shown(clipped.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))


def lines(text: str) -> str:
    """Return all of *text* with its line ends and tabs, every other control character visible."""
    if text.isascii() and text.isprintable():
        return text
    return shown(text.replace("\r\n", "\n"))


def escaped(document: str) -> str:
    """Return JSON text whose strings escape what ``json`` leaves: C1, DEL and direction signs."""
    return document if document.isascii() and "\x7f" not in document else ODD.sub(_escape, document)


def width(text: str) -> int:
    """Return how many cells of a terminal *text* takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(char: str) -> int:
    if char < "\u0300":
        return 1
    if unicodedata.category(char) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, cells: int) -> str:
    """Return *text*, shortened with ``…`` when it takes more than *cells* cells."""
    if width(text) <= cells:
        return text
    taken, used = 0, 1
    for char in text:
        used += _cells(char)
        if used > cells:
            break
        taken += 1
    return text[:taken] + "…" if cells > 0 else ""


def fitted(text: str, cells: int, *, right: bool = False) -> str:
    """Return *text* cut or padded to exactly *cells* cells."""
    shown = cut(text, cells)
    space = " " * (cells - width(shown))
    return space + shown if right else shown + space
