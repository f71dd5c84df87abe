"""Cards of one vector and of two."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.errors import InvalidValue
from localstore.vectors.insight.card import card, compare

NUMBERS = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=200)


def test_a_card_tells_size_length_and_spread() -> None:
    found = card(numpy.array([3.0, 0.0, -4.0], dtype=numpy.float32))
    assert (found.dim, found.bytes, found.norm, found.zeros, found.bad) == (3, 12, 5.0, 1, "")
    assert (found.min, found.max) == (-4.0, 3.0)
    assert found.mean == pytest.approx(-1 / 3)
    assert found.sd == pytest.approx(numpy.std([3.0, 0.0, -4.0]))


def test_what_is_no_number_is_named_and_left_out_of_the_figures() -> None:
    found = card([1.0, math.nan, math.inf, -math.inf, 2.0])
    assert (found.bad, found.max) == ("1 NaN, 2 infinite", 2.0)
    assert found.norm == pytest.approx(math.sqrt(5))


def test_a_vector_of_nothing_but_nan_has_a_card() -> None:
    found = card([math.nan] * 3)
    assert (found.bad, found.norm, found.strip) == ("3 NaN", 0.0, [0.0] * 3)


def test_the_strip_of_a_short_vector_is_the_vector_scaled() -> None:
    assert card([1.0, -2.0, 0.5]).strip == [0.5, -1.0, 0.25]


def test_the_strip_of_a_long_vector_has_a_mean_for_each_of_64_parts() -> None:
    vector = numpy.repeat(numpy.arange(64.0) - 32, 6)
    assert card(vector).strip == [(at - 32) / 32 for at in range(64)]


@given(NUMBERS)
def test_a_strip_stays_between_minus_one_and_one_and_reaches_one_of_them(vector: list[float]) -> None:
    strip = card(vector).strip
    assert len(strip) == min(64, len(vector))
    assert max(map(abs, strip)) in (0.0, 1.0)


def test_two_vectors_are_compared_in_three_ways() -> None:
    found = compare([1.0, 0.0], [1.0, 1.0])
    assert (found.dot, found.l2) == (1.0, 1.0)
    assert found.cosine == pytest.approx(math.sqrt(0.5))


def test_the_dimensions_that_differ_most_come_first_and_equal_ones_are_not_named() -> None:
    found = compare([0.0, 5.0, 1.0, 0.0], [1.0, 5.0, -2.0, 0.0])
    assert found.differing == [(2, 1.0, -2.0), (0, 0.0, 1.0)]


def test_no_more_than_ten_differing_dimensions_are_named() -> None:
    assert len(compare(numpy.zeros(50), numpy.arange(50.0)).differing) == 10


def test_a_vector_without_length_has_no_cosine() -> None:
    assert compare([0.0, 0.0], [1.0, 1.0]).cosine is None


def test_vectors_of_different_lengths_are_refused_with_both_numbers() -> None:
    with pytest.raises(InvalidValue, match="2 and 3 numbers"):
        compare([1.0, 2.0], [1.0, 2.0, 3.0])


def test_a_vector_with_nan_is_not_compared() -> None:
    with pytest.raises(InvalidValue, match="b: holds 1 NaN"):
        compare([1.0, 2.0], [1.0, math.nan])


@pytest.mark.parametrize("given", [[], [[1.0]], 3.0, ["a"], None])
def test_what_is_no_vector_is_refused(given: object) -> None:
    with pytest.raises(InvalidValue, match="expected a list of numbers"):
        card(given)  # type: ignore[arg-type]


@given(NUMBERS)
def test_a_vector_is_as_near_to_itself_as_can_be(vector: list[float]) -> None:
    found = compare(vector, vector)
    assert (found.l2, found.differing) == (0.0, [])
    assert found.cosine is None or found.cosine == pytest.approx(1.0)
