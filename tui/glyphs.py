"""Signs: each state has a glyph and a word; for terminals with ASCII alone each sign has a stand-in."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from localstore.freshness import Freshness
from tui.visible import same_length

CURSOR, MARK, SQUARE, STAR, CHOSEN = "▌", "✓", "■", "★", "▸"
CROSSHAIR = "◎"
SYNC, OFFLINE = "⇅", "○"
SPINNER, ASCII_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-+"
UP, DOWN, GOOD, BAD, WARNING = "↑", "↓", "✔", "✗", "⚑"
ELLIPSIS, DOT, RULE, LOADING = "…", "·", "─", "···"

FRESHNESS = {
    Freshness.NONE: ("○", "no vectors"),
    Freshness.PENDING: ("◌", "vectors being checked"),
    Freshness.UNKNOWN: ("◍", "vectors of unknown age"),
    Freshness.FRESH: ("●", "vectors fresh"),
    Freshness.STALE: ("◐", "vectors stale: the text changed"),
}

STAND_INS = str.maketrans(
    "•▌✓■★▸⇅↑↓←→✔✗⚑…·×─│○◌◍●◐◎–—−“”‘’╭╮╰╯┌┐└┘├┤┼▁▂▃▄▅▆▇█▔▏▎▍▋▊▉▕",
    '*>x#*>=^v<>+!!~-x-|-.?*~@---""' + "''" + "++++++++++|" + " " * 16,
)

STAND_INS |= str.maketrans("‹›⌀━╸╺░▒▓◀▶▲▼", "<>0---.:#<>^v")
STAND_INS |= {0x2400 + code: ord("?") for code in range(0x22)}
STAND_INS |= {0x2800 + bits: ord(" .::oo##@"[bits.bit_count()]) for bits in range(256)}
"""Braille dots by how many there are."""


class Signs(LineFilter):
    """The last thing all output passes: no control character gets through, and with *ascii* no sign beyond ASCII."""

    def __init__(self, *, ascii: bool) -> None:
        super().__init__()
        self.ascii = ascii

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return segments of the same width with stand-ins."""
        return [self._one(segment) for segment in segments]

    def _one(self, segment: Segment) -> Segment:
        text, style, control = segment
        if control or (text.isascii() and text.isprintable()):
            return segment
        shown = same_length(text)
        return Segment(ascii_only(shown) if self.ascii else shown, style)


def ascii_only(shown: str) -> str:
    """Return text of the same width in ASCII: a stand-in for each of our signs, ``?`` for each cell of another."""
    plain = shown.translate(STAND_INS)
    return plain if plain.isascii() else "".join(c if c.isascii() else "?" * cell_len(c) for c in plain)
