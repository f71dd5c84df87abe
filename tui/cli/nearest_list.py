"""What is nearest, for a person: a bar, the score, the title, a line of the text; and how the answer came about."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from localstore.ids import short
from tui.cli.output import write
from tui.cli.visible import cut, fitted, one_line, width

if TYPE_CHECKING:
    from localstore.vectors.matches import Match, Nearest, NearestBatch
    from tui.cli.session import Session

CELLS = 8
EIGHTHS = " ▏▎▍▌▋▊▉"
FULL, HEIGHTS = "█", "▁▂▃▄▅▆▇█"
TITLE, SNIPPET = 60, 160
"""Cells of a title and a snippet where lines are not cut to a terminal."""
LEXICAL = "lexical: compares words, not meanings"
KEYS = ("rank", "score", "item_id", "content_id", "embedding_id", "title", "snippet")


def plain_signs() -> bool:
    """Tell whether the output can show ASCII alone."""
    try:
        FULL.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def bar(part: float, cells: int = CELLS) -> str:
    """Return a bar of *cells* cells, filled to *part* (0 to 1) in eighths of a cell; signs of ASCII where need be."""
    eighths = round(max(0.0, min(part, 1.0)) * cells * 8)
    if plain_signs():
        return ("#" * round(eighths / 8)).ljust(cells, ".")
    rest = EIGHTHS[eighths % 8] if eighths % 8 else ""
    return (FULL * (eighths // 8) + rest).ljust(cells)


def heights(counts: Sequence[int]) -> str:
    """Return counts as columns of eight heights; digits where the output can show ASCII alone."""
    top = max(counts, default=0)
    signs = "12345678" if plain_signs() else HEIGHTS
    return "".join(signs[-(-7 * count // top)] if count else " " for count in counts)


def nearness(metric: str, score: float, best: float) -> float:
    """Return how full a bar is: a cosine as it is, a dot product beside the best, a distance d as 1 / (1 + d)."""
    if metric == "cosine":
        return score
    if metric == "l2":
        return 1 / (1 - score)
    return score / best if best > 0 else 0.0


def shown_score(metric: str, score: float) -> str:
    """Return a score with four decimals or digits; of ``l2`` the distance."""
    if metric == "cosine":
        return f"{score:.4f}"
    return f"{-score + 0.0 if metric == 'l2' else score:.4g}"


def document(match: Match) -> dict[str, Any]:
    """Return the JSON of a match."""
    return {key: getattr(match, key) for key in KEYS}


def show_matches(session: Session, metric: str, matches: Sequence[Match]) -> None:
    """Write matches, two lines each: columns that stand below each other, then the text."""
    scores = [shown_score(metric, match.score) for match in matches]
    wide = max(map(len, scores), default=0)
    kinds = [one_line(match.type) for match in matches]
    kind = max(map(width, kinds), default=0)
    before = CELLS + wide + 4
    room = session.columns
    least = min(max((width(one_line(match.title)) for match in matches), default=0), TITLE)
    title = least if room is None else max(min(least, room - before - kind - 8 - 4), 8)
    best = matches[0].score if matches else 0.0
    for match, score, named in zip(matches, scores, kinds, strict=True):
        filled = session.style(bar(nearness(metric, match.score, best)), fg="cyan")
        head = session.style(fitted(one_line(match.title), title), bold=True)
        write(
            f"{filled}  {score:>{wide}}  {head}  {fitted(named, kind)}  {session.style(short(match.item_id), dim=True)}"
        )
        if match.snippet:
            line = cut(one_line(match.snippet), SNIPPET if room is None else max(room - before, 20))
            write(" " * before + session.style(line, dim=True))


def conclusion(found: Nearest | NearestBatch, count: str) -> str:
    """Return the last line: how many of how many, by which model, how measured, exact or not, and the time."""
    how = "exact" if found.exact else "approximate"
    said = f"{count} of {found.searched:,} by {found.model}, {found.metric}, {how}, {milliseconds(found.elapsed_ms)}"
    notes = [] if found.exact else ["approximate: 'localstore vectors recall' measures it"]
    if getattr(found, "lexical", False):
        notes.append(LEXICAL)
    if found.zeros and found.metric == "cosine":
        notes.append(f"{found.zeros:,} without a length left out")
    return "\n".join([said, *notes])


def left_nothing(found: Nearest | NearestBatch, *, filtered: bool) -> str:
    """Say that nothing was compared, and whether the filter is why."""
    if filtered:
        return f"The filter leaves no vectors of {found.model}: nothing was compared. Ask with fewer conditions."
    return f"There are no other vectors of {found.model}: nothing was compared."


def milliseconds(spent: float) -> str:
    """Return a time as a person reads it."""
    return f"{spent / 1000:.1f} s" if spent >= 1000 else f"{spent:.3g} ms" if spent < 100 else f"{spent:.0f} ms"
