"""Nearest: what is asked, brought to the codes or the rows, and answered with what a person wants to read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from localstore.ai_models import spelled
from localstore.connection import Connection
from localstore.errors import InvalidValue, StoreBusy
from localstore.filters import Filter
from localstore.models import AIModel
from localstore.tables import need
from localstore.vectors import approximate, blocks, building, exact, keys, question, rows
from localstore.vectors.batch import Answers, approximate_batch, coded_batch, direct_batch
from localstore.vectors.blocks import CodesDamaged
from localstore.vectors.index import Index
from localstore.vectors.masks import Condition, Masks, condition
from localstore.vectors.matches import Match, Nearest, NearestBatch
from localstore.vectors.question import Question
from localstore.vectors.snapshot import Cancelled, Snapshot, Top, direct, of_few

if TYPE_CHECKING:
    from localstore.store import Store

NOTED = 1_024
"""Noted rows beyond which they are folded into blocks before a search."""
FEW, SHARE = 1_000, 50
"""Rows that a filter may leave to be read one by one: so many, or a 50th of all."""
ALL = 8
"""Asked for more than an eighth of all, every row is scored: bounds would spare nothing."""
Progress = Callable[[int, int], None]


@dataclass
class Held:
    """What one model's lookups keep in this process."""

    index: Index
    masks: Masks
    lookups: int = 0


@dataclass
class Holdings:
    """What a store's lookups keep, by model."""

    models: dict[str, Held] = field(default_factory=dict)

    def of(self, model_id: str) -> Held:
        """Return what is kept of a model."""
        return self.models.setdefault(model_id, Held(Index(model_id), Masks(model_id)))


class Lookups:
    """The lookups of one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.held = Holdings()

    def nearest(
        self,
        query: object,
        *,
        k: int | None,
        model: str | None,
        metric: str | None,
        where: Filter | None,
        exact: bool,
        like: str | None,
        min_score: float | None,
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> Nearest:
        """Answer one query; see ``Embeddings.nearest``."""
        begun = time.perf_counter()
        asked = self._question(query, k, model, metric, where, exact, like, min_score)
        top, count, really = self._answer(asked, progress, cancelled)
        with self.store.reading() as connection:
            found = matches(connection, list(zip(keys.written(top.ids), top.scores.tolist(), strict=True)))
        took = 1000 * (time.perf_counter() - begun)
        return Nearest(asked.model, asked.model_id, asked.metric, really, took, count, top.zeros, asked.lexical, found)

    def _question(
        self,
        query: object,
        k: int | None,
        model: str | None,
        metric: str | None,
        where: Filter | None,
        exact: bool,
        like: str | None,
        min_score: float | None,
    ) -> Question:
        """Check what is asked; texts are embedded outside of any reading."""
        if (query is None) == (like is None):
            raise InvalidValue("ask by a vector or a text, or by 'like' an item, content or embedding: one of them")
        with self.store.reading() as connection:
            asked = self._asked(connection, model, metric, where, k, min_score, exact)
            if like is not None:
                alike = question.likeness(self.store, connection, like, asked.model_id, asked.dim)
                queries = question.as_queries(alike.vector, asked.dim, asked.metric, batch=False)
                return replace(asked, queries=queries, left_out=alike.own)
        if isinstance(query, str):
            return self._by_text(asked, query)
        return replace(asked, queries=question.as_queries(query, asked.dim, asked.metric, batch=False))

    def _asked(
        self,
        connection: Connection,
        model: str | None,
        metric: str | None,
        where: Filter | None,
        k: int | None,
        floor: float | None,
        exact: bool,
    ) -> Question:
        question.check_k(k)
        if floor is not None and not np.isfinite(floor):
            raise InvalidValue(f"{floor} is no score to reach: give a number", "min_score")
        model_id = question.choose_model(self.store, connection, model)
        row = need(connection, AIModel, model_id)
        name = spelled(row)
        dim = question.length_of(connection, model_id, name)
        chosen = question.chosen_metric(row, metric)
        return Question(model_id, name, dim, chosen, np.empty((0, dim)), k, floor, where or None, keys.EMPTY, exact)

    def _by_text(self, asked: Question, text: str) -> Question:
        from localstore.embedders import embedder

        if not text.strip():
            raise InvalidValue("an empty text is near to nothing: write something", "query")
        made = embedder(self.store.ai_models.get(asked.model_id))
        vectors = made.embed([text], "query")
        queries = question.as_queries(np.asarray(vectors)[0], asked.dim, asked.metric, batch=False)
        return replace(asked, queries=queries, lexical=made.lexical)

    # -- answering ------------------------------------------------------------------------------------------

    def _answer(self, asked: Question, progress: Progress | None, cancelled: Cancelled | None) -> tuple[Top, int, bool]:
        """Return the best rows, how many were compared, and whether it is exact."""
        for _ in range(2):
            self.prepare(asked.model_id, progress)
            try:
                return self._look(asked, cancelled)
            except CodesDamaged:
                self.forget(asked.model_id)
        with self.store.reading() as connection:  # damaged, and nobody may mend it
            snapshot = self._snapshot(connection, asked)
            top, count = direct(snapshot, asked.queries[0], cancelled)
            return top, count, True

    def _look(self, asked: Question, cancelled: Cancelled | None) -> tuple[Top, int, bool]:
        held = self.held.of(asked.model_id)
        with self.store.reading() as connection:
            snapshot = self._snapshot(connection, asked)
            vector = asked.queries[0]
            few = self._few(connection, snapshot)
            if few is not None:
                top, count = of_few(snapshot, few, vector)
                return top, count, True
            if not self._by_codes(connection, snapshot):
                top, count = direct(snapshot, vector, cancelled)
                return top, count, True
            held.lookups += 1
            keep = held.lookups > 1
            act = exact.coded if asked.exact or asked.k is None else approximate.approximate
            top, count = act(snapshot, vector, cancelled, keep=keep)
            top.zeros += snapshot.zeros
            return top, count, act is exact.coded

    def _snapshot(self, connection: Connection, asked: Question) -> Snapshot:
        held = self.held.of(asked.model_id)
        wanted = self._condition(connection, asked.where)
        return Snapshot(connection, asked, held.index, held.masks, wanted)

    def _condition(self, connection: Connection, where: Filter | None) -> Condition | None:
        if where is None:
            return None
        found = condition(self.store.embeddings, connection, where)
        if self.store.database.is_writer(connection):  # what is not committed is not kept
            return Condition(found.sql, found.bindings, None)
        return found

    def _few(self, connection: Connection, snapshot: Snapshot) -> Any:
        """Return the ids a filter leaves, when these are so few that their rows are read."""
        wanted = snapshot.wanted
        if wanted is None or snapshot.state is None or wanted.key is not None:
            return None
        ids = wanted.ids(connection, snapshot.asked.model_id)
        snapshot.wanted = wanted.known(ids)
        few = len(ids) <= FEW or len(ids) * SHARE <= rows.count(connection, snapshot.asked.model_id)
        return ids if few else None

    def _by_codes(self, connection: Connection, snapshot: Snapshot) -> bool:
        """Tell whether codes would spare anything."""
        asked = snapshot.asked
        if snapshot.state is None:
            return False
        if asked.k is None:
            return asked.floor is not None
        if asked.k * ALL <= building.WORTH:
            return True
        return asked.k * ALL <= rows.count(connection, asked.model_id)  # milliseconds for a million

    # -- many queries ---------------------------------------------------------------------------------------

    def batch(
        self,
        queries: object,
        *,
        k: int | None,
        model: str | None,
        metric: str | None,
        where: Filter | None,
        exact: bool,
        min_score: float | None,
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> NearestBatch:
        """Answer many queries; see ``Embeddings.nearest_batch``."""
        begun = time.perf_counter()
        if k is None and min_score is None:
            raise InvalidValue("all matches of many queries are too many: give k, or a least score", "k")
        with self.store.reading() as connection:
            asked = self._asked(connection, model, metric, where, k, min_score, exact)
        array = question.as_queries(queries, asked.dim, asked.metric, batch=True)
        asked = replace(asked, queries=array)
        found = self._answer_batch(asked, progress, cancelled)
        took = 1000 * (time.perf_counter() - begun)
        return NearestBatch(
            asked.model,
            asked.model_id,
            asked.metric,
            found.exact,
            took,
            found.compared,
            found.ids,
            found.scores,
            found.zeros,
        )

    def _answer_batch(self, asked: Question, progress: Progress | None, cancelled: Cancelled | None) -> Answers:
        for _ in range(2):
            self.prepare(asked.model_id, progress)
            try:
                with self.store.reading() as connection:
                    snapshot = self._snapshot(connection, asked)
                    if self._by_codes(connection, snapshot):
                        self.held.of(asked.model_id).lookups += 1
                        fast = not asked.exact and asked.k is not None
                        return (approximate_batch if fast else coded_batch)(snapshot, cancelled)
                    return direct_batch(snapshot, cancelled)
            except CodesDamaged:
                self.forget(asked.model_id)
        with self.store.reading() as connection:
            return direct_batch(self._snapshot(connection, asked), cancelled)

    # -- keeping the codes ----------------------------------------------------------------------------------

    def prepare(self, model_id: str, progress: Progress | None = None) -> None:
        """Make a model's codes when it has none, and fold in what was noted; whoever may not write does without."""
        if self.store.read_only or self.store.database.is_writing():
            return
        with self.store.reading() as connection:
            state = blocks.state(connection, model_id)
            noted = blocks.count_changed(connection) if state else 0
            if state is None or not state.built:
                if rows.count(connection, model_id) < building.WORTH:
                    return
                noted = -1
            elif noted > building.FOLDED and noted * 4 > rows.count(connection, model_id):
                noted = -1  # making them anew is quicker
        try:
            if noted < 0:
                building.build(self.store, model_id, progress)
            while noted > NOTED:
                with self.store.database.writing(timeout=0.05) as connection:
                    folded = building.fold(connection)
                noted = noted - folded if folded else 0
        except StoreBusy:
            return

    def rebuild(self, model_id: str, progress: Progress | None = None) -> int:
        """Make a model's codes anew; return how many vectors they hold."""
        self.forget(model_id, drop=False)
        made = building.build(self.store, model_id, progress)
        if made is None:
            raise StoreBusy("Another program is making these codes right now: nothing to do.")
        return made

    def forget(self, model_id: str, *, drop: bool = True) -> None:
        """Let go of a model's codes here, and in the file when they are damaged there."""
        self.held.models.pop(model_id, None)
        if drop and not self.store.read_only and not self.store.database.is_writing():
            try:
                with self.store.database.writing(timeout=0.05) as connection:
                    blocks.drop(connection, model_id)
            except StoreBusy:
                return


# -- what is shown ----------------------------------------------------------------------------------------------

SNIPPET = 160
_SHOWN = (
    "SELECT i.id, COALESCE(e.content_id, json_extract(e.meta_data, '$.content_id')), i.type, i.title,"
    " substr(COALESCE(c.text, i.description, (SELECT t.text FROM contents t WHERE t.item_id = i.id"
    " ORDER BY t.created_at, t.id LIMIT 1), ''), 1, 400)"
    " FROM embeddings e LEFT JOIN contents c"
    " ON c.id = COALESCE(e.content_id, json_extract(e.meta_data, '$.content_id'))"
    " JOIN items i ON i.id = COALESCE(c.item_id, e.item_id) WHERE e.id = ?"
)


def matches(connection: Connection, pairs: Sequence[tuple[str, float]]) -> list[Match]:
    """Join (embedding id, score) to titles and snippets, in this order; those whose item is gone are left out."""
    found: list[Match] = []
    for pk, score in pairs:
        row = connection.execute(_SHOWN, (pk,)).fetchone()
        if row:
            item, content, kind, title, text = row
            snippet = " ".join(text.split())[:SNIPPET]
            found.append(Match(len(found) + 1, float(score), pk, item, content, kind, title, snippet))
    return found
