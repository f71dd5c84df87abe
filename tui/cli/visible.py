"""Stored text made fit for a terminal: control and direction signs become visible, widths are counted in cells.

A stored escape sequence could retitle the terminal, a right-to-left override could make one name look like
another; neither ever reaches it.
"""

from __future__ import annotations

import unicodedata

CLIP = 4_000
"""Characters of a text that a list looks at."""
BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
LINES = (0x2028, 0x2029)
_SIGNS = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "␡"}
_SIGNS |= {code: f"<{code:02X}>" for code in range(0x80, 0xA0)}
_SIGNS |= {code: f"<{code:04X}>" for code in (*BIDI, *LINES, 0xFEFF)}
_LINES = {code: sign for code, sign in _SIGNS.items() if code not in (0x09, 0x0A)}
_SURROGATES = {code: "�" for code in range(0xD800, 0xE000)}
_ESCAPES = {code: f"\\u{code:04x}" for code in (0x7F, *range(0x80, 0xA0), *BIDI, *LINES, 0xFEFF)}
_WIDE = frozenset("WF")
_NO_WIDTH = frozenset(("Mn", "Me", "Cf"))


def one_line(text: str) -> str:
    """Return the start of *text* as one line without a control character."""
    clipped = text if len(text) <= CLIP else text[:CLIP] + "…"
    if clipped.isascii() and clipped.isprintable():
        return clipped
    spaced = clipped.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
    return spaced.translate(_SIGNS).translate(_SURROGATES)


def lines(text: str) -> str:
    """Return all of *text* with its line ends and tabs, every other control character visible."""
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_LINES).translate(_SURROGATES)


def escaped(document: str) -> str:
    """Return JSON text whose strings escape what ``json`` leaves: C1, DEL and direction signs."""
    return document if document.isascii() and "\x7f" not in document else document.translate(_ESCAPES)


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
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1


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
