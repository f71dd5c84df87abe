"""The drawing of vectors: bars, strips, braille; and the steps of the crosshair."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.score_bar import bar, number, score_line, share_of
from tui.widgets.vectors.braille import View, nearest_to, spots, toward
from tui.widgets.vectors.braille_map import legend_of
from tui.widgets.vectors.heat_strip import narrowed, strip_lines

SQUARE = [(-1.0, 1.0), (1.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (0.0, 0.0)]


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(1.0, "████"), (0.5, "██  "), (0.53, "██▏ "), (0.0, "    "), (-3.0, "    "), (9.0, "████"), (math.nan, "    ")],
)
def test_a_bar_fills_its_share_to_an_eighth_of_a_cell(share: float, drawn: str) -> None:
    assert bar(share, 4) == drawn


@given(st.floats(), st.integers(1, 80), st.booleans())
def test_a_bar_has_its_width_whatever_the_share(share: float, width: int, ascii: bool) -> None:
    drawn = bar(share, width, ascii=ascii)
    assert len(drawn) == width
    assert drawn.isascii() or not ascii


@pytest.mark.parametrize(("share", "drawn"), [(1.0, "━━━━"), (0.4, "━╸  "), (-1.0, "    "), (math.nan, "    ")])
def test_a_line_of_a_score_ends_at_half_a_cell(share: float, drawn: str) -> None:
    assert score_line(share, 4) == drawn
    assert score_line(share, 4, ascii=True).isascii()


@pytest.mark.parametrize(
    ("score", "metric", "best", "share"),
    [(0.4, "cosine", 0.9, 0.4), (6.0, "dot", 12.0, 0.5), (-1.0, "dot", -0.5, 0.0), (-1.0, "l2", -0.5, 0.5)],
)
def test_a_nearer_one_fills_more_of_its_bar_by_any_metric(score: float, metric: str, best: float, share: float) -> None:
    assert share_of(score, metric, best) == pytest.approx(share)


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "0.000"), (-0.25, "-0.250"), (3e-7, "3.0e-07"), (1e20, "1.0e+20"), (math.inf, "inf")]
)
def test_numbers_are_short_and_tiny_ones_are_not_called_zero(value: float, words: str) -> None:
    assert number(value) == words


def test_a_strip_says_size_by_height_and_sign_by_a_sign() -> None:
    sizes, signs = strip_lines([1.0, -0.5, 0.0], 64)
    assert "".join(piece.text for piece in sizes) == "█▄ "
    assert [piece.tone for piece in sizes] == ["accent", "key", "text"]
    assert signs[0].text == "+- "
    assert "".join(piece.text for piece in strip_lines([1.0, -0.5, 0.0], 64, ascii=True)[0]) == "940"


@given(st.lists(st.floats(), max_size=200), st.integers(1, 80), st.booleans())
def test_a_strip_of_anything_fits_its_width(values: list[float], width: int, ascii: bool) -> None:
    assert len(narrowed(values, width)) <= width
    sizes, signs = strip_lines(values, width, ascii=ascii)
    assert len("".join(piece.text for piece in sizes)) == len(signs[0].text) <= width


def test_corners_and_middle_of_the_plane_fall_into_corners_and_middle_of_the_map() -> None:
    found = spots(SQUARE, [0] * 5, View.of(SQUARE, 20, 10), 20, 10)
    assert sorted(found) == [(0, 0), (0, 9), (10, 5), (19, 0), (19, 9)]
    assert all(0x2800 < ord(spot.char) <= 0x28FF for spot in found.values())


POINTS = st.lists(st.tuples(st.floats(-1e9, 1e9, width=32), st.floats(-1e9, 1e9, width=32)), min_size=1, max_size=40)


@given(POINTS, st.integers(1, 60), st.integers(1, 30))
def test_every_point_is_on_the_whole_map_once(points: list[tuple[float, float]], width: int, height: int) -> None:
    found = spots(points, [0] * len(points), View.of(points, width, height), width, height)
    assert sorted(index for spot in found.values() for index in spot.points) == list(range(len(points)))


@given(POINTS, st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]), st.data())
def test_a_step_goes_forward_or_nowhere(
    points: list[tuple[float, float]], way: tuple[int, int], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(points) - 1))
    to = toward(points, at, *way, View.of(points, 30, 10), (30, 10))
    (x, y), (px, py) = points[at], points[to]
    assert to == at or (px - x) * way[0] + (py - y) * way[1] > 0


def test_a_step_takes_what_lies_ahead_before_what_lies_aside() -> None:
    points = [(0.0, 0.0), (1.0, 0.9), (2.0, 0.0), (-1.0, 0.0)]
    view = View.of(points, 30, 10)
    assert toward(points, 0, 1, 0, view, (30, 10)) == 2
    assert toward(points, 0, -1, 0, view, (30, 10)) == 3
    assert toward(points, 3, -1, 0, view, (30, 10)) == 3


def test_zooming_in_and_out_again_ends_at_the_whole() -> None:
    whole = View.of(SQUARE, 20, 10)
    near = whole.zoomed(4, (1.0, 1.0), whole)
    assert near.unit == pytest.approx(whole.unit / 4)
    assert near.cell((1.0, 1.0), 20, 10)[:2] == (10, 5)
    assert near.zoomed(1 / 8, (1.0, 1.0), whole) == whole
    assert nearest_to(SQUARE, (0.9, 0.8)) == 1


def test_a_legend_names_the_largest_classes_and_counts_the_rest_together() -> None:
    labels = [f"t{at:02}" for at in range(30)] + ["paper"] * 5 + [""] * 3
    entries, kinds = legend_of(labels, "tag", dark=True)
    assert [(entry.letter, entry.name, entry.count) for entry in entries[:3]] == [
        ("a", "paper", 5), ("b", "none", 3), ("c", "t00", 1),
    ]  # fmt: skip
    assert (entries[-1].name, entries[-1].count) == ("others", 23)
    assert kinds[30] == 0
    assert kinds[29] == len(entries) - 1
    assert len({entry.colour for entry in entries}) == len(entries)


def test_a_source_of_rows_in_memory_pages_through_all_of_them() -> None:
    source = ListSource([str(at) for at in range(300)], str)
    first = source.page(None, 128)
    last = source.page("256", 128)
    assert (first.rows[0], first.next, last.rows[-1], last.next) == ("0", "128", "299", None)
    assert source.anchors(128) == ["128", "256"]
    assert source.count() == 300
