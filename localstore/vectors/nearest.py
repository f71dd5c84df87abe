"""Nearest: what is asked, brought to the codes or the rows, and answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from localstore.ai_models import LEXICAL, spelled
from localstore.connection import Connection
from localstore.errors import InvalidValue
from localstore.filters import Filter
from localstore.models import AIModel
from localstore.tables import need
from localstore.vectors import approximate, building, exact, keys, question, rows
from localstore.vectors.blocks import CodesDamaged
from localstore.vectors.codes import Ids
from localstore.vectors.holding import Holding, Progress
from localstore.vectors.masks import Condition, condition
from localstore.vectors.matches import Nearest, NearestBatch
from localstore.vectors.question import Question
from localstore.vectors.shown import matches
from localstore.vectors.snapshot import Cancelled, Snapshot, Top, direct, of_few

if TYPE_CHECKING:
    from localstore.store import Store
    from localstore.vectors.batch import Answers

FEW, SHARE = 1_000, 50
"""Rows that a filter may leave to be read one by one: so many, or a 50th of all."""
ALL = 8
"""Asked for more than an eighth of all, every row is scored: bounds would spare nothing."""
TINY = 1e-100
T = TypeVar("T")


class Terms(NamedTuple):
    """What ``Embeddings.nearest`` was told beside the query itself."""

    k: int | None
    model: str | None
    metric: str | None
    where: Filter | None
    exact: bool
    min_score: float | None
    progress: Progress | None = None
    cancelled: Cancelled | None = None


class Lookups:
    """The lookups of one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.holding = Holding(store)

    def nearest(self, query: object, like: str | None, terms: Terms) -> Nearest:
        """Answer one query; see ``Embeddings.nearest``."""
        begun = time.perf_counter()
        if (query is None) == (like is None):
            raise InvalidValue("ask by a vector or a text, or by 'like' an item, content or embedding: one of them")
        if isinstance(query, str):
            query = self._embedded(query, terms)

        def answer(connection: Connection, asked: Question, damaged: bool) -> Nearest:
            asked = self._with_query(connection, asked, query, like)
            top, count, true = self._look(self._snapshot(connection, asked), terms.cancelled, damaged)
            found = matches(connection, list(zip(keys.written(top.ids), top.scores.tolist(), strict=True)))
            took = 1000 * (time.perf_counter() - begun)
            heads = (asked.model, asked.model_id, asked.metric, true, took, count)
            return Nearest(*heads, top.zeros, asked.lexical, found)

        return self._in_one_state(terms, answer)

    def batch(self, queries: object, terms: Terms) -> NearestBatch:
        """Answer many queries; see ``Embeddings.nearest_batch``."""
        begun = time.perf_counter()
        if terms.k is None and terms.min_score is None:
            raise InvalidValue("all matches of many queries are too many: give k, or a least score", "k")

        def answer(connection: Connection, asked: Question, damaged: bool) -> NearestBatch:
            asked = asked._replace(queries=question.as_queries(queries, asked.dim, asked.metric, batch=True))
            found = self._look_for_many(self._snapshot(connection, asked), terms.cancelled, damaged)
            took = 1000 * (time.perf_counter() - begun)
            heads = (asked.model, asked.model_id, asked.metric, found.exact, took, found.compared)
            return NearestBatch(*heads, found.ids, found.scores, found.zeros, asked.lexical)

        return self._in_one_state(terms, answer)

    def _in_one_state(self, terms: Terms, answer: Callable[[Connection, Question, bool], T]) -> T:
        """Answer within one state of the file; first have the codes made when there are none, or damaged ones."""
        prepared = damaged = False
        while True:
            with self.store.reading() as connection:
                asked = self._asked(connection, terms)
                if prepared or self.holding.is_ready(connection, asked.model_id):
                    try:
                        return answer(connection, asked, damaged)
                    except CodesDamaged:
                        self.holding.drop(asked.model_id)
                        prepared, damaged = damaged, True
                        continue
            self.holding.prepare(asked.model_id, terms.progress, terms.cancelled)
            prepared = True

    # -- what is asked --------------------------------------------------------------------------------------

    def _asked(self, connection: Connection, terms: Terms) -> Question:
        k, floor = question.checked_k(terms.k), question.checked_floor(terms.min_score)
        where = question.checked_filter(terms.where)
        model_id = question.choose_model(self.store, connection, terms.model)
        row = need(connection, AIModel, model_id)
        name = spelled(row)
        dim = question.length_of(connection, model_id, name)
        metric = question.chosen_metric(row, terms.metric)
        nothing = np.empty((0, dim))
        lexical = row["provider"] == LEXICAL
        return Question(model_id, name, dim, metric, nothing, k, floor, where, keys.EMPTY, terms.exact, lexical)

    def _with_query(self, connection: Connection, asked: Question, query: object, like: str | None) -> Question:
        left_out = keys.EMPTY
        if like is not None:
            alike = question.likeness(self.store, connection, like, asked.model_id, asked.dim)
            query, left_out = alike.vector, alike.own
        queries = question.as_queries(query, asked.dim, asked.metric, batch=False)
        return asked._replace(queries=queries, left_out=left_out)

    def _embedded(self, text: str, terms: Terms) -> object:
        """Return a text's vector: made outside of any reading, for a service may be slow."""
        from localstore.embedders import embedder

        if not text.strip():
            raise InvalidValue("an empty text is near to nothing: write something", "query")
        with self.store.reading() as connection:
            asked = self._asked(connection, terms)
            model = self.store.ai_models.get(asked.model_id)
        return np.asarray(embedder(model).embed([text], "query"))[0]

    def _snapshot(self, connection: Connection, asked: Question) -> Snapshot:
        held = self.holding.of(asked.model_id)
        return Snapshot(connection, asked, held.index, held.masks, self._condition(connection, asked))

    def _condition(self, connection: Connection, asked: Question) -> Condition | None:
        if asked.where is None:
            return None
        found = condition(self.store.embeddings, connection, asked.where)
        kept = self.holding.of(asked.model_id).lookups > 0 and not self.store.database.is_writer(connection)
        return found if kept else found._replace(key=None)  # what is not committed, or not asked again, is not kept

    # -- answers --------------------------------------------------------------------------------------------

    def _look(self, snapshot: Snapshot, cancelled: Cancelled | None, damaged: bool) -> tuple[Top, int, bool]:
        """Return the best rows, how many were compared, and whether nothing else could be nearer."""
        asked, vector = snapshot.asked, snapshot.asked.queries[0]
        few = None if damaged else self._few(snapshot)
        if few is not None:
            return *of_few(snapshot, few, vector), True
        if damaged or not self._by_codes(snapshot):
            return *direct(snapshot, vector, cancelled), True
        held = self.holding.of(asked.model_id)
        held.lookups += 1
        fast = not asked.exact and asked.k is not None
        act = approximate.approximate if fast else exact.coded
        keep = held.lookups > 1 and self._fits(snapshot)
        top, count = act(snapshot, vector, cancelled, keep=keep)
        top.zeros += snapshot.zeros
        return top, count, not fast

    def _look_for_many(self, snapshot: Snapshot, cancelled: Cancelled | None, damaged: bool) -> Answers:
        from localstore.vectors.batch import (  # not for one cold lookup
            approximate_batch,
            coded_batch,
            direct_batch,
            one_by_one,
        )

        asked = snapshot.asked
        if damaged or not self._by_codes(snapshot):
            return direct_batch(snapshot, cancelled)
        if not self._fits(snapshot):
            return one_by_one(snapshot, cancelled)
        self.holding.of(asked.model_id).lookups += 1
        fast = not asked.exact and asked.k is not None
        return (approximate_batch if fast else coded_batch)(snapshot, cancelled)

    @staticmethod
    def _is_tiny(asked: Question) -> bool:
        """Tell whether a query's squares would vanish in float64, and with them its bounds."""
        largest = np.abs(asked.queries).max(axis=1, initial=0.0)
        return bool(((largest > 0) & (largest < TINY)).any())

    def _fits(self, snapshot: Snapshot) -> bool:
        """Tell whether the codes may be kept in memory."""
        assert snapshot.state is not None
        held = self.holding.of(snapshot.asked.model_id)
        return held.size(snapshot.connection, snapshot.state) <= question.memory()

    def _few(self, snapshot: Snapshot) -> Ids | None:
        """Return the ids a filter leaves, when these are so few that their rows are read."""
        wanted = snapshot.wanted
        if wanted is None or snapshot.state is None or wanted.key is not None:
            return None
        ids = wanted.ids(snapshot.connection, snapshot.asked.model_id)
        snapshot.wanted = wanted.known(ids)
        few = len(ids) <= FEW or len(ids) * SHARE <= rows.count(snapshot.connection, snapshot.asked.model_id)
        return ids if few else None

    def _by_codes(self, snapshot: Snapshot) -> bool:
        """Tell whether codes would spare anything."""
        asked = snapshot.asked
        if snapshot.state is None or self._is_tiny(asked):
            return False
        if asked.k is None:
            return asked.floor is not None
        if asked.k * ALL <= building.WORTH:
            return True
        return asked.k * ALL <= rows.count(snapshot.connection, asked.model_id)  # milliseconds for a million
