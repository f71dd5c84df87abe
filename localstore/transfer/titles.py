"""Titles derived from a text, when a source gives none."""

from __future__ import annotations

import re

from localstore.values import MAX_INDEXED

LENGTH = 200
"""Characters of a derived title."""
_SPACE = re.compile(r"\s+")
_START = 4_000


def printable(text: str) -> str:
    """Return *text* for a message: what moves a cursor or cannot be shown becomes a dot."""
    return text if text.isprintable() else "".join(char if char.isprintable() else "·" for char in text)


def title_of(text: str, otherwise: str = "Untitled") -> str:
    """Return the first line of *text* that holds anything, on one line, cut at 200 characters."""
    start = text[:_START].strip() or text.strip()[:_START]
    first = start.split("\n", 1)[0].strip()
    return shortened(first) or otherwise


def shortened(text: str) -> str:
    """Return *text* on one line, cut at 200 characters, which are at most 800 bytes."""
    line = _SPACE.sub(" ", text[:_START].replace("\0", "")).strip()
    return line if len(line) <= LENGTH else line[: LENGTH - 1].rstrip() + "…"


def given_title(text: str) -> str:
    """Return a title that a source gives: kept as it is unless it is longer than a title may be."""
    line = text.strip()
    return line if len(line) <= LENGTH or len(line.encode("utf-8", "replace")) <= MAX_INDEXED else shortened(line)
