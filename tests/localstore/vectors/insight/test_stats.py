"""Figures of the vectors of each model."""

from __future__ import annotations

import math

import numpy
import pytest

from localstore import Store
from localstore.errors import Interrupted, NotFound
from localstore.values import text_hash
from localstore.vectors.insight.stats import stats
from tests.localstore.vectors import sets


def test_an_empty_store_has_no_figures(store: Store) -> None:
    assert stats(store) == []


def test_a_model_without_vectors_is_counted_with_all_items_without(store: Store) -> None:
    sets.model(store, dim=8)
    sets.items(store, ["a", "b"])
    (found,) = stats(store)
    assert (found.model, found.count, found.dim, found.without, found.metric) == ("p/m", 0, 8, 2, "cosine")
    assert (found.norm_min, found.norm_histogram, found.bytes) == (None, [], 0)


def test_norms_are_those_of_float64(store: Store) -> None:
    rows = sets.random(300, 17)
    sets.embed(store, sets.model(store, metric="dot"), sets.items(store, ["t"] * 300), rows)
    (found,) = stats(store)
    norms = numpy.linalg.norm(rows.astype(numpy.float32).astype(numpy.float64), axis=1)
    figures = [found.norm_min, found.norm_mean, found.norm_max]
    assert figures == pytest.approx([norms.min(), norms.mean(), norms.max()], 1e-12)
    assert found.metric == "dot"
    assert (found.lengths, found.bytes) == ({17: 300}, 300 * 17 * 4)


def test_the_histogram_counts_every_vector_once(store: Store) -> None:
    rows = sets.random(300, 5)
    sets.embed(store, sets.model(store), sets.items(store, ["t"] * 300), rows)
    (found,) = stats(store)
    lowers, uppers, counts = zip(*found.norm_histogram, strict=True)
    assert (sum(counts), len(counts)) == (300, 20)
    assert (lowers[0], uppers[-1]) == (found.norm_min, found.norm_max)
    assert lowers[1:] == uppers[:-1]


def test_vectors_scaled_to_one_are_a_single_bar(store: Store) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["t"] * 40), sets.unit(sets.random(40, 30)))
    (found,) = stats(store)
    ((lower, upper, count),) = found.norm_histogram
    assert (lower, upper, count) == (found.norm_min, found.norm_max, 40)


def test_zero_vectors_and_bad_ones_are_counted(store: Store) -> None:
    made = sets.embed(store, sets.model(store), sets.items(store, ["t"] * 4), sets.random(4, 3))
    sets.foreign(store, made[0], [0, 0, 0])
    sets.foreign(store, made[1], [math.nan, 0, 0])
    sets.foreign(store, made[2], [math.inf, 0, 0])
    (found,) = stats(store)
    assert (found.zeros, found.bad, found.norm_min) == (1, 2, 0.0)


def test_a_length_that_differs_is_seen(store: Store) -> None:
    made = sets.embed(store, sets.model(store), sets.items(store, ["t"] * 3), sets.random(3, 3))
    sets.foreign(store, made[2], [1, 2])
    (found,) = stats(store)
    assert found.lengths == {2: 1, 3: 2}


def test_freshness_is_counted_by_model(store: Store) -> None:
    first, second = sets.model(store, "a"), sets.model(store, "b")
    contents = sets.items(store, ["one", "two", "three"])
    sets.embed(store, first, contents[:1], sets.random(1, 3), {"text_sha256": text_hash("one")})
    sets.embed(store, first, contents[1:2], sets.random(1, 3), {"text_sha256": text_hash("other")})
    sets.embed(store, second, contents, sets.random(3, 3))
    a, b = stats(store)
    assert (a.fresh, a.stale, a.unknown, a.without) == (1, 1, 0, 1)
    assert (b.fresh, b.stale, b.unknown, b.without) == (0, 0, 3, 0)


def test_an_edited_text_makes_its_vector_stale(store: Store) -> None:
    (content,) = sets.items(store, ["one"])
    sets.embed(store, sets.model(store), [content], sets.random(1, 3), {"text_sha256": text_hash("one")})
    store.contents.edit(content, text="two")
    assert [(each.fresh, each.stale) for each in stats(store)] == [(0, 1)]


def test_truncated_texts_are_counted(store: Store) -> None:
    model, contents = sets.model(store), sets.items(store, ["a", "b", "c"])
    sets.embed(store, model, contents[:1], sets.random(1, 3), {"truncated": True})
    sets.embed(store, model, contents[1:2], sets.random(1, 3), {"truncated": False})
    sets.embed(store, model, contents[2:], sets.random(1, 3))
    assert stats(store)[0].truncated == 1


def test_counts_alone_are_the_same_and_nothing_else_is_measured(store: Store) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["t"] * 9), sets.random(9, 3))
    (quick,), (whole,) = stats(store, norms=False), stats(store)
    assert (quick.count, quick.unknown, quick.without, quick.bytes) == (9, 9, 0, whole.bytes)
    assert (quick.measured, quick.norm_mean, whole.measured) == (False, None, True)


def test_one_model_is_asked_for_by_name(store: Store) -> None:
    sets.model(store, "a")
    sets.model(store, "b")
    assert [each.model for each in stats(store, "b")] == ["p/b"]


def test_an_unknown_model_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        stats(store, "nowhere")


def test_progress_ends_at_the_whole(store: Store) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["t"] * 9), sets.random(9, 3))
    seen: list[tuple[int, int]] = []
    stats(store, progress=lambda done, whole: seen.append((done, whole)))
    assert seen == [(9, 9)]


def test_it_can_be_stopped(store: Store) -> None:
    sets.embed(store, sets.model(store), sets.items(store, ["t"]), sets.random(1, 3))
    with pytest.raises(Interrupted):
        stats(store, cancelled=lambda: True)
