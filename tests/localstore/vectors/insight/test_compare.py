"""Two models, the same texts: do they see the same neighbours?"""

from __future__ import annotations

import math

import numpy
import pytest

from localstore import Store
from localstore.errors import Interrupted, InvalidValue, NotFound
from localstore.vectors.insight import compare as module
from localstore.vectors.insight.compare import compare
from tests.localstore.vectors import sets


def both(store: Store, rows_a: object, rows_b: object, count: int, metric: str = "cosine") -> list[str]:
    contents = sets.items(store, ["t"] * count)
    sets.embed(store, sets.model(store, "a", metric=metric), contents, rows_a)
    sets.embed(store, sets.model(store, "b", metric=metric), contents, rows_b)
    return contents


def nearest(metric: str, rows: sets.Matrix, k: int) -> list[set[int]]:
    wide = rows.astype(numpy.float32).astype(numpy.float64)
    if metric == "l2":
        scores = -numpy.linalg.norm(wide[:, None] - wide[None], axis=2)
    else:
        scores = (sets.unit(rows) @ sets.unit(rows).T) if metric == "cosine" else wide @ wide.T
    numpy.fill_diagonal(scores, -numpy.inf)
    return [set(numpy.argsort(-row)[:k].tolist()) for row in scores]


@pytest.mark.parametrize("metric", ["cosine", "dot", "l2"])
@pytest.mark.parametrize("block", [7, 4_096])
def test_overlap_is_that_of_a_brute_force(
    store: Store, metric: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    a = sets.random(50, 8)
    b = numpy.concatenate([a + 0.4 * sets.random(50, 8, 1), sets.random(50, 3, 2)], axis=1)
    both(store, a, b, 50, metric=metric)
    found = compare(store, "a", "b", k=5)
    parts = [len(x & y) / 5 for x, y in zip(nearest(metric, a, 5), nearest(metric, b, 5), strict=True)]
    assert found.overlap == pytest.approx(sum(parts) / 50)
    assert [part for *_, part in found.worst] == pytest.approx(sorted(parts)[:10])
    assert (found.model_a, found.model_b, found.k, found.texts_shared, found.sampled) == ("p/a", "p/b", 5, 50, 50)


def test_a_model_agrees_with_its_own_turned_copy_whole(store: Store) -> None:
    a = sets.random(40, 8)
    turn, _ = numpy.linalg.qr(sets.random(8, 8, 3))
    both(store, a, a @ turn, 40)
    assert compare(store, "a", "b").overlap == 1.0


def test_equal_texts_are_no_disagreement(store: Store) -> None:
    both(store, numpy.ones((30, 4)), numpy.ones((30, 9)), 30)
    assert compare(store, "a", "b", k=3).overlap == 1.0


def test_texts_that_are_as_near_as_rounding_can_tell_are_no_disagreement(store: Store) -> None:
    rows = numpy.repeat(sets.random(6, 8), 6, axis=0)
    both(store, rows * (1 + 0.3 * sets.random(36, 1)), rows * (1 + 0.3 * sets.random(36, 1, 1)), 36)
    assert compare(store, "a", "b", k=3).overlap == 1.0


def test_only_texts_that_both_have_are_looked_at(store: Store) -> None:
    contents = sets.items(store, ["t"] * 20)
    rows = sets.random(20, 6)
    sets.embed(store, sets.model(store, "a"), contents[:15], rows[:15])
    sets.embed(store, sets.model(store, "b"), contents[5:], rows[5:])
    found = compare(store, "a", "b", k=4)
    assert (found.texts_shared, found.overlap) == (10, 1.0)


def test_vectors_of_whole_items_are_compared_with_each_other(store: Store) -> None:
    a, b = sets.model(store, "a"), sets.model(store, "b")
    rows = sets.random(6, 5)
    items = [store.contents.get(pk).item_id for pk in sets.items(store, ["t"] * 6)]
    [store.embeddings.put_one(model, row, item=item) for model in (a, b) for item, row in zip(items, rows, strict=True)]
    assert compare(store, "a", "b", k=2).texts_shared == 6


def test_the_worst_texts_are_named(store: Store) -> None:
    rows = sets.random(40, 6)
    other = rows.copy()
    other[7] = -other[7]
    contents = both(store, rows, other, 40)
    worst = compare(store, "a", "b", k=5).worst[0]
    assert worst[:2] == (store.contents.get(contents[7]).item_id, "Item 0007")


def test_a_sample_is_the_same_for_a_seed(store: Store) -> None:
    both(store, sets.random(60, 4), sets.random(60, 4, 1), 60)
    first, again = (compare(store, "a", "b", sample=20, seed=4) for _ in range(2))
    assert first == again
    assert (first.sampled, first.texts_shared) == (20, 60)


def test_k_is_at_most_what_there_is(store: Store) -> None:
    both(store, sets.random(5, 4), sets.random(5, 4, 1), 5)
    found = compare(store, "a", "b", k=10)
    assert (found.k, found.overlap) == (4, 1.0)


def test_bad_vectors_are_nobodys_neighbours(store: Store) -> None:
    contents = sets.items(store, ["t"] * 12)
    rows = sets.random(12, 4)
    made = sets.embed(store, sets.model(store, "a"), contents, rows)
    sets.embed(store, sets.model(store, "b"), contents, rows)
    sets.foreign(store, made[0], [math.nan] * 4)
    assert 0 < compare(store, "a", "b", k=3).overlap < 1


def test_a_model_is_not_compared_with_itself(store: Store) -> None:
    both(store, sets.random(5, 4), sets.random(5, 4), 5)
    with pytest.raises(InvalidValue, match="one model"):
        compare(store, "a", "p/a")


def test_models_without_texts_in_common_are_refused(store: Store) -> None:
    contents = sets.items(store, ["t"] * 4)
    sets.embed(store, sets.model(store, "a"), contents[:2], sets.random(2, 4))
    sets.embed(store, sets.model(store, "b"), contents[2:], sets.random(2, 4))
    with pytest.raises(InvalidValue, match="0 texts in common"):
        compare(store, "a", "b")


def test_an_unknown_model_is_refused(store: Store) -> None:
    sets.model(store, "a")
    with pytest.raises(NotFound, match="nowhere"):
        compare(store, "a", "nowhere")


@pytest.mark.parametrize(("k", "sample"), [(0, 5), (5, 0), (-1, 5)])
def test_nothing_to_compare_is_refused(store: Store, k: int, sample: int) -> None:
    with pytest.raises(InvalidValue, match="1 at least"):
        compare(store, "a", "b", k, sample)


def test_it_can_be_stopped(store: Store) -> None:
    both(store, sets.random(5, 4), sets.random(5, 4), 5)
    with pytest.raises(Interrupted):
        compare(store, "a", "b", cancelled=lambda: True)
