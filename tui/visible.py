"""Stored text on a screen: nothing in it moves the cursor, turns the line round or hides.

Control characters become control pictures (``␛``), bidirectional ones and other invisible ones their names
(``‹RLO›``). Emoji are shown by their parts: terminals disagree on how wide a joined one is, and one wrong width
shifts the rest of the line.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from tui.columns import roomy
from tui.hidden_signs import ODD, picture, shown

MAX_LINE = 4_096
"""Characters of one line that are shown."""
TAB = 4
_JOINS = re.compile(
    "(?<=[\u2300-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"
)


def text(stored: str) -> str:
    """Return *stored* for a place of many lines: line ends stay, tabs become blanks."""
    if "\r" in stored:
        stored = stored.replace("\r\n", "\n")
    if stored.isascii() and stored.isprintable():
        return stored
    return roomy(_JOINS.sub("", shown(stored.expandtabs(TAB))))


def line(stored: str, limit: int = MAX_LINE) -> str:
    """Return the start of *stored* for one line: line ends and tabs show too."""
    cut = stored[:limit]
    if not cut.isprintable() or not cut.isascii():
        cut = text(cut.replace("\n", "\u240a").replace("\t", " "))
    return cut + "…" if len(stored) > limit else cut


def fit(seen: str, width: int, ellipsis: str = "…") -> str:
    """Return visible text in exactly *width* cells: cut with an ellipsis, or padded."""
    if width <= 0:
        return ""
    if seen.isascii():
        return seen.ljust(width) if len(seen) <= width else seen[: width - 1] + ellipsis
    seen = _bounded(seen, width)
    if cell_len(seen) <= width:
        return set_cell_size(seen, width)
    return set_cell_size(seen, width - 1) + ellipsis


def _bounded(seen: str, width: int) -> str:
    """Bound what marks without width can pile up in one cell, and keep a mark from the text before it."""
    seen = seen[: width * 4 + 8]
    return f" {seen}" if seen and unicodedata.combining(seen[0]) else seen


def same_length(stored: str) -> str:
    """Return *stored* with a sign of one cell for each odd character, for editors that count characters."""
    if stored.isascii() and stored.isprintable():
        return stored
    return ODD.sub(_one, stored)


def _one(match: re.Match[str]) -> str:
    return picture(ord(match.group())) or "\ufffd"


def at_home(path: Path) -> str:
    """Return a path as people write it: ``~`` for their own folder."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):  # it lies elsewhere, or nobody knows where home is
        return str(path)
