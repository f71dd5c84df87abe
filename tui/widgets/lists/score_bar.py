"""Bars for scores and counts: eighths of a cell, or signs of ASCII; pure."""

from __future__ import annotations

import math

EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def bar(share: float, width: int, *, ascii: bool = False) -> str:
    """Return a bar of *width* cells, filled by *share* (0 to 1)."""
    share = min(1.0, max(0.0, share)) if math.isfinite(share) else 0.0
    if ascii:
        full = round(share * width)
        return "#" * full + "-" * (width - full)
    full, rest = divmod(round(share * width * 8), 8)
    return ("█" * full + EIGHTHS[rest]).ljust(width)


def score_line(share: float, width: int, *, ascii: bool = False) -> str:
    """Return a bar as thin as a line, to half a cell: in a list the bars of neighbours do not grow together."""
    if ascii:
        return bar(share, width, ascii=True)
    share = min(1.0, max(0.0, share)) if math.isfinite(share) else 0.0
    full, half = divmod(round(share * width * 2), 2)
    return ("━" * full + "╸" * half).ljust(width)


def share_of(score: float, metric: str, best: float) -> float:
    """Return how much of a bar a score fills: a cosine itself, a dot product beside the best, a distance less."""
    if metric == "l2":
        return 1 / (1 + abs(score))
    if metric == "dot":
        return score / best if best > 0 else 0.0
    return score


def number(value: float) -> str:
    """Return a number in few characters: three digits after the point, or as a power of ten."""
    if not math.isfinite(value):
        return str(value)
    if value == 0 or 0.001 <= abs(value) < 10_000:
        return f"{value:.3f}"
    return f"{value:.1e}"
