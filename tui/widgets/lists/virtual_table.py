"""A table of any length: only the rows near the screen are in memory, read on the reader thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from tui import glyphs, keymap
from tui.visible import fit
from tui.widgets.lists.marks import Marks
from tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual import events

GUTTER = 2
DRAWN = 600
"""Rows kept as they were drawn."""


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in cells, whether it stands on the right; ``sort`` is what a click sorts by.

    ``arrow`` stands behind the heading of the column that the list is sorted by.
    """

    title: str
    width: int
    right: bool = False
    sort: str = ""
    arrow: str = ""

    @property
    def heading(self) -> str:
        """Return the heading with its arrow; where there is no room for both, the arrow."""
        return f"{self.title}{self.arrow}" if self.width > len(self.title) else self.arrow or self.title


@dataclass(frozen=True)
class Cell:
    """Visible text and how it looks: ``tone`` is a component class, ``colour`` overrides its colour.

    ``marks`` are the parts (start, end) of the text that stand out: what a search matched.
    """

    text: str
    tone: str = "row"
    colour: str = ""
    marks: tuple[tuple[int, int], ...] = ()


def marked(table: VirtualTable) -> str:
    """Say how many rows are marked, for the status line; a plus says that not all are counted yet."""
    if not table.marks:
        return ""
    more = "+" if table.marks.inverted and not table.counted else ""
    return f"{glyphs.MARK} {table.marks.count(table.blocks.length):,}{more} marked"


class VirtualTable(RowList, can_focus=True):
    """A list over a Source. Subclasses say what the columns are and what a row shows."""

    PURE_ROWS: ClassVar = False
    """Whether a row is drawn by itself alone: then what was drawn is kept, and scrolling costs half."""
    SCOPE: ClassVar = "list"
    BINDINGS: ClassVar = [*keymap.bindings("motion"), *keymap.bindings("list")]
    COMPONENT_CLASSES: ClassVar = {
        "table--row", "table--muted", "table--cursor", "table--cursor-dim", "table--header", "table--mark",
        "table--ghost", "table--bar", "table--good", "table--warn", "table--header-word",
        "table--match",
    }  # fmt: skip
    DEFAULT_CSS = """
    VirtualTable { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    VirtualTable > .table--row { color: $foreground; background: $background; }
    VirtualTable > .table--muted { color: $muted; }
    VirtualTable > .table--cursor { background: $cursor-line; text-style: bold; }
    VirtualTable > .table--cursor-dim { background: $cursor-dim; }
    VirtualTable > .table--header { color: $muted; background: $panel; }
    VirtualTable > .table--mark { color: $accent; text-style: bold; }
    VirtualTable > .table--ghost { color: $muted; text-style: strike; }
    VirtualTable > .table--header-word { text-style: bold; }
    VirtualTable > .table--bar { color: $primary; }
    VirtualTable > .table--good { color: $success; }
    VirtualTable > .table--warn { color: $warning; }
    VirtualTable > .table--match { color: $accent; text-style: bold underline; }
    """

    class Moved(Message):
        """The cursor is on another row, or the row under it changed; ``row`` is None while it loads."""

        def __init__(self, table: VirtualTable, row: Any | None) -> None:
            super().__init__()
            self.table = table
            self.row = row

        @property
        def control(self) -> VirtualTable:
            """Return the table."""
            return self.table

    class Opened(Moved):
        """A row was opened."""

    class Headed(Message):
        """The heading of a column was clicked that the list can be sorted by."""

        def __init__(self, table: VirtualTable, column: Column) -> None:
            super().__init__()
            self.table = table
            self.column = column

    class Sized(Message):
        """The length, or how well it is known, or the marks changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.marks = Marks()
        self.empty: tuple[str, ...] = ()
        self._styles: dict[tuple[str, ...], Style] = {}
        self._drawn: dict[tuple[int, int, bool, bool], tuple[Any, Strip]] = {}

    # -- what subclasses say ------------------------------------------------------------------------------

    def columns(self, width: int) -> list[Column]:
        """Return the columns that fit *width* cells."""
        raise NotImplementedError

    def cells(self, row: Any, width: int) -> list[Cell]:
        """Return what a row shows, a cell for each column."""
        raise NotImplementedError

    # -- moving -------------------------------------------------------------------------------------------

    @property
    def page_rows(self) -> int:
        """Rows that fit below the heading."""
        return max(1, self.size.height - 1)

    def _clamped(self, index: int) -> int:
        return max(0, min(index, self.blocks.length - 1))

    def validate_cursor(self, index: int) -> int:
        """Stay within the list."""
        return self._clamped(index) if not self._reloading else max(0, index)

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw the two rows anew and tell the screen."""
        for index in (old, new):
            self._refresh_row(index)
        self.scroll_to_cursor()
        self.moved()

    def _refresh_row(self, index: int) -> None:
        self.refresh(Region(0, index - self.scroll_offset.y + 1, self.size.width, 1))

    def moved(self) -> None:
        """Tell the screen what is under the cursor."""
        self.post_message(self.Moved(self, self.row))

    def sized(self) -> None:
        """Tell the screen how long the list is; what was drawn may look different in another list."""
        self._drawn.clear()
        self.post_message(self.Sized())

    def place_cursor(self, index: int) -> None:
        """Put the cursor on a row, and the row on the screen."""
        before, self.cursor = self.cursor, self._clamped(index)
        self.scroll_to_cursor()
        self.refresh()
        if before == self.cursor:
            self.moved()

    def scroll_to_cursor(self) -> None:
        """Bring the cursor into view."""
        top, rows = self.scroll_offset.y, self.page_rows
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + rows:
            self.scroll_to(y=self.cursor - rows + 1, animate=False, force=True)
        self.ask()

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Read what comes into view."""
        super().watch_scroll_y(old, new)
        self.ask()

    def action_down(self) -> None:
        """Move down."""
        self.cursor += 1

    def action_up(self) -> None:
        """Move up."""
        self.cursor -= 1

    def action_page_down(self) -> None:
        """Move a page down."""
        self.cursor += self.page_rows

    def action_page_up(self) -> None:
        """Move a page up."""
        self.cursor -= self.page_rows

    def action_top(self) -> None:
        """Move to the first row."""
        self.cursor = 0

    def action_bottom(self) -> None:
        """Move to the last row."""
        self.cursor = self.blocks.length - 1

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.row is not None:
            self.post_message(self.Opened(self, self.row))

    def action_mark(self) -> None:
        """Mark the row, or take its mark off, and go on."""
        if self.key is not None:
            self.marks.toggle(self.key, self.row)
            self._refresh_row(self.cursor)
            self.cursor += 1
            self.sized()

    def action_mark_all(self) -> None:
        """Mark all rows of the list, or none."""
        self.marks.toggle_all()
        self.refresh()
        self.sized()

    def on_click(self, event: events.Click) -> None:
        """Go to the row that was clicked; twice opens it. A heading sorts."""
        if not event.y:
            self._head(event.x)
            return
        index = self.scroll_offset.y + event.y - 1
        if index < self.blocks.length:
            self.cursor = index
            if event.chain == 2:
                self.action_open()

    def _head(self, x: int) -> None:
        at = GUTTER
        for column in self.columns(self.size.width - GUTTER):
            if at <= x <= at + column.width and column.sort:
                self.post_message(self.Headed(self, column))
            at += column.width + 1

    def on_resize(self) -> None:
        """Fill the new height."""
        self.virtual_size = Size(self.size.width, self.blocks.length + 1)
        self.scroll_to_cursor()

    # -- drawing ------------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Forget the styles of the theme before."""
        super().notify_style_update()
        self._styles.clear()
        self._drawn.clear()

    def on_focus(self) -> None:
        """Brighten the cursor."""
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        """Dim the cursor."""
        self._refresh_row(self.cursor)

    def tone(self, *names: str, colour: str = "") -> Style:
        """Return the style of component classes laid over each other."""
        if (found := self._styles.get((*names, colour))) is None:
            found = Style()
            for name in names:
                found += self.get_component_rich_style(f"table--{name}", partial=name != "row")
            if colour:
                found += Style(color=colour)
            self._styles[(*names, colour)] = found
        return found

    def render_line(self, y: int) -> Strip:
        """Draw the heading, or a row."""
        width = self.size.width
        if y == 0:
            return self._heading(width)
        index = self.scroll_offset.y + y - 1
        if index >= self.blocks.length:
            return self._beyond(y, width)
        return self._kept_row(index, width) if self.PURE_ROWS and index != self.cursor else self._row(index, width)

    def _kept_row(self, index: int, width: int) -> Strip:
        """Return a row as it was drawn before, if it is the same row still."""
        row = self.blocks.row(index)
        if row is None:
            return self._row(index, width)
        key = self.source.key(row)
        place = (id(row), width, key in self.marks, key in self.ghosts)
        kept = self._drawn.get(place)
        if kept is not None and kept[0] is row:
            return kept[1]
        if len(self._drawn) >= DRAWN:
            self._drawn.clear()
        drawn = self._row(index, width)
        self._drawn[place] = (row, drawn)
        return drawn

    def _beyond(self, y: int, width: int) -> Strip:
        """Draw below the last row: nothing, or what an empty list says."""
        words = self.empty if not self.blocks.length and self.blocks.pages else ()
        top = max(2, (self.size.height - len(words)) // 3)
        at = y - top
        text = words[at] if 0 <= at < len(words) else ""
        tone = self.tone("row", "header-word") if at == 0 else self.tone("row", "muted")
        return Strip([Segment(fit(text.center(width).rstrip() if text else "", width), tone)], width)

    def _heading(self, width: int) -> Strip:
        parts = []
        for column in self.columns(width - GUTTER):
            cut = fit(column.heading, column.width)
            parts.append((cut.strip().rjust(column.width) if column.right else cut) + " ")
        style = self.tone("header")
        return Strip([Segment(" " * GUTTER, style), Segment(fit("".join(parts), width - GUTTER), style)], width)

    def _row(self, index: int, width: int) -> Strip:
        over = ("cursor" if self.has_focus else "cursor-dim",) if index == self.cursor else ()
        row = self.blocks.row(index)
        bar = glyphs.CURSOR if index == self.cursor else " "
        segments = [Segment(bar, self.tone("row", "bar", *over))]
        if row is None:
            segments.append(Segment(fit(f" {glyphs.LOADING}", width - 1), self.tone("row", "muted", *over)))
            return Strip(segments, width)
        key = self.source.key(row)
        ghost = ("ghost",) if key in self.ghosts else ()
        segments.append(Segment(glyphs.MARK if key in self.marks else " ", self.tone("row", "mark", *over)))
        base = self.tone("row", *over, *ghost)
        for column, cell in zip(self.columns(width - GUTTER), self.cells(row, width - GUTTER), strict=True):
            style = base if cell.tone == "row" and not cell.colour else self._over(cell, over, ghost)
            text = fit(cell.text, column.width)
            segments += self._marked(text, cell, style) if cell.marks else [Segment(text, style)]
            segments.append(Segment(" ", base))
        return Strip(segments).adjust_cell_length(width, base)

    def _over(self, cell: Cell, over: tuple[str, ...], ghost: tuple[str, ...]) -> Style:
        return self.tone("row", cell.tone, *over, *ghost, colour="" if ghost else cell.colour)

    def _marked(self, text: str, cell: Cell, style: Style) -> list[Segment]:
        """Draw the parts that match so that they stand out."""
        match = style + self.get_component_rich_style("table--match", partial=True)
        segments, at = [], 0
        for begin, end in cell.marks:
            segments += [Segment(text[at:begin], style), Segment(text[begin:end], match)]
            at = end
        return [each for each in (*segments, Segment(text[at:], style)) if each.text]
