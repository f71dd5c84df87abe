"""How much of the truth approximate lookups find."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy
import pytest

from localstore import Store
from localstore.embeddings import Embeddings
from localstore.errors import Ambiguous, Interrupted, InvalidValue, NotFound
from localstore.vectors.insight.recall import recall
from localstore.vectors.matches import Match
from tests.localstore.vectors import sets


def filled(store: Store, rows: Any, metric: str = "cosine") -> list[str]:
    return sets.embed(store, sets.model(store, metric=metric), sets.items(store, ["t"] * len(rows)), rows)


def answering(monkeypatch: pytest.MonkeyPatch, fast: Callable[[list[Match]], list[Match]]) -> None:
    """Let approximate lookups answer the truth as *fast* changes it."""
    whole = Embeddings.nearest

    def nearest(self: Embeddings, *args: Any, **kwargs: Any) -> Any:
        found = whole(self, *args, **(kwargs | {"exact": True, "k": 20}))
        wanted = found.matches[: kwargs["k"]]
        return replace(found, matches=wanted if kwargs.get("exact", True) else fast(found.matches)[: kwargs["k"]])

    monkeypatch.setattr(Embeddings, "nearest", nearest)


def test_a_small_set_is_found_whole(store: Store) -> None:
    filled(store, sets.random(40, 16))
    found = recall(store, k=5)
    assert (found.model, found.k, found.sampled, found.total, found.metric) == ("p/m", 5, 40, 40, "cosine")
    assert (found.recall, found.worst) == (1.0, 1.0)
    assert found.exact_ms > 0 and found.fast_ms > 0


def test_what_is_missed_is_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store, sets.random(60, 8))
    answering(monkeypatch, lambda matches: [*matches[:4], *matches[5:]])
    found = recall(store, k=4)
    assert (found.recall, found.worst) == (0.75, 0.75)


def test_equal_scores_are_equally_right(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(store, numpy.ones((30, 4)))
    answering(monkeypatch, lambda matches: matches[::-1])
    assert recall(store, k=5).recall == 1.0


@pytest.mark.parametrize("metric", ["cosine", "dot", "l2"])
def test_every_metric_is_measured(store: Store, metric: str) -> None:
    filled(store, sets.random(30, 6), metric)
    found = recall(store, k=3, sample=10)
    assert (found.metric, found.sampled, found.recall) == (metric, 10, 1.0)


def test_zero_vectors_and_bad_ones_ask_nothing(store: Store) -> None:
    made = filled(store, sets.random(8, 3))
    sets.foreign(store, made[0], [0, 0, 0])
    sets.foreign(store, made[1], [math.nan, 0, 0])
    assert recall(store, k=2).sampled == 6


def test_progress_ends_at_the_sample(store: Store) -> None:
    filled(store, sets.random(8, 3))
    seen: list[tuple[int, int]] = []
    recall(store, k=2, sample=5, progress=lambda done, whole: seen.append((done, whole)))
    assert seen == [(at, 5) for at in range(1, 6)]


def test_a_single_vector_has_no_neighbours_to_measure(store: Store) -> None:
    filled(store, [[1.0, 2.0]])
    with pytest.raises(InvalidValue, match="p/m has 1 vectors"):
        recall(store)


def test_a_store_without_vectors_is_told(store: Store) -> None:
    with pytest.raises(NotFound, match="no vectors yet"):
        recall(store)


def test_with_two_models_one_must_be_named(store: Store) -> None:
    contents = sets.items(store, ["a", "b"])
    sets.embed(store, sets.model(store, "a"), contents, sets.random(2, 3))
    sets.embed(store, sets.model(store, "b"), contents, sets.random(2, 3))
    with pytest.raises(Ambiguous, match="p/a, p/b"):
        recall(store)


@pytest.mark.parametrize(("k", "sample"), [(0, 5), (5, 0), (-1, 1)])
def test_nothing_to_ask_is_refused(store: Store, k: int, sample: int) -> None:
    with pytest.raises(InvalidValue, match="1 at least"):
        recall(store, None, k, sample)


def test_it_can_be_stopped(store: Store) -> None:
    filled(store, sets.random(4, 3))
    with pytest.raises(Interrupted):
        recall(store, cancelled=lambda: True)
