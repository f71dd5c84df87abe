"""Signs: each state has a glyph and a word, in Unicode or in ASCII."""

from __future__ import annotations

from dataclasses import dataclass

from localstore.freshness import Freshness

WORDS = {
    Freshness.NONE: "no vectors",
    Freshness.PENDING: "vectors being checked",
    Freshness.UNKNOWN: "vectors of unknown age",
    Freshness.FRESH: "vectors fresh",
    Freshness.STALE: "vectors stale: the text changed",
}


@dataclass(frozen=True)
class Glyphs:
    """The signs of one character set."""

    cursor: str
    mark: str
    square: str
    star: str
    chosen: str
    up: str
    down: str
    good: str
    bad: str
    warning: str
    ellipsis: str
    dot: str
    rule: str
    bar: str
    loading: str
    freshness: dict[Freshness, str]


UNICODE = Glyphs(
    "▌", "✓", "■", "★", "▸", "↑", "↓", "✔", "✗", "⚑", "…", "·", "─", "│", "···",
    {Freshness.NONE: "○", Freshness.PENDING: "◌", Freshness.UNKNOWN: "◍", Freshness.FRESH: "●", Freshness.STALE: "◐"},
)  # fmt: skip
ASCII = Glyphs(
    ">", "x", "#", "*", ">", "^", "v", "ok", "!", "!", "~", "-", "-", "|", "...",
    {Freshness.NONE: "-", Freshness.PENDING: ".", Freshness.UNKNOWN: "?", Freshness.FRESH: "*", Freshness.STALE: "~"},
)  # fmt: skip
