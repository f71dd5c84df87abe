"""The nearest, best first: score, bar, type, title, and the first matching line where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.themes import type_colour
from tui.visible import line
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.score_bar import number, score_line, share_of
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from localstore.vectors.matches import Match, Nearest

LEXICAL = "lexical: words, not meanings"


class MatchTable(VirtualTable):
    """Shows matches; subclasses name the scope of their keys."""

    metric = "cosine"
    best = 1.0
    heading = "score"

    def show(self, matches: Sequence[Match], metric: str = "cosine", *, keep: bool = False) -> None:
        """Show other matches."""
        self.metric = metric
        self.best = matches[0].score if matches else 1.0
        self.load(ListSource(matches, lambda match: str(match.embedding_id or match.item_id)), keep=keep)

    def columns(self, width: int) -> list[Column]:
        """Give title and line what score and bar leave."""
        long = 10 if width >= 56 else 5
        kind = 10 if width >= 70 else 0
        rest = width - 8 - (long + 1) - (kind + 1 if kind else 0) - 1
        title = rest if width < 90 else max(24, rest * 2 // 5)
        found = [Column(self.heading, 7, right=True), Column("", long)]
        found += [Column("type", kind)] if kind else []
        found.append(Column("title", max(4, title)))
        return [*found, Column("line", rest - title - 1)] if rest - title > 12 else found

    def cells(self, row: Match, width: int) -> list[Cell]:
        """Show one match."""
        columns = self.columns(width)
        share = share_of(row.score, self.metric, self.best)
        dark = self.app.current_theme.dark
        shown = {
            self.heading: Cell(number(row.score).rjust(7)),
            "": Cell(score_line(share, columns[1].width, ascii=self.localstore.ascii), "bar"),
            "type": Cell(line(row.type, 64), colour=type_colour(row.type, dark=dark)),
            "title": Cell(line(row.title, 400)),
            "line": Cell(line(" ".join(row.snippet[:800].split()), 400), "muted"),
        }
        return [shown[column.title] for column in columns]


def said(found: Nearest) -> str:
    """Say how an answer came about: exact or not, of how many, how long, by which model.

    What a narrow screen cuts off, the model's name, comes last.
    """
    kind = "exact" if found.exact else "approximate"
    facts = [f"{kind}: {found.searched:,} vectors in {found.elapsed_ms:,.1f} ms"]
    facts += [LEXICAL] if found.lexical else []
    facts += [f"{found.zeros:,} without length left out"] if found.zeros else []
    facts += [found.metric, found.model]
    return " · ".join(facts)


def exactness(found: Nearest | None, *, asked: bool) -> str:
    """Say in a word or two whether an answer is exact; before there is one, what was *asked*."""
    if found is None:
        return "exact" if asked else "fast"
    if not found.exact:
        return "fast, approximate"
    return "exact" if asked else "exact: few vectors"


def said_shortly(found: Nearest) -> str:
    """Say what must be said of an answer in a line with much else."""
    kind = "exact" if found.exact else "approximate"
    label = " · lexical" if found.lexical else ""
    return f"nearest · {kind}, {found.searched:,} in {found.elapsed_ms:,.1f} ms{label}"


def by_item(matches: Sequence[Match]) -> list[Match]:
    """Keep the nearest vector of each item."""
    first: dict[str, Match] = {}
    for match in matches:
        first.setdefault(match.item_id, match)
    return list(first.values())
