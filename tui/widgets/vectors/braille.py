"""Points drawn with braille dots, 2 by 4 to a cell: where they fall, which class a cell shows, which is next. Pure.

One unit is as long across as upwards, so that distances on the map are what the projection says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

Point = tuple[float, float]
ACROSS, DOWN = 2, 4
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The dot of each row and column of a cell, as Unicode numbers them."""
MARGIN = 1.04
CLOSEST = 1e-6
"""Of the whole: what two float32 numbers can still tell apart."""


@dataclass(frozen=True)
class View:
    """The part of the plane that is shown: its middle, and how much one dot stands for."""

    x: float
    y: float
    unit: float

    @classmethod
    def of(cls, points: Sequence[Point], width: int, height: int) -> View:
        """Return the view in which *width* by *height* cells hold all points."""
        if not points:
            return cls(0.0, 0.0, 1.0)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        across, upwards = max(xs) - min(xs), max(ys) - min(ys)
        unit = max(across / max(1, width * ACROSS - 1), upwards / max(1, height * DOWN - 1)) * MARGIN
        return cls((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2, unit or 1.0)

    def cell(self, point: Point, width: int, height: int) -> tuple[int, int, int]:
        """Return column, row and dot bit of a point; it may lie outside."""
        across = round((point[0] - self.x) / self.unit + (width * ACROSS - 1) / 2)
        down = round((self.y - point[1]) / self.unit + (height * DOWN - 1) / 2)
        return across // ACROSS, down // DOWN, _BITS[down % DOWN][across % ACROSS]

    def zoomed(self, factor: float, centre: Point, whole: View) -> View:
        """Return the view closer by *factor* around a point, never farther than the whole."""
        unit = min(whole.unit, max(whole.unit * CLOSEST, self.unit / factor))
        return whole if unit == whole.unit else View(*centre, unit)

    def holding(self, point: Point, width: int, height: int) -> View:
        """Return the view, moved when the point lies outside."""
        column, row, _ = self.cell(point, width, height)
        return self if 0 <= column < width and 0 <= row < height else replace(self, x=point[0], y=point[1])


@dataclass
class Spot:
    """One cell: its dots, how often each class is in it, and its points."""

    bits: int = 0
    classes: Counter[int] = field(default_factory=Counter)
    points: list[int] = field(default_factory=list)

    @property
    def char(self) -> str:
        """Return the dots as one character."""
        return chr(0x2800 + self.bits)

    @property
    def dominant(self) -> int:
        """Return the class most points belong to; of equals the one that is larger on the whole."""
        most = max(self.classes.values())
        return min(kind for kind, count in self.classes.items() if count == most)


def spots(
    points: Sequence[Point], classes: Sequence[int], view: View, width: int, height: int
) -> dict[tuple[int, int], Spot]:
    """Return the cells that hold points, by column and row."""
    found: dict[tuple[int, int], Spot] = {}
    for index, point in enumerate(points):
        column, row, bit = view.cell(point, width, height)
        if 0 <= column < width and 0 <= row < height:
            spot = found.setdefault((column, row), Spot())
            spot.bits |= bit
            spot.classes[classes[index]] += 1
            spot.points.append(index)
    return found


def toward(points: Sequence[Point], at: int, across: int, upwards: int, view: View, size: tuple[int, int]) -> int:
    """Return the nearest point in a direction, outside the cell of point *at*; *at* when there is none.

    What lies aside counts twice, so that a step to the right seldom jumps up.
    """
    here, x, y = view.cell(points[at], *size)[:2], *points[at]
    best, found = float("inf"), at
    for index, (px, py) in enumerate(points):
        ahead = (px - x) * across + (py - y) * upwards
        aside = abs((px - x) * upwards) + abs((py - y) * across)
        cost = ahead + 2 * aside
        if ahead > 0 and aside <= 2 * ahead and cost < best and view.cell((px, py), *size)[:2] != here:
            best, found = cost, index
    return found


def nearest_to(points: Sequence[Point], place: Point) -> int:
    """Return the point nearest to a place."""
    return min(range(len(points)), key=lambda at: (points[at][0] - place[0]) ** 2 + (points[at][1] - place[1]) ** 2)
