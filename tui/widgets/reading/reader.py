"""A text to read: lines of styled pieces, wrapped to the width, drawn line by line."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import keymap
from tui.visible import MAX_LINE
from tui.visible import text as visible

MAX_LINES = 5_000
_WORDS = re.compile(r"\s*\S+|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Visible text in one tone."""

    text: str
    tone: str = "text"


Line = tuple[Piece, ...]


def plain(text: str, tone: str = "text", note: str = "") -> list[Line]:
    """Return stored text as lines; very long lines are cut and say so."""
    lines: list[Line] = []
    for raw in visible(text[: MAX_LINE * MAX_LINES]).split("\n")[:MAX_LINES]:
        if len(raw) > MAX_LINE:
            lines.append((Piece(raw[:MAX_LINE], tone), Piece(f" … {len(raw) - MAX_LINE:,} more characters", "note")))
        else:
            lines.append((Piece(raw, tone),))
    if note:
        lines.append((Piece(note, "note"),))
    return lines


class Reader(ScrollView, can_focus=True):
    """Shows lines; scrolls by keys and wheel."""

    SCOPE: ClassVar = "motion"
    BINDINGS: ClassVar = keymap.bindings("motion")
    TONES: ClassVar = (
        "text",
        "heading",
        "title",
        "note",
        "key",
        "string",
        "number",
        "good",
        "warn",
        "bad",
        "accent",
        "code",
    )
    COMPONENT_CLASSES: ClassVar = {f"reader--{tone}" for tone in TONES}
    DEFAULT_CSS = """
    Reader { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    Reader > .reader--heading { color: $primary; text-style: bold; }
    Reader > .reader--title { text-style: bold; }
    Reader > .reader--note { color: $muted; }
    Reader > .reader--key { color: $secondary; }
    Reader > .reader--string { color: $foreground; }
    Reader > .reader--number { color: $accent; }
    Reader > .reader--good { color: $success; }
    Reader > .reader--warn { color: $warning; }
    Reader > .reader--bad { color: $error; }
    Reader > .reader--accent { color: $accent; text-style: bold; }
    Reader > .reader--code { color: $secondary; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[Line] = []
        self._wrapped: list[Line] = []
        self._width = 0
        self._styles: dict[str, Style] = {}

    def show(self, lines: Iterable[Line], *, stay: bool = False) -> None:
        """Show other lines, from the top unless *stay*."""
        self.lines = list(lines)
        self._wrap()
        if not stay:
            self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    @property
    def plain_text(self) -> str:
        """All that is shown, without style."""
        return "\n".join("".join(piece.text for piece in line) for line in self.lines)

    def on_resize(self) -> None:
        """Wrap to the new width."""
        if self._width != self.scrollable_content_region.width:
            self._wrap()

    def _wrap(self) -> None:
        self._width = width = max(1, self.scrollable_content_region.width)
        self._wrapped = [part for line in self.lines for part in wrap(line, width)]
        self.virtual_size = Size(width, len(self._wrapped))

    def notify_style_update(self) -> None:
        """Forget the styles of the theme before."""
        super().notify_style_update()
        self._styles.clear()

    def _style(self, tone: str) -> Style:
        if tone not in self._styles:
            extra = self.get_component_rich_style(f"reader--{tone}", partial=True)
            self._styles[tone] = self._base + extra
        return self._styles[tone]

    @property
    def _base(self) -> Style:
        """The style of the widget itself, which asks all that lie around it: not for every line."""
        if "" not in self._styles:
            self._styles[""] = self.rich_style
        return self._styles[""]

    def render_line(self, y: int) -> Strip:
        """Draw one wrapped line."""
        index, width, base = y + self.scroll_offset.y, self.size.width, self._base
        if index >= len(self._wrapped):
            return Strip([Segment(" " * width, base)], width)
        segments = [Segment(piece.text, self._style(piece.tone)) for piece in self._wrapped[index]]
        return Strip(segments).adjust_cell_length(width, base)

    def _scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)

    def reveal(self, line: int, count: int) -> None:
        """Bring some lines, as they were given, into view."""
        top = sum(len(wrap(each, self._width)) for each in self.lines[:line])
        end = top + sum(len(wrap(each, self._width)) for each in self.lines[line : line + count])
        shown = self.scroll_offset.y
        if top < shown:
            self.scroll_to(y=top, animate=False, force=True)
        elif end > shown + self.size.height:
            self.scroll_to(y=end - self.size.height, animate=False, force=True)

    def action_down(self) -> None:
        """Scroll a line down."""
        self._scroll_by(1)

    def action_up(self) -> None:
        """Scroll a line up."""
        self._scroll_by(-1)

    def action_page_down(self) -> None:
        """Scroll a page down."""
        self._scroll_by(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """Scroll a page up."""
        self._scroll_by(-max(1, self.size.height - 1))

    def action_top(self) -> None:
        """Scroll to the first line."""
        self._scroll_by(-len(self._wrapped))

    def action_bottom(self) -> None:
        """Scroll to the last line."""
        self._scroll_by(len(self._wrapped))


def wrap(line: Line, width: int) -> list[Line]:
    """Cut a line into lines of at most *width* cells, between words where it can be."""
    if _cells(line) <= width:
        return [line]
    rows: list[Line] = []
    row: list[Piece] = []
    room = width
    for piece in line:
        for word in _WORDS.findall(piece.text):
            rest, size = word, cell_len(word)
            if size > room and row and size - (len(word) - len(word.lstrip())) <= width:
                rows.append(tuple(row))
                row, room, rest = [], width, word.lstrip()
            while cell_len(rest) > room:
                head, rest = cut(rest, room, least=0 if row else 1)
                rows.append((*row, Piece(head, piece.tone)) if head else tuple(row))
                row, room = [], width
            row.append(Piece(rest, piece.tone))
            room -= cell_len(rest)
    return [_joined(each) for each in (*rows, tuple(row))]


def _joined(row: Line) -> Line:
    """Join neighbours of one tone."""
    runs = itertools.groupby(row, key=lambda piece: piece.tone)
    return tuple(Piece("".join(piece.text for piece in run), tone) for tone, run in runs)


def cut(word: str, room: int, least: int) -> tuple[str, str]:
    """Split a word after at most *room* cells, but after *least* characters at least."""
    used = 0
    for index, char in enumerate(word):
        used += 1 if char.isascii() else cell_len(char)
        if used > room:
            at = max(index, least)
            return word[:at], word[at:]
    return word, ""


def _cells(line: Line) -> int:
    return sum(cell_len(piece.text) for piece in line)
