"""Stored text on a screen: nothing in it moves the cursor, turns the line round or hides.

Control characters become control pictures (``␛``), bidirectional ones and other invisible ones their names
(``‹RLO›``). Emoji are shown by their parts: terminals disagree on how wide a joined one is, and one wrong width
shifts the rest of the line.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len, set_cell_size

MAX_LINE = 4_096
"""Characters of one line that are shown."""
TAB = 4
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_JOINS = re.compile(
    "(?<=[\u2300-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"
)
_NAMES = {
    0xAD: "SHY", 0x61C: "ALM", 0x200B: "ZWSP", 0x200E: "LRM", 0x200F: "RLM", 0x2028: "LS", 0x2029: "PS",
    0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF", 0x202D: "LRO", 0x202E: "RLO", 0x2060: "WJ",
    0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xFEFF: "BOM",
}  # fmt: skip


def _name(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"‹{_NAMES.get(code, f'{code:02X}')}›"


def text(stored: str) -> str:
    """Return *stored* for a place of many lines: line ends stay, tabs become blanks."""
    if "\r" in stored:
        stored = stored.replace("\r\n", "\n")
    if stored.isascii() and stored.isprintable():
        return stored
    return _JOINS.sub("", _ODD.sub(_name, stored.expandtabs(TAB)))


def line(stored: str, limit: int = MAX_LINE) -> str:
    """Return the start of *stored* for one line: line ends and tabs show too."""
    cut = stored[:limit]
    if not cut.isprintable() or not cut.isascii():
        cut = text(cut.replace("\n", "\u240a").replace("\t", " "))
    return cut + "…" if len(stored) > limit else cut


def fit(shown: str, width: int, ellipsis: str = "…") -> str:
    """Return visible text in exactly *width* cells: cut with an ellipsis, or padded."""
    if width <= 0:
        return ""
    if shown.isascii():
        return shown.ljust(width) if len(shown) <= width else shown[: width - 1] + ellipsis
    shown = _bounded(shown, width)
    if cell_len(shown) <= width:
        return set_cell_size(shown, width)
    return set_cell_size(shown, width - 1) + ellipsis


def _bounded(shown: str, width: int) -> str:
    """Bound what marks without width can pile up in one cell, and keep a mark from the text before it."""
    shown = shown[: width * 4 + 8]
    return f" {shown}" if shown and unicodedata.combining(shown[0]) else shown


def same_length(stored: str) -> str:
    """Return *stored* with a sign of one cell for each odd character, for editors that count characters."""
    if stored.isascii() and stored.isprintable():
        return stored
    return _ODD.sub(_one, stored)


def _one(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"
