"""The map with what it says: how honest it is, the point under the crosshair, the legend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui import glyphs
from tui.visible import fit, line
from tui.widgets.vectors.braille_map import BrailleMap
from tui.widgets.vectors.vector_words import explained

if TYPE_CHECKING:
    from localstore.vectors.insight.projection import Projection
    from tui.app import LocalstoreApp


class MapPane(Vertical):
    """Shows a projection."""

    DEFAULT_CSS = """
    MapPane > Static { height: 1; padding: 0 1; background: $surface; }
    MapPane > #point { background: $panel; }
    MapPane > #legend { height: auto; max-height: 3; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.projection: Projection | None = None
        self.kind = "type"

    def compose(self) -> ComposeResult:
        """Explanation, map, point, legend."""
        yield Static(markup=False, id="explained")
        yield BrailleMap(id="map")
        yield Static(markup=False, id="point")
        yield Static(markup=False, id="legend")

    @property
    def map(self) -> BrailleMap:
        """The points."""
        return self.query_one(BrailleMap)

    def show(self, projection: Projection, kind: str) -> None:
        """Show another projection; colours come when its labels are read."""
        self.projection, self.kind = projection, kind
        self.map.show(projection)
        self.say()

    def on_braille_map_pointed(self, message: BrailleMap.Pointed) -> None:
        """Say what is under the crosshair."""
        message.stop()
        self.say()

    def say(self) -> None:
        """Write the lines around the map."""
        drawn = self.projection
        if drawn is None:
            return
        room = self.size.width - 2
        words = f"{line(drawn.model, 80)} · {explained(drawn)}"
        self.query_one("#explained", Static).update(Content(fit(words, room)), layout=False)
        self.query_one("#point", Static).update(self._point(drawn, room), layout=False)
        legend, shown = self.query_one("#legend", Static), self._legend(room)
        legend.update(shown, layout=shown.plain.count("\n") + 1 != legend.size.height)

    def _point(self, drawn: Projection, room: int) -> Content:
        if not drawn.points:
            return Content("no vectors to show")
        entry, spot = self.map.point_class, self.map.spot
        more = len(spot.points) - 1 if spot else 0
        tail = f"  +{more:,} here · space" if more else ""
        tail += f"  ×{self.map.zoom:.1f}" if self.map.zoom > 1.001 else ""
        name = f"{entry.letter} {line(entry.name, 30)} · " if entry else ""
        title = line(drawn.titles[self.map.at], 300) or "untitled"
        left = room - len(tail)
        shown = fit(f"{glyphs.CROSSHAIR} {name}{title}", left)
        return Content.assemble((shown, "bold"), (tail, "$muted"))

    def _legend(self, room: int) -> Content:
        """Name the classes, none cut by the end of a line; that of the cell under the crosshair is set off."""
        spot, left = self.map.spot, room
        parts: list[tuple[str, str]] = []
        for style, word in self._entries(spot.dominant if spot else -1):
            cells = Content(word).cell_length
            if parts:
                parts.append(("\n", "") if cells > left - 2 else ("  ", ""))
                left = room if cells > left - 2 else left - 2
            name, _, count = word.rpartition(" ")
            parts += [(f"{name} ", style), (count, "$muted")]
            left -= cells
        return Content.assemble(*parts)

    def _entries(self, chosen: int) -> Iterator[tuple[str, str]]:
        yield "$muted", f"by {self.kind}"
        for at, entry in enumerate(self.map.legend):
            style = f"{entry.colour or '$muted'}{' reverse' if at == chosen else ''}"
            yield style, f"{entry.letter} {line(entry.name, 24)} {entry.count:,}"

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its signs."""
        return cast("LocalstoreApp", self.app)
