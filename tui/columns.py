"""Columns that hold whatever a terminal makes of a script: words of it are put in their place, and so is what follows.

In Devanagari, Thai and their neighbours several characters share a cell, and terminals, multiplexers and the library
that measures text disagree on how many. Without this, one such word shifts the rest of its row, and what is drawn
there later mends only a part of it. ``roomy`` gives such a word the cells that the most generous of them take.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len

_SHARED = r"\u0900-\u0eff\u0f00-\u109f\u1160-\u11ff\u1700-\u18af\u1900-\u1cff\ua800-\ua82f\ua880-\uabff"
_ROOM = "\u00a0"
_WORD = re.compile(f"[{_SHARED}](?:[{_SHARED}\u200c\u200d]*[{_SHARED}])?")
_ROOMY = re.compile(f"({_WORD.pattern}){_ROOM}*")
_PART = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|\x1b\[[0-9;?]*[@-~]|\x1b\].*?(?:\x1b\\|\x07)|\n|[^\x1b\n]+|\x1b"
)
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"


def roomy(text: str) -> str:
    """Return a text with room behind each such word for marks that take a cell of their own on some terminals."""
    return _WORD.sub(_with_room, text) if _WORD.search(text) else text


def _with_room(found: re.Match[str]) -> str:
    return found.group() + _ROOM * sum(unicodedata.category(each) == "Mc" for each in found.group())


def placed(frame: str) -> str:
    """Return what is sent to a terminal with the cursor put where it belongs around each such word."""
    if _WORD.search(frame) is None:
        return frame
    parts: list[str] = []
    row, column = 0, 0  # counted from 1: 0 is not known
    for found in _PART.finditer(frame):
        part = found.group()
        if found["row"]:
            row, column = int(found["row"]), int(found["column"])
        elif part == "\n":
            row = 0
        elif row and not part.startswith("\x1b"):
            part, column = _words_placed(part, row, column)
        parts.append(part)
    return "".join(parts)


def _words_placed(text: str, row: int, column: int) -> tuple[str, int]:
    """Clear the cells of each word, write it, and go on behind them; return the text and the column behind it."""
    parts: list[str] = []
    at = 0
    for found in _ROOMY.finditer(text):
        before, word = text[at : found.start()], found[1]
        column += cell_len(before)
        cells = cell_len(found.group())
        parts += [before, _NO_WRAP, " " * cells, f"\x1b[{row};{column}H", word, _WRAP]
        column += cells
        parts.append(f"\x1b[{row};{column}H")
        at = found.end()
    return "".join(parts) + text[at:], column + cell_len(text[at:])
