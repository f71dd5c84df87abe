"""The map of vectors."""

from __future__ import annotations

import math

import numpy
import pytest

from localstore import Filter, Store
from localstore.errors import Ambiguous, Interrupted, InvalidValue, NotFound
from localstore.vectors.insight.projection import principal, project
from tests.localstore.vectors import sets


def spread(count: int, dim: int) -> numpy.typing.NDArray[numpy.float32]:
    """Rows that vary most along two known directions."""
    weights = numpy.concatenate([[9.0, 4.0], numpy.full(dim - 2, 0.3)])
    turned, _ = numpy.linalg.qr(sets.random(dim, dim, seed=1))
    rows: numpy.typing.NDArray[numpy.float32] = ((sets.random(count, dim) * weights) @ turned).astype(numpy.float32)
    return rows


@pytest.mark.parametrize(("count", "dim"), [(200, 20), (30, 700), (900, 700), (5, 3), (2, 8), (600, 2)])
def test_points_and_variance_are_those_of_a_singular_value_decomposition(count: int, dim: int) -> None:
    rows = spread(count, dim)
    centred = rows.astype(numpy.float64) - rows.astype(numpy.float64).mean(axis=0)
    left, sizes, _ = numpy.linalg.svd(centred, full_matrices=False)
    points, explained = principal(rows)
    assert numpy.allclose(numpy.abs(points), numpy.abs(left[:, :2] * sizes[:2]), atol=1e-6 * sizes[0])
    assert explained == pytest.approx(tuple((sizes**2 / (sizes**2).sum())[:2]), abs=1e-9)


@pytest.mark.parametrize("direction", [[3, 1], [-3, 1], [1, -3], [-1, 3], [-1, -3]])
def test_an_axis_points_where_its_largest_weight_does(direction: list[int]) -> None:
    steps = numpy.arange(-5.0, 6.0, dtype=numpy.float32)
    points, _ = principal(steps[:, None] * numpy.array(direction, dtype=numpy.float32))
    largest = max(direction, key=abs)
    assert numpy.array_equal(numpy.sign(points[:, 0].round(6)), numpy.sign(steps * largest))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_vectors_that_do_not_differ_are_one_point(count: int) -> None:
    points, explained = principal(numpy.full((count, 5), 0.1, dtype=numpy.float32))
    assert (points.shape, float(numpy.abs(points).sum()), explained) == ((count, 2), 0.0, (0.0, 0.0))


def test_one_dimension_is_a_line() -> None:
    points, explained = principal(numpy.array([[1.0], [2.0], [6.0]], dtype=numpy.float32))
    assert points.tolist() == [[-2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]]
    assert explained == (1.0, 0.0)


def test_huge_and_tiny_numbers_are_placed_too() -> None:
    rows = spread(30, 6)
    (huge, of_huge), (plain, of_plain) = principal(rows * numpy.float32(1e30)), principal(rows)
    assert numpy.allclose(huge / 1e30, plain, rtol=1e-5, atol=1e-4)
    assert of_huge == pytest.approx(of_plain, rel=1e-5)


def test_a_map_names_embeddings_items_and_titles_in_one_order(store: Store) -> None:
    made = sets.embed(store, sets.model(store), sets.items(store, ["t"] * 6), sets.random(6, 4))
    found = project(store)
    assert (found.embedding_ids, found.titles) == (made, [f"Item {at:04}" for at in range(6)])
    assert (found.sampled, found.total, found.bad, found.model) == (6, 6, 0, "p/m")
    assert len(found.points) == len(found.item_ids) == 6


def test_a_sample_is_said_and_the_same_for_a_seed(store: Store) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["t"] * 60), sets.random(60, 4))
    first, again, other = (project(store, sample=20, seed=seed) for seed in (1, 1, 2))
    assert (first.sampled, first.total) == (20, 60)
    assert first.embedding_ids == again.embedding_ids != other.embedding_ids
    assert first.points == again.points


def test_a_filter_takes_the_vectors_of_matching_items(store: Store) -> None:
    model = sets.model(store)
    sets.embed(store, model, sets.items(store, ["t"] * 3), sets.random(3, 4))
    papers = sets.embed(store, model, sets.items(store, ["t"] * 2, type="paper"), sets.random(2, 4))
    assert project(store, where=Filter.parse("type:paper")).embedding_ids == papers


def test_labels_are_read_by_type_tag_and_organization(store: Store) -> None:
    lab = store.organizations.add("Lab", "lab").id
    model = sets.model(store)
    sets.embed(store, model, sets.items(store, ["a"], type="paper", organization_id=lab), [[1.0, 0.0]])
    sets.embed(store, model, sets.items(store, ["b"]), [[0.0, 1.0]])
    found = project(store)
    store.items.tag(["zeta", "alpha"], found.item_ids[0])
    assert found.labels("type") == ["paper", "note"]
    assert found.labels("tag") == ["alpha", ""]
    assert found.labels("organization") == ["Lab", ""]


def test_an_unknown_label_is_refused(store: Store) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["a"]), [[1.0, 0.0]])
    with pytest.raises(InvalidValue, match="choose type, tag, organization"):
        project(store).labels("colour")  # type: ignore[arg-type]


def test_vectors_of_another_length_or_with_nan_are_left_out_and_counted(store: Store) -> None:
    made = sets.embed(store, sets.model(store), sets.items(store, ["t"] * 6), sets.random(6, 4))
    sets.foreign(store, made[0], [1, 2])
    sets.foreign(store, made[1], [math.nan, 0, 0, 0])
    found = project(store)
    assert (found.embedding_ids, found.sampled, found.bad, found.total) == (made[2:], 4, 2, 6)


def test_a_model_without_vectors_has_an_empty_map(store: Store) -> None:
    sets.model(store)
    found = project(store, "m")
    assert (found.points, found.sampled, found.total, found.explained) == ([], 0, 0, (0.0, 0.0))


def test_a_store_without_vectors_has_no_map(store: Store) -> None:
    with pytest.raises(NotFound, match="no vectors yet"):
        project(store)


def test_with_two_models_one_must_be_chosen(store: Store) -> None:
    contents = sets.items(store, ["a"])
    sets.embed(store, sets.model(store, "a"), contents, [[1.0, 0.0]])
    sets.embed(store, sets.model(store, "b"), contents, [[1.0, 0.0]])
    with pytest.raises(Ambiguous, match="p/a, p/b"):
        project(store)


def test_a_sample_of_nothing_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue, match="sample"):
        project(store, sample=0)


def test_it_can_be_stopped(store: Store) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["a"]), [[1.0, 0.0]])
    with pytest.raises(Interrupted):
        project(store, cancelled=lambda: True)
