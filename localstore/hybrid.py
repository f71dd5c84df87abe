"""Hybrid search: words and meaning together, by reciprocal rank fusion.

An item scores ``1 / (60 + rank)`` for each of the two lists it is on; the constant is the one of Cormack, Clarke and
Büttcher ("Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009). A weak
list halves the quality of a good one, so vectors that only compare words take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localstore.ai_models import spelled
from localstore.errors import InvalidValue, NotFound
from localstore.rows import Page, check_limit
from localstore.search import Hit, offset

if TYPE_CHECKING:
    from localstore.filters import Filter
    from localstore.models import AIModel
    from localstore.store import Store
    from localstore.vectors.matches import Match

K = 60
DEPTH = 100
"""Items of each list that take part, at least."""
SPARE = 3
"""Vectors looked up for each item wanted: an item may have several."""
ADVICE = "'localstore embed setup' finds a service that embeds meanings; without --hybrid the words alone are searched"


@dataclass(frozen=True)
class HybridHit(Hit):
    """An item found by its words, its meaning, or both.

    ``by_words`` and ``by_meaning`` are its ranks on the two lists, from 1, None where it is not; ``similarity`` is
    its nearest vector's score. Snippet and ``marks`` (start, end) are those of the words when they were found.
    """

    by_words: int | None
    by_meaning: int | None
    similarity: float | None


def hybrid(
    store: Store,
    words: str,
    where: Filter | None = None,
    *,
    limit: int = 20,
    after: str | None = None,
    model: str | None = None,
) -> Page[HybridHit]:
    """Return the items that *words* find by their letters or their meaning, best first; equal ones by id.

    ``after`` is the ``next`` of the page before. Raises InvalidValue when no model with vectors embeds meanings, or
    several do and none is named, and what its embedder raises when its service is down.
    """
    check_limit(limit)
    if not words.strip():
        return Page([], None)
    start = offset(after)
    chosen = _meaningful(store, model)
    depth = max(DEPTH, start + limit + 1)
    with_words = store.search(words, where, limit=depth).rows
    nearest = store.embeddings.nearest(words, k=depth * SPARE, model=chosen, where=where)
    found = _fused(with_words, _items(nearest.matches)[:depth])
    return Page(found[start : start + limit], str(start + limit) if len(found) > start + limit else None)


def _items(matches: Sequence[Match]) -> list[Match]:
    """Keep the nearest vector of each item."""
    seen: dict[str, Match] = {}
    for match in matches:
        seen.setdefault(match.item_id, match)
    return list(seen.values())


def _fused(with_words: Sequence[Hit], near: Sequence[Match]) -> list[HybridHit]:
    words = {hit.item_id: (rank, hit) for rank, hit in enumerate(with_words, 1)}
    meanings = {match.item_id: (rank, match) for rank, match in enumerate(near, 1)}
    hits = [_hit(words.get(pk), meanings.get(pk)) for pk in words | meanings]
    return sorted(hits, key=lambda hit: (-hit.score, hit.item_id))


def _hit(word: tuple[int, Hit] | None, meaning: tuple[int, Match] | None) -> HybridHit:
    ranks = (word[0] if word else None, meaning[0] if meaning else None)
    shown = word[1] if word else meaning[1] if meaning else None
    assert shown is not None
    return HybridHit(
        shown.item_id,
        shown.content_id,
        shown.type,
        shown.title,
        shown.snippet,
        word[1].marks if word else (),
        fused_score(*ranks),
        *ranks,
        meaning[1].score if meaning else None,
    )


def fused_score(*ranks: int | None) -> float:
    """Return the sum of ``1 / (60 + rank)`` over the lists that an item is on."""
    return sum(1 / (K + rank) for rank in ranks if rank is not None)


# -- the model ---------------------------------------------------------------------------------------------


def _meaningful(store: Store, model: str | None) -> str:
    """Return the id of the model to ask: the one named, or the only one with vectors that embeds meanings."""
    if model is not None:
        named = store.ai_models.get(model)
        if reason := _unfit(named):
            raise InvalidValue(f"{reason}: {ADVICE}")
        return str(named.id)
    from localstore.vectors.rows import models_with_vectors

    with store.reading() as connection:
        models = store.ai_models.load_all(connection, models_with_vectors(connection))
    if not models:
        raise InvalidValue(f"the store has no vectors to find meanings by: {ADVICE}")
    fit = [each for each in models if not _unfit(each)]
    if len(fit) == 1:
        return str(fit[0].id)
    if fit:
        names = ", ".join(sorted(map(_called, fit)))
        raise InvalidValue(f"several models embed meanings: name one with --model: {names}")
    raise InvalidValue(f"{'; '.join(map(_unfit, models[:3]))}: {ADVICE}")


def _unfit(model: AIModel) -> str:
    """Return why a model cannot say what a query means; empty when it can."""
    from localstore.embedders import embedder

    try:
        lexical = embedder(model).lexical
    except NotFound:
        return f"nothing here embeds a query for {_called(model)}"
    return f"{_called(model)} compares words, not meanings" if lexical else ""


def _called(model: AIModel) -> str:
    return spelled({"provider": model.provider, "name": model.name, "version": model.version})
