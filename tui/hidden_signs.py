"""Characters that hide, steer or turn a line round, and what screens and commands show in their place."""

from __future__ import annotations

import re

ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_NAMES = {
    0xAD: "SHY", 0x61C: "ALM", 0x200B: "ZWSP", 0x200E: "LRM", 0x200F: "RLM", 0x2028: "LS", 0x2029: "PS",
    0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF", 0x202D: "LRO", 0x202E: "RLO", 0x2060: "WJ",
    0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xFEFF: "BOM",
}  # fmt: skip


def picture(code: int) -> str:
    """Return the control picture of a control character (``␛``), empty for any other."""
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else ""


def sign(match: re.Match[str]) -> str:
    """Return what is shown for the character that was found: a control picture, or its name (``‹RLO›``)."""
    code = ord(match.group())
    return picture(code) or f"‹{_NAMES.get(code, f'{code:02X}')}›"


def shown(text: str) -> str:
    """Return a text with a sign for each odd character."""
    return ODD.sub(sign, text)
