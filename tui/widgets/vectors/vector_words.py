"""What the Vectors screen says of a model: counts, statistics, and what else can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localstore.freshness import Freshness
from tui import glyphs
from tui.keymap import Keys, display
from tui.visible import line
from tui.widgets.lists.score_bar import bar, number
from tui.widgets.reading.reader import Line, Piece
from tui.words import size

if TYPE_CHECKING:
    from localstore.vectors.insight.projection import Projection
    from localstore.vectors.insight.stats import VectorStats

SAMPLE = 5_000
_EMPTY: Line = (Piece(""),)
NO_VECTORS = (
    "No vectors yet",
    "A model turns texts into vectors; similar items and maps come from them.",
    "'localstore embed setup' chooses a model, 'localstore embed' makes them,",
    "'localstore import' brings vectors from a file.",
)


def about_lines(found: VectorStats, keys: Keys) -> list[Line]:
    """Return what is known without reading a vector, and what each key would read."""
    if not found.count:
        return [*_counts(found), _EMPTY, *((Piece(words, "note"),) for words in NO_VECTORS)]
    several = f"{found.count:,} vectors" if found.count != 1 else "the vector"
    part = f"{SAMPLE:,} of {found.count:,}" if found.count > SAMPLE else several
    asks = [
        ("statistics", f"reads {several} once: norms, zeros, lengths, truncated texts"),
        ("map", f"draws a map: {part}, on the two axes along which they differ most (PCA)"),
        ("duplicates", f"compares each with each: {found.count * (found.count - 1) // 2:,} pairs"),
        ("overlap", "compares two models: do they find the same neighbours?"),
        ("export", "exports TSV for the Embedding Projector, or npy"),
    ]
    lines = [*_counts(found), _EMPTY, (Piece("Nothing is computed before it is asked:", "note"),)]
    for name, what in asks:
        key = display(keys[f"vectors.{name}"].all_keys[0])
        lines.append((Piece(f"  {key}  ", "accent"), Piece(what)))
    return lines


def statistics_lines(found: VectorStats, *, ascii: bool) -> list[Line]:
    """Return all that reading every vector told."""
    bad = f"{found.bad:,} with NaN or infinity" if found.bad else "none with NaN or infinity"
    lines = [*_counts(found), _EMPTY, _lengths(found)]
    lines.append((_sign(found.bad == 0), Piece(bad, "text" if not found.bad else "bad")))
    zeros = f"{found.zeros:,} without length (zero): they have no cosine" if found.zeros else "none without length"
    lines.append((_sign(found.zeros == 0), Piece(zeros)))
    cut = f"{found.truncated:,} of texts longer than the model's limit: truncated" if found.truncated else ""
    lines.append((_sign(found.truncated == 0), Piece(cut or "none of a truncated text")))
    return [*lines, _EMPTY, *_norms(found, ascii=ascii)]


def _counts(found: VectorStats) -> list[Line]:
    dim = f"{found.dim:,} numbers" if found.dim else "no length yet"
    lines: list[Line] = [(Piece(line(found.model, 400), "heading"),)]
    lines.append((Piece(f"{found.count:,} vectors", "title"), Piece(f" × {dim} × f32 = {size(found.bytes)}", "note")))
    lines += [(Piece("nearness by ", "note"), Piece(found.metric)), _EMPTY]
    states = [
        (Freshness.FRESH, found.fresh, "good"),
        (Freshness.STALE, found.stale, "warn"),
        (Freshness.UNKNOWN, found.unknown, "note"),
        (Freshness.PENDING, found.pending, "note"),
        (Freshness.NONE, found.without, "note"),
    ]
    for state, count, tone in states:
        if count or state in (Freshness.FRESH, Freshness.STALE, Freshness.NONE):
            glyph, words = glyphs.FRESHNESS[state]
            words = "items without a vector of this model" if state is Freshness.NONE else words
            lines.append((Piece(f"{count:>11,} "), Piece(f"{glyph} {words}", tone if count else "note")))
    return lines


def _sign(good: bool) -> Piece:
    return Piece(f"{glyphs.GOOD} ", "good") if good else Piece(f"{glyphs.BAD} ", "bad")


def _lengths(found: VectorStats) -> Line:
    if len(found.lengths) <= 1:
        dim = next(iter(found.lengths), found.dim or 0)
        return (_sign(True), Piece(f"all have {dim:,} numbers"))
    each = ", ".join(f"{count:,} of {dim:,}" for dim, count in sorted(found.lengths.items()))
    return (_sign(False), Piece(f"{len(found.lengths)} lengths: {each} numbers. One model has one length.", "bad"))


def _norms(found: VectorStats, *, ascii: bool) -> list[Line]:
    if found.norm_min is None or found.norm_mean is None or found.norm_max is None:
        return []
    least, mean, most = map(number, (found.norm_min, found.norm_mean, found.norm_max))
    lines: list[Line] = [(Piece("Norms", "heading"), Piece(f"   min {least}   mean {mean}   max {most}"))]
    largest = max((count for *_, count in found.norm_histogram), default=0) or 1
    for lower, upper, count in found.norm_histogram:
        share = bar(count / largest, 24, ascii=ascii)
        span = f"{number(lower):>8} {glyphs.ELLIPSIS} {number(upper):<8} "
        lines.append((Piece(span, "note"), Piece(share, "accent"), Piece(f" {count:,}")))
    return lines


def explained(found: Projection) -> str:
    """Say how honest a map is: the sample, and the part of the variance that its axes show."""
    first, second = (100 * part for part in found.explained)
    shown = f"{found.sampled:,} of {found.total:,} sampled" if found.sampled < found.total else f"all {found.total:,}"
    left = f" · {found.bad:,} of another length left out" if found.bad else ""
    return f"PCA · {shown} · explains {first:.1f} % + {second:.1f} %{left}"
