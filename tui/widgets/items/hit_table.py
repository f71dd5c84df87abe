"""The hits of a search, best first: how well, type, title, tags, and the line that matches with the match marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from tui import keymap
from tui.themes import type_colour
from tui.visible import line
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.score_bar import number, score_line
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from tui.answers import Found

BAR = 8
LEAD = 16
"""Characters shown before the first match, when the line is too long to be shown from its beginning."""


class HitTable(VirtualTable):
    """Hits with the keys of items."""

    SCOPE: ClassVar = "search"
    BINDINGS: ClassVar = [*keymap.bindings("items"), *keymap.bindings("search")]

    def show(self, hits: Sequence[Found], *, keep: bool = False) -> None:
        """Show other hits."""
        self.load(ListSource(hits, lambda hit: str(hit.item.id)), keep=keep)

    def columns(self, width: int) -> list[Column]:
        """Give title and line what the others leave."""
        fixed = [Column("score", 7, right=True), Column("", BAR)] if width >= 50 else [Column("", BAR)]
        fixed += [Column("type", 8)] if width >= 64 else []
        tags = [Column("tags", 14)] if width >= 110 else []
        rest = width - sum(column.width + 1 for column in (*fixed, *tags)) - 1
        title = max(4, rest if rest < 44 else max(20, rest * 2 // 5))
        lines = [Column("line", rest - title - 1)] if rest - title > 12 else []
        return [*fixed, Column("title", title), *tags, *lines]

    def cells(self, row: Found, width: int) -> list[Cell]:
        """Show one hit."""
        columns, item = self.columns(width), row.item
        dark = self.app.current_theme.dark
        room = columns[-1].width if columns[-1].title == "line" else 0
        shown = {
            "score": Cell(number(row.score).rjust(7)),
            "": Cell(score_line(row.share, BAR, ascii=self.localstore.ascii), "bar"),
            "type": Cell(line(item.type, 64), colour=type_colour(item.type, dark=dark)),
            "title": Cell(line(item.title, 400)),
            "tags": Cell(" ".join(f"#{line(name, 64)}" for name in item.tags[:8]), "muted"),
            "line": matching(row.snippet, row.marks, room),
        }
        return [shown[column.title] for column in columns]


def matching(snippet: str, marks: Sequence[tuple[int, int]], room: int) -> Cell:
    """Return a line as it is shown, its first match in view, and where its matches stand then."""
    start = 0
    if marks and marks[0][1] > room:
        start = max(0, marks[0][0] - min(LEAD, room // 3))
    parts, places, at = ["…"] if start else [], [], start
    for begin, end in marks:
        parts += [line(snippet[at:begin]), line(snippet[begin:end])]
        before = sum(map(len, parts[:-1]))
        places.append((before, before + len(parts[-1])))
        at = end
    text = "".join([*parts, line(snippet[at : at + 800].replace("\n", " "))])
    return Cell(text, "muted", marks=tuple(places))
