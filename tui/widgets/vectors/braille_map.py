"""The map: a sample of vectors on a plane in braille, with a crosshair that snaps to points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING, ClassVar, cast

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui import glyphs, keymap
from tui.themes import rank_colour, type_colour
from tui.widgets.vectors.braille import Spot, View, nearest_to, spots, toward

if TYPE_CHECKING:
    from textual import events

    from localstore.vectors.insight.projection import Projection
    from tui.app import LocalstoreApp

CLASSES = 10
ZOOM = 1.6
OTHERS = "others"


@dataclass(frozen=True)
class LegendEntry:
    """A class of points: its letter, its name, how many there are, and its colour."""

    letter: str
    name: str
    count: int
    colour: str


def legend_of(labels: Sequence[str], kind: str, *, dark: bool) -> tuple[list[LegendEntry], list[int]]:
    """Return the largest classes, the rest in one, and the class of each point."""
    sizes = sorted(Counter(labels).items(), key=lambda pair: (-pair[1], pair[0]))
    kept = [name for name, _ in sizes[: CLASSES if len(sizes) <= CLASSES else CLASSES - 1]]
    number = {name: at for at, name in enumerate(kept)}
    classes = [number.get(label, len(kept)) for label in labels]
    entries = []
    for at, (name, count) in enumerate(sizes[: len(kept)]):
        colour = type_colour(name, dark=dark) if kind == "type" else rank_colour(at, dark=dark)
        entries.append(LegendEntry(ascii_lowercase[at], name or "none", count, colour))
    if rest := len(labels) - sum(entry.count for entry in entries):
        entries.append(LegendEntry(glyphs.DOT, OTHERS, rest, ""))
    return entries, classes


class BrailleMap(Widget, can_focus=True):
    """Shows a projection; arrows move a crosshair from point to point."""

    SCOPE: ClassVar = "map"
    BINDINGS: ClassVar = keymap.bindings("map")
    COMPONENT_CLASSES: ClassVar = {"map--plane", "map--crosshair", "map--mark"}
    DEFAULT_CSS = """
    BrailleMap { height: 1fr; }
    BrailleMap > .map--plane { color: $foreground; background: $background; }
    BrailleMap > .map--crosshair { text-style: bold reverse; }
    BrailleMap > .map--mark { text-style: bold reverse; color: $accent; }
    """

    class Pointed(Message):
        """The crosshair is on another point, or the view changed."""

    class Paired(Message):
        """Two points are marked, to be compared."""

        def __init__(self, a: int, b: int) -> None:
            super().__init__()
            self.a = a
            self.b = b

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.points: Sequence[tuple[float, float]] = ()
        self.kinds: list[int] = []
        self.legend: list[LegendEntry] = []
        self.at = 0
        self.marks: dict[str, int] = {}
        self.letters = False
        self._view: View | None = None
        self._whole: View | None = None
        self._spots: dict[tuple[int, int], Spot] | None = None

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its signs."""
        return cast("LocalstoreApp", self.app)

    def on_mount(self) -> None:
        """Use letters where there are neither dots nor colours."""
        self.letters = self.localstore.ascii or self.app.no_color

    # -- what is shown ------------------------------------------------------------------------------------

    def show(self, projection: Projection) -> None:
        """Show other points, the crosshair in their middle."""
        self.points, self.marks, self._whole = projection.points, {}, None
        self.kinds, self.legend = [0] * len(self.points), []
        whole = self.whole
        self.at = nearest_to(self.points, (whole.x, whole.y)) if self.points else 0
        self._look(None)

    def colour_by(self, labels: Sequence[str], kind: str) -> None:
        """Give each point the class of its label."""
        self.legend, self.kinds = legend_of(labels, kind, dark=self.app.current_theme.dark)
        self._look(self._view)

    @property
    def whole(self) -> View:
        """The view that holds all points."""
        if self._whole is None:
            self._whole = View.of(self.points, *self.size)
        return self._whole

    @property
    def view(self) -> View:
        """The part that is shown."""
        return self._view or self.whole

    @property
    def zoom(self) -> float:
        """How much closer than the whole the view is."""
        return self.whole.unit / self.view.unit

    @property
    def spot(self) -> Spot | None:
        """The cell under the crosshair."""
        return self.cells().get(self._cell(self.at)) if self.points else None

    @property
    def point_class(self) -> LegendEntry | None:
        """The class of the point under the crosshair."""
        return self.legend[self.kinds[self.at]] if self.legend and self.points else None

    def cells(self) -> dict[tuple[int, int], Spot]:
        """Return the cells that hold points."""
        if self._spots is None:
            self._spots = spots(self.points, self.kinds, self.view, *self.size)
        return self._spots

    def _cell(self, index: int) -> tuple[int, int]:
        return self.view.cell(self.points[index], *self.size)[:2]

    def _look(self, view: View | None) -> None:
        self._view, self._spots = view, None
        self._pointed()

    def _pointed(self) -> None:
        self.refresh()
        self.post_message(self.Pointed())

    def on_resize(self) -> None:
        """Fit the new size."""
        self._whole = None
        self._look(self._view)

    # -- moving -------------------------------------------------------------------------------------------

    def go_to(self, index: int) -> None:
        """Put the crosshair on a point, and the point on the map."""
        self.at = index
        held = self.view.holding(self.points[index], *self.size)
        if held == self.view:
            self._pointed()
        else:
            self._look(held)

    def _step(self, across: int, upwards: int) -> None:
        if self.points:
            self.go_to(toward(self.points, self.at, across, upwards, self.view, self.size))

    def action_left(self) -> None:
        """Move left."""
        self._step(-1, 0)

    def action_right(self) -> None:
        """Move right."""
        self._step(1, 0)

    def action_up(self) -> None:
        """Move up."""
        self._step(0, 1)

    def action_down(self) -> None:
        """Move down."""
        self._step(0, -1)

    def action_next_point(self) -> None:
        """Go to the next point of the same cell."""
        if spot := self.spot:
            self.go_to(spot.points[(spot.points.index(self.at) + 1) % len(spot.points)])

    def _zoom(self, factor: float) -> None:
        if self.points:
            view = self.view.zoomed(factor, self.points[self.at], self.whole)
            self._look(None if view == self.whole else view)

    def action_closer(self) -> None:
        """Zoom in around the crosshair."""
        self._zoom(ZOOM)

    def action_farther(self) -> None:
        """Zoom out."""
        self._zoom(1 / ZOOM)

    def action_whole(self) -> None:
        """Show all points."""
        self._look(None)

    def action_letters(self) -> None:
        """Draw letters of the legend, or dots."""
        self.letters = not self.letters
        self.refresh()

    def action_mark_point(self, name: str) -> None:
        """Mark the point; the second mark asks for the comparison."""
        if not self.points:
            return
        self.marks[name] = self.at
        self._pointed()
        if name == "b" and "a" in self.marks:
            self.post_message(self.Paired(self.marks["a"], self.at))

    def on_click(self, event: events.Click) -> None:
        """Go to the point nearest to the mouse."""
        if self.points:
            width, height = self.size
            view = self.view
            x = view.x + (2 * event.x + 0.5 - (2 * width - 1) / 2) * view.unit
            y = view.y - (4 * event.y + 1.5 - (4 * height - 1) / 2) * view.unit
            self.go_to(nearest_to(self.points, (x, y)))

    # -- drawing ------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw one line of cells."""
        width = self.size.width
        plane = self.get_component_rich_style("map--plane")
        marks = {self._cell(index): name.upper() for name, index in self.marks.items()} if self.points else {}
        here = self._cell(self.at) if self.points else None
        cells, segments, blank = self.cells(), [], 0
        for x in range(width):
            spot, mark = cells.get((x, y)), marks.get((x, y))
            if spot is None and mark is None and (x, y) != here:
                blank += 1
                continue
            segments += [Segment(" " * blank, plane)] if blank else []
            blank = 0
            segments.append(self._drawn(spot, mark, (x, y) == here, plane))
        return Strip([*segments, Segment(" " * blank, plane)]).adjust_cell_length(width, plane)

    def _drawn(self, spot: Spot | None, mark: str | None, here: bool, plane: Style) -> Segment:
        entry = self.legend[spot.dominant] if spot and self.legend else None
        style = plane + Style(color=entry.colour) if entry and entry.colour else plane
        if here:
            crosshair = self.get_component_rich_style("map--crosshair", partial=True)
            return Segment(mark or glyphs.CROSSHAIR, style + crosshair)
        if mark:
            return Segment(mark, plane + self.get_component_rich_style("map--mark", partial=True))
        assert spot is not None
        return Segment(entry.letter if entry and self.letters else spot.char, style)
