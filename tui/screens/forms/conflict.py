"""Two who wrote at once: each field that differs, mine, what I started from and theirs side by side."""

from __future__ import annotations

from itertools import zip_longest
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import glyphs, keymap
from tui.three_ways import Difference, Side, in_doubt
from tui.visible import fit, line
from tui.widgets.bottom_lines import FooterLine
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.widgets.reading.reader import Line, Piece, Reader, plain, wrap

SHOWN = 20_000
_SAID: dict[Side | None, tuple[str, str]] = {
    None: ("choose", "warn"), "mine": (f"{glyphs.GOOD} mine", "good"), "theirs": (f"{glyphs.GOOD} theirs", "good"),
}  # fmt: skip


class FieldTable(VirtualTable):
    """The fields that differ, and what was chosen for each."""

    SCOPE: ClassVar = "conflict"
    BINDINGS: ClassVar = keymap.bindings("conflict")

    def columns(self, width: int) -> list[Column]:
        """Return the field and the choice."""
        return [Column("field", max(8, width - 12)), Column("result", 10)]

    def cells(self, row: Difference, width: int) -> list[Cell]:
        """Return what a row shows."""
        return [Cell(line(row.name.replace("meta_data", "metadata"), 60)), Cell(*_SAID[row.side])]


class ThreeVersions(ModalScreen[list[Difference]]):
    """Returns all differences with a side chosen for each, or None to go on writing."""

    SCOPE: ClassVar = "conflict"
    AUTO_FOCUS = "FieldTable"
    DEFAULT_CSS = """
    ThreeVersions > #box { width: 96%; height: 92%; max-width: 160; }
    ThreeVersions FieldTable { height: 9; max-height: 30%; margin: 1 0 0 0; }
    ThreeVersions #names { height: 1; color: $muted; background: $panel; }
    ThreeVersions Reader { height: 1fr; margin: 0; background: $surface; }
    """

    def __init__(self, found: list[Difference]) -> None:
        super().__init__(classes="-danger")
        self.found = found

    def compose(self) -> ComposeResult:
        """What it is about, the fields, the three versions of one, the keys."""
        with Vertical(id="box"):
            yield Static(Content("Somebody changed this while you wrote"), id="question")
            yield Static(Content("Nothing is saved until every field is chosen; then u undoes it."), id="hint")
            yield FieldTable(id="fields")
            yield Static(markup=False, id="names")
            yield Reader()
            yield FooterLine()

    def on_mount(self) -> None:
        """Show the fields, those in doubt first."""
        self.found = sorted(self.found, key=lambda each: each.side is not None)
        self._load()

    @property
    def table(self) -> FieldTable:
        """The fields."""
        return self.query_one(FieldTable)

    def _load(self) -> None:
        self.table.load(ListSource(self.found, lambda each: each.name), keep=True)

    def on_virtual_table_moved(self) -> None:
        """Show the versions of the field under the cursor."""
        self._draw()

    def on_resize(self) -> None:
        """Fit the columns to the new width."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        reader = self.query_one(Reader)
        row = cast("Difference | None", self.table.row)
        width = max(12, reader.scrollable_content_region.width)
        part = (width - 4) // 3
        names = "  ".join(fit(name, part) for name in ("mine (m)", "what I started from", "theirs (t)"))
        self.query_one("#names", Static).update(Content(names))
        if row is not None:
            reader.show(side_by_side(row, part))

    def action_cancel(self) -> None:
        """Go on writing."""
        self.dismiss(None)

    # -- choosing -----------------------------------------------------------------------------------------

    def action_choose(self, side: Side) -> None:
        """Choose for the field under the cursor, and go on to the next in doubt."""
        at = self.table.cursor
        if at < len(self.found):
            self.found[at] = self.found[at]._replace(side=side)
            self.table.patch({each.name: each for each in self.found})
            following = next((n for n, each in enumerate(self.found) if each.side is None), None)
            if following is not None:
                self.table.cursor = following
            self._say()

    def action_choose_all(self, side: Side) -> None:
        """Choose for all fields."""
        self.found = [each._replace(side=side) for each in self.found]
        self._load()
        self._say()

    def _say(self) -> None:
        left = len(in_doubt(self.found))
        words = f"{left:,} to choose" if left else "All are chosen: y saves, esc goes on writing"
        self.query_one("#hint", Static).update(Content(words))

    def action_apply(self) -> None:
        """Return the choices, once every field has one."""
        if in_doubt(self.found):
            self._say()
        else:
            self.dismiss(self.found)


def side_by_side(row: Difference, width: int) -> list[Line]:
    """Return the three versions of a field in columns of *width* cells; lines that differ stand out."""
    columns = [_column(value, width) for value in (row.mine, row.base, row.theirs)]
    lines: list[Line] = []
    for mine, base, theirs in zip_longest(*columns, fillvalue=""):
        tones = ("good" if mine != base else "text", "note", "warn" if theirs != base else "text")
        cells = [Piece(fit(text, width), tone) for text, tone in zip((mine, base, theirs), tones, strict=True)]
        lines.append((cells[0], Piece("  "), cells[1], Piece("  "), cells[2]))
    return lines


def _column(value: str, width: int) -> list[str]:
    cut = f"… {len(value) - SHOWN:,} more characters" if len(value) > SHOWN else ""
    rows = [part for each in plain(value[:SHOWN], note=cut) for part in wrap(each, width)]
    return ["".join(piece.text for piece in row) for row in rows]
