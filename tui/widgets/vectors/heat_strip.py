"""A vector as a strip: a cell for a few dimensions each, its height the size, its sign below; pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

from tui.widgets.reading.reader import Line, Piece

HEIGHTS = " ▁▂▃▄▅▆▇█"


def strip_lines(values: Sequence[float], width: int, *, ascii: bool = False) -> list[Line]:
    """Return two lines of at most *width* cells for values from -1 to 1: sizes, and signs without need of colour."""
    cells = narrowed(values, width)
    heights = [str(round(9 * abs(cell))) if ascii else HEIGHTS[math.ceil(8 * abs(cell))] for cell in cells]
    signs = ["+" if cell > 0 else "-" if cell < 0 else " " for cell in cells]
    return [_toned(heights, signs), (Piece("".join(signs), "note"),)]


def narrowed(values: Sequence[float], width: int) -> list[float]:
    """Return means of neighbours, as many as fit; what is no number counts as nothing."""
    clean = [min(1.0, max(-1.0, value)) if math.isfinite(value) else 0.0 for value in values]
    each = max(1, math.ceil(len(clean) / max(1, width)))
    parts = (clean[at : at + each] for at in range(0, len(clean), each))
    return [math.fsum(part) / len(part) for part in parts]


def _toned(heights: Iterable[str], signs: Iterable[str]) -> Line:
    pairs = itertools.groupby(zip(heights, signs, strict=True), key=lambda pair: pair[1])
    tones = {"+": "accent", "-": "key"}
    return tuple(Piece("".join(height for height, _ in run), tones.get(sign, "text")) for sign, run in pairs)
