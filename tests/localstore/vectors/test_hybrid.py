"""Words and meaning together."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy
import pytest

from localstore import Filter, Store, embedders
from localstore.errors import InvalidValue
from localstore.hybrid import fused_score, hybrid
from tests.localstore.vectors import sets

MEANINGS = {"cat": [1.0, 0.0, 0.0], "kitten": [0.9, 0.1, 0.0], "dog": [0.3, 0.9, 0.0], "tax": [0.0, 0.0, 1.0]}


class Meanings:
    """Stands for a service that cannot be here: knows the meaning of four words."""

    lexical = False
    dim, batch, limit = 3, 8, None

    def embed(self, texts: Sequence[str], kind: str = "document") -> Any:
        rows = [
            sum((numpy.array(MEANINGS[w]) for w in text.split() if w in MEANINGS), numpy.zeros(3)) for text in texts
        ]
        return numpy.array(rows, dtype=numpy.float32)


@pytest.fixture(autouse=True)
def services(monkeypatch: pytest.MonkeyPatch) -> None:
    there = embedders.providers() | {"meaning": SimpleNamespace(embedder=lambda _: Meanings())}
    monkeypatch.setattr(embedders, "providers", lambda: there)


def filled(store: Store, texts: Sequence[str] = ("cat", "kitten", "dog", "tax")) -> str:
    model = sets.model(store, "animals", 3, "meaning")
    sets.embed(store, model, sets.items(store, list(texts)), Meanings().embed(texts))
    return model


def test_what_is_found_both_ways_comes_first_and_what_only_means_it_is_found_too(store: Store) -> None:
    filled(store)
    found = hybrid(store, "cat").rows
    assert [(hit.snippet, hit.by_words, hit.by_meaning) for hit in found] == [
        ("cat", 1, 1),
        ("kitten", None, 2),
        ("dog", None, 3),
        ("tax", None, 4),
    ]


def test_the_score_is_the_sum_of_reciprocal_ranks(store: Store) -> None:
    filled(store)
    cat, kitten, *_ = hybrid(store, "cat").rows
    assert (cat.score, kitten.score) == (1 / 61 + 1 / 61, 1 / 62)
    assert cat.similarity == pytest.approx(1.0)
    assert cat.marks == ((0, 3),)


@pytest.mark.parametrize(("ranks", "score"), [((1, 1), 2 / 61), ((None, 3), 1 / 63), ((2, None), 1 / 62)])
def test_a_list_on_which_an_item_is_not_adds_nothing(ranks: tuple[int | None, ...], score: float) -> None:
    assert fused_score(*ranks) == score


def test_an_item_counts_once_by_its_best_text(store: Store) -> None:
    model = filled(store, ["dog"])
    item = store.items.add("Many", text="tax")
    contents = [store.contents.of(item.id)[0].id, store.contents.add(item.id, "cat").id]
    sets.embed(store, model, contents, Meanings().embed(["tax", "cat"]))
    found = hybrid(store, "kitten").rows
    assert [(hit.title, hit.snippet, hit.by_meaning) for hit in found] == [("Many", "cat", 1), ("Item 0000", "dog", 2)]


def test_a_filter_holds_for_both(store: Store) -> None:
    filled(store)
    store.items.add("A paper", type="paper", text="cat")
    assert [hit.type for hit in hybrid(store, "cat", Filter(types=("paper",))).rows] == ["paper"]


def test_pages_follow_each_other_without_a_gap(store: Store) -> None:
    filled(store)
    whole = hybrid(store, "cat").rows
    first = hybrid(store, "cat", limit=3)
    rest = hybrid(store, "cat", limit=3, after=first.next)
    assert (first.next, rest.next) == ("3", None)
    assert [*first.rows, *rest.rows] == whole


def test_no_words_find_nothing(store: Store) -> None:
    assert hybrid(store, "  ").rows == []


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5"])
def test_a_cursor_that_is_none_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(InvalidValue, match="no cursor"):
        hybrid(store, "cat", after=cursor)


def test_a_lexical_model_takes_no_part_and_the_advice_is_given(store: Store) -> None:
    sets.embed(store, sets.model(store, "hash", 3, "builtin"), sets.items(store, ["cat"]), [[1.0, 0.0, 0.0]])
    with pytest.raises(InvalidValue, match=r"builtin/hash compares words, not meanings.*embed setup"):
        hybrid(store, "cat")


def test_a_lexical_model_that_is_named_is_refused_too(store: Store) -> None:
    filled(store)
    sets.model(store, "hash", 3, "builtin")
    with pytest.raises(InvalidValue, match="compares words, not meanings"):
        hybrid(store, "cat", model="hash")


def test_among_lexical_models_the_one_that_embeds_meanings_is_asked(store: Store) -> None:
    filled(store)
    sets.embed(store, sets.model(store, "hash", 3, "builtin"), sets.items(store, ["bird"]), [[1.0, 0.0, 0.0]])
    assert [hit.snippet for hit in hybrid(store, "cat").rows] == ["cat", "kitten", "dog", "tax"]


def test_vectors_that_nothing_here_makes_are_told(store: Store) -> None:
    sets.embed(store, sets.model(store, "far", 3, "elsewhere"), sets.items(store, ["cat"]), [[1.0, 0.0, 0.0]])
    with pytest.raises(InvalidValue, match="nothing here embeds a query for elsewhere/far"):
        hybrid(store, "cat")


def test_a_store_without_vectors_is_told(store: Store) -> None:
    with pytest.raises(InvalidValue, match="no vectors to find meanings by"):
        hybrid(store, "cat")


def test_of_two_models_one_must_be_named(store: Store) -> None:
    filled(store)
    second = sets.model(store, "others", 3, "meaning")
    sets.embed(store, second, sets.items(store, ["cat"]), Meanings().embed(["cat"]))
    with pytest.raises(InvalidValue, match="meaning/animals, meaning/others"):
        hybrid(store, "cat")
    assert hybrid(store, "cat", model="others").rows[0].by_meaning == 1
