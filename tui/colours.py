"""Colours of tags: a palette with names, and what a stored colour is in words and on the screen."""

from __future__ import annotations

from functools import cache

from textual.color import Color, ColorParseError

PALETTE = {
    "red": "#e5484d",
    "orange": "#f76b15",
    "amber": "#ffb224",
    "yellow": "#f5d90a",
    "lime": "#99d52a",
    "green": "#30a46c",
    "teal": "#12a594",
    "cyan": "#05a2c2",
    "blue": "#3e8bff",
    "indigo": "#5b5bd6",
    "violet": "#8e4ec6",
    "pink": "#e93d82",
    "brown": "#ad7f58",
    "grey": "#8b8d98",
}
_NAMES = {colour: name for name, colour in PALETTE.items()}


@cache
def shown(stored: str) -> str:
    """Return a stored colour as the screen takes it, empty when it is none."""
    if stored.strip().casefold() in PALETTE:
        return PALETTE[stored.strip().casefold()]
    try:
        colour = Color.parse(stored.strip()[:40].lower())
    except ColorParseError:
        return ""
    return "" if colour.ansi is not None or colour.a < 1 else colour.hex.lower()


def word(stored: str | None) -> str:
    """Return the name of a stored colour, else the colour as it is written; ``–`` for none."""
    if not stored:
        return "–"
    return _NAMES.get(stored.strip().casefold(), stored)


def read(typed: str) -> str | None:
    """Return the colour to store for what a person typed, None when it is none: a name, ``#f80``, ``#ff8800``."""
    return shown(typed) or None
