"""Pairs of vectors that are nearly the same."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy
import pytest

from localstore import Filter, Store
from localstore.errors import Interrupted, InvalidValue, NotFound
from localstore.vectors.insight import duplicates as module
from localstore.vectors.insight.duplicates import duplicates
from tests.localstore.vectors import sets


@pytest.fixture(params=[(2_048, 128_000_000), (7, 1), (16, 16 * 8 * 12 * 2)], ids=["whole", "reread", "slabs"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same answers come from one block, and from small ones that are read again and again."""
    monkeypatch.setattr(module, "BLOCK", request.param[0])
    monkeypatch.setattr(module, "HELD", request.param[1])
    yield


def near(count: int, dim: int) -> sets.Matrix:
    """Rows of which many are near to others, some equal, some scaled copies."""
    rows = sets.random(count, dim)
    rows[count // 2 :] = rows[: count - count // 2] * 3 + sets.random(count - count // 2, dim, 1) * 0.3
    rows[-1], rows[-2] = rows[0], rows[1] * 1e-20
    return rows


def brute(made: list[str], rows: sets.Matrix, least: float) -> list[tuple[float, str, str]]:
    """All pairs by float64, best first, equal ones by id."""
    scores = numpy.round(sets.unit(rows) @ sets.unit(rows).T, 12)
    order = numpy.argsort(made)
    pairs = [(scores[i, j], made[i], made[j]) for at, i in enumerate(order) for j in order[at + 1 :]]
    return sorted((each for each in pairs if each[0] >= least), key=lambda each: (-each[0], each[1:]))


@pytest.mark.parametrize("least", [-1.0, 0.5, 0.95, 1.0])
def test_the_pairs_are_those_of_a_brute_force(store: Store, blocks: None, least: float) -> None:
    rows = near(60, 12)
    made = sets.embed(store, sets.model(store), sets.items(store, ["t"] * 60), rows)
    found = [(pair.score, pair.a, pair.b) for pair in duplicates(store, min_score=least)]
    wanted = brute(made, rows, least)
    assert sorted(found, key=lambda each: (-each[0], each[1:])) == wanted
    assert wanted


@pytest.mark.parametrize("limit", [1, 5, 40, 10_000])
def test_a_limit_takes_the_best_of_all_equal_ones_by_id(store: Store, blocks: None, limit: int) -> None:
    rows = numpy.round(near(60, 3))
    rows[(rows == 0).all(axis=1)] = 1
    made = sets.embed(store, sets.model(store), sets.items(store, ["t"] * 60), rows)
    found = [(pair.score, pair.a, pair.b) for pair in duplicates(store, min_score=0.9, limit=limit)]
    assert found == brute(made, rows, 0.9)[:limit]


def test_a_pair_names_items_and_titles_and_tells_whether_the_texts_are_the_same(store: Store) -> None:
    contents = sets.items(store, ["one", "one", "two"])
    sets.embed(store, sets.model(store), contents, [[1.0, 0.0], [1.0, 0.0], [1.0, 0.1]])
    found = {(pair.title_a, pair.title_b): pair for pair in duplicates(store)}
    assert {titles: pair.same_text for titles, pair in found.items()} == {
        ("Item 0000", "Item 0001"): True,
        ("Item 0000", "Item 0002"): False,
        ("Item 0001", "Item 0002"): False,
    }
    assert found["Item 0000", "Item 0001"].item_a == store.contents.get(contents[0]).item_id


def test_vectors_of_whole_items_are_compared_too(store: Store) -> None:
    model, items = sets.model(store), [store.items.add("A").id, store.items.add("B").id]
    store.embeddings.put_one(model, [1.0, 2.0], item=items[0])
    store.embeddings.put_one(model, [1.0, 2.0], item=items[1])
    (pair,) = duplicates(store)
    assert ({pair.item_a, pair.item_b}, pair.score, pair.same_text) == (set(items), 1.0, False)


def test_zero_vectors_and_bad_ones_are_left_out_and_counted(store: Store, blocks: None) -> None:
    made = sets.embed(store, sets.model(store), sets.items(store, ["t"] * 40), numpy.ones((40, 3)))
    sets.foreign(store, made[3], [0, 0, 0])
    sets.foreign(store, made[20], [math.nan, 0, 0])
    sets.foreign(store, made[21], [1, 1])
    found = duplicates(store)
    assert len(list(found)) == 37 * 36 // 2
    assert (found.total, found.zeros, found.bad, found.model) == (40, 1, 2, "p/m")


def test_a_filter_compares_matching_items_only(store: Store) -> None:
    model = sets.model(store)
    papers = sets.embed(store, model, sets.items(store, ["t"] * 2, type="paper"), [[1.0, 0.0]] * 2)
    sets.embed(store, model, sets.items(store, ["t"] * 2), [[1.0, 0.0]] * 2)
    assert [(pair.a, pair.b) for pair in duplicates(store, where=Filter.parse("type:paper"))] == [tuple(papers)]


def test_a_vector_deleted_meanwhile_is_left_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 2)
    made = sets.embed(store, sets.model(store), sets.items(store, ["t"] * 4), [[1.0, 0.0]] * 4)
    found = duplicates(store)
    first = next(found)
    store.embeddings.delete(made[3])
    assert {each.b for each in found} == {made[2]}
    assert first.b == made[1]


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_vectors_make_no_pair(store: Store, count: int) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["t"] * count), [[1.0, 0.0]] * count)
    assert list(duplicates(store, "m")) == []


def test_progress_counts_pairs_and_ends_at_the_whole(store: Store, blocks: None) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["t"] * 40), sets.random(40, 12))
    seen: list[tuple[int, int]] = []
    list(duplicates(store, progress=lambda done, whole: seen.append((done, whole))))
    assert seen[-1] == (780, 780)
    assert seen == sorted(seen)


def test_it_can_be_stopped_between_blocks(store: Store) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["t"] * 2), [[1.0, 0.0]] * 2)
    with pytest.raises(Interrupted):
        list(duplicates(store, cancelled=lambda: True))


@pytest.mark.parametrize("score", [1.01, -2.0, math.nan, math.inf])
def test_a_score_that_is_no_cosine_is_refused(store: Store, score: float) -> None:
    with pytest.raises(InvalidValue, match="no cosine"):
        duplicates(store, min_score=score)


def test_a_limit_of_nothing_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue, match="limit"):
        duplicates(store, limit=0)


def test_a_store_without_vectors_is_told(store: Store) -> None:
    with pytest.raises(NotFound, match="no vectors yet"):
        duplicates(store)
