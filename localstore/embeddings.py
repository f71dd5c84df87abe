"""Embeddings: vectors of texts, one for each model and text, that know the text they were made from.

The first model's vector of a content sits on the content; another model's sits on the item, and
``meta_data.content_id`` names the content; one of a whole item sits on the item and names none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import ids, tables
from localstore.ai_models import dimension
from localstore.connection import Connection
from localstore.errors import InvalidValue, NotFound
from localstore.fields import to_vector
from localstore.filters import Filter
from localstore.freshness import Freshness, content_text, item_text
from localstore.models import Content, Embedding
from localstore.rows import Rows
from localstore.values import text_hash

if TYPE_CHECKING:
    import numpy
    from numpy.typing import ArrayLike, NDArray

    from localstore.deeds.actions import Action
    from localstore.fields import Vector
    from localstore.vectors.incoming.report import PutReport
    from localstore.vectors.matches import Match, Nearest, NearestBatch
    from localstore.vectors.nearest import Lookups

    Progress = Callable[[int, int], None]

HASH, TEXT = "text_sha256", "content_id"


class Target(NamedTuple):
    """What a vector stands for: one content of an item, or the whole item."""

    item_id: str
    content_id: str | None = None

    def text(self, connection: Connection) -> str:
        """Return the text as it is now."""
        found = content_text(connection, self.content_id) if self.content_id else item_text(connection, self.item_id)
        return found or ""


class Embeddings(Rows[Embedding]):
    """``store.embeddings``."""

    model = Embedding

    # -- writing ------------------------------------------------------------------------------------------

    def put_one(
        self,
        model: str,
        vector: Sequence[float] | Vector,
        *,
        content: str | None = None,
        item: str | None = None,
        text_sha256: str | None = None,
        meta_data: Mapping[str, Any] | None = None,
    ) -> Embedding:
        """Store a model's vector of a content or of a whole item, in place of the one it had.

        Another model's is left alone. ``text_sha256`` is the hash of the text it was made from; the text as it
        is now when None. Raises InvalidValue, with both numbers, for a vector of another length than the model's.
        """
        model_id = self.store.ai_models.resolve(model)
        checked = to_vector(vector)
        with self.store.action("embedding.stored", "store vector") as action:
            target = self._target(action.connection, content, item)
            _check_length(action.connection, model_id, len(checked))
            meta = {**(meta_data or {}), HASH: text_sha256 or text_hash(target.text(action.connection))}
            pk = _write(action, model_id, target, checked, meta)
            action.about = {"model_id": model_id, "item_id": target.item_id}
            action.payload = {"id": pk, "dim": len(checked)}
            return self.load(action.connection, pk)

    def add(self, model: str, vector: Sequence[float] | Vector, **where: Any) -> Embedding:  # type: ignore[override]
        """Store a vector: the same as ``put_one``."""
        return self.put_one(model, vector, **where)

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> Embedding:
        """Set ``meta_data`` or the vector, which keeps its length; model and text stay.

        Another vector counts as made of the text as it is now, unless ``meta_data`` says otherwise.
        """
        for column in columns.keys() - {"meta_data", "vector"}:
            raise InvalidValue("only meta_data and the vector can be edited: store another vector instead", column)
        pk = self.resolve(ref)
        with self.store.action("embedding.edited", "edit embedding") as action:
            row = tables.need(action.connection, Embedding, pk)
            if "vector" in columns:
                columns |= _replacing(action.connection, row, columns)
            action.update(Embedding, pk, columns, expected)
            action.about = {"model_id": row["model_id"], "item_id": row["item_id"]}
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def _target(self, connection: Connection, content: str | None, item: str | None) -> Target:
        if (content is None) == (item is None):
            raise InvalidValue("a vector stands for one content or one item: name one of the two")
        if content is None:
            return Target(self.store.items.resolve(item or ""))
        row = tables.need(connection, Content, self.store.contents.resolve(content))
        return Target(row["item_id"], row["id"])

    def put(
        self,
        model: str,
        keys: Sequence[str],
        matrix: ArrayLike,
        texts: Sequence[str | None] | None = None,
        *,
        titles: Sequence[str | None] | None = None,
        metadata: Sequence[Mapping[str, Any] | None] | None = None,
        create: bool = True,
        source: str = "vectors",
        progress: Progress | None = None,
    ) -> PutReport:
        """Store many vectors at once: *matrix* ``(n, d)`` of any float dtype, a row for each of *keys* ``(n,)``.

        A key is the id of an item, a content or an embedding, else a name within *source*; unknown ones make an item
        each when *create* (with a text: a content of it), titled by *titles* or the key. So does a UUID that is
        nobody's here, under a derived id. Texts that are stored already are never changed; a vector made of another
        text is stored as stale. ``metadata`` goes to an item that is made, else to the vector; its ``text_sha256`` says
        what the vector was made of. All rows are looked at before the first is written; then batches of them stay, and
        the same call goes on where it stopped. Up to 1,000 rows are
        one step of undo. Raises InvalidValue (dimension, NaN, repeated keys, lengths that differ).
        """
        from localstore.vectors.incoming.put import put

        more: dict[str, Any] = {"titles": titles, "metadata": metadata, "create": create, "source": source}
        return put(self.store, model, keys, matrix, texts=texts, progress=progress, **more)

    # -- nearest ------------------------------------------------------------------------------------------

    @cached_property
    def _lookups(self) -> Lookups:
        from localstore.vectors.nearest import Lookups

        return Lookups(self.store)

    def nearest(
        self,
        query: ArrayLike | str | None = None,
        *,
        k: int | None = 10,
        model: str | None = None,
        metric: str | None = None,
        where: Filter | None = None,
        exact: bool = True,
        like: str | None = None,
        min_score: float | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Nearest:
        """Return the *k* vectors nearest to a query, best first; all of them when *k* is None.

        *query* is a vector ``(d,)`` or a text, which the model's embedder turns into one; or *like* names an item, a
        content or an embedding, which is itself left out. ``metric`` is cosine, dot or l2, the model's own when None;
        scores grow with nearness (l2: minus the distance). ``exact`` answers equal a float64 comparison with every
        vector; others are found by sign bits, and say so. ``model`` may be left out when one model has vectors.

        Raises InvalidValue (a wrong length, NaN, a zero vector's cosine, k below 1), NotFound, Ambiguous.
        """
        from localstore.vectors.nearest import Terms

        terms = Terms(k, model, metric, where, exact, min_score, progress, cancelled)
        return self._lookups.nearest(query, like, terms)

    def nearest_batch(
        self,
        queries: ArrayLike,
        *,
        k: int | None = 10,
        model: str | None = None,
        metric: str | None = None,
        where: Filter | None = None,
        exact: bool = True,
        min_score: float | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> NearestBatch:
        """Return the *k* nearest to each of many queries ``(q, d)``: ids and scores of shape ``(q, k)``.

        With *k* None all that score *min_score* or better. Otherwise as ``nearest``.
        """
        from localstore.vectors.nearest import Terms

        terms = Terms(k, model, metric, where, exact, min_score, progress, cancelled)
        return self._lookups.batch(queries, terms)

    def matrix(
        self, model: str | None = None, where: Filter | None = None
    ) -> tuple[NDArray[numpy.str_], NDArray[numpy.float32]]:
        """Return a model's vectors at once: ids ``(n,)`` and float32 ``(n, d)``, in order of id."""
        from localstore.vectors.matrix import matrix

        return matrix(self.store, model, where)

    def batches(
        self, model: str | None = None, where: Filter | None = None, size: int = 4096
    ) -> Iterator[tuple[NDArray[numpy.str_], NDArray[numpy.float32]]]:
        """Yield a model's vectors in order of id, *size* at a time: ids and float32 ``(size, d)``; one snapshot."""
        from localstore.vectors.matrix import batches

        return batches(self.store, model, where, size)

    def matches(self, connection: Connection, pairs: Sequence[tuple[str, float]]) -> list[Match]:
        """Return what a person reads of (embedding id, score), in this order."""
        from localstore.vectors.shown import matches

        return matches(connection, pairs)

    def rebuild(self, model: str | None = None, progress: Progress | None = None) -> int:
        """Make the codes of one model, or of all, anew; return how many vectors they hold."""
        with self.store.reading() as connection:
            sql = "SELECT DISTINCT model_id FROM embeddings"
            all_models = [row[0] for row in connection.execute(sql)]
        chosen = [self.store.ai_models.resolve(model)] if model else all_models
        return sum(self._lookups.holding.rebuild(model_id, progress) for model_id in chosen)

    # -- reading ------------------------------------------------------------------------------------------

    def of(self, item: str) -> list[Embedding]:
        """Return an item's vectors, its contents' among them, oldest first."""
        pk = self.store.items.resolve(item)
        sql = (
            "SELECT id FROM (SELECT id, created_at FROM embeddings WHERE item_id = ?1 UNION"
            " SELECT e.id, e.created_at FROM embeddings e JOIN contents c ON c.id = e.content_id WHERE c.item_id = ?1)"
            " ORDER BY created_at, id"
        )
        with self.store.database.reading() as connection:
            return self.load_all(connection, [row[0] for row in connection.execute(sql, (pk,))])

    def state(self, embedding: Embedding | str) -> Freshness:
        """Tell whether the text still reads as it did; PENDING only where nobody may write down the answer."""
        pk = self.resolve(embedding) if isinstance(embedding, str) else str(embedding.id)
        self.store.catch_up()
        with self.store.database.reading() as connection:
            row = connection.execute("SELECT state FROM embedding_states WHERE embedding_id = ?", (pk,)).fetchone()
        if row is None:
            raise NotFound(f"The embedding {ids.short(pk)} is gone: somebody deleted it.")
        return Freshness(row[0])

    def condition(
        self, connection: Connection, where: Filter | Mapping[str, Any] | None
    ) -> tuple[str, tuple[Any, ...]]:
        """Return a WHERE condition; a filter of items takes the vectors of their contents too."""
        if not isinstance(where, Filter):
            return super().condition(connection, where)
        inner, bindings = where.sql(connection)
        items = f"SELECT i.id FROM items i WHERE {inner}"
        condition = f"(t.item_id IN ({items}) OR t.content_id IN (SELECT id FROM contents WHERE item_id IN ({items})))"
        return condition, (*bindings, *bindings)


def _check_length(connection: Connection, model_id: str, length: int) -> None:
    wanted = dimension(connection, model_id)
    if wanted is not None and wanted != length:
        raise InvalidValue(f"{length} numbers, but vectors of this model have {wanted}", "vector")


def _replacing(connection: Connection, row: tables.Stored, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of another vector in the place of a row's."""
    vector = to_vector(columns["vector"])
    _check_length(connection, row["model_id"], len(vector))
    meta = columns.get("meta_data")
    if meta is None:
        stored = json.loads(row["meta_data"])
        text = Target(row["item_id"] or "", row["content_id"] or stored.get(TEXT)).text(connection)
        meta = stored | {HASH: text_hash(text)}
    return {"vector": vector, "dim": len(vector), "meta_data": meta}


def _write(action: Action, model_id: str, target: Target, vector: Vector, meta: dict[str, Any]) -> str:
    """Update the model's vector of the text, or insert one where there is room for it; return its id."""
    found = existing(action.connection, model_id, target)
    columns: dict[str, Any] = {"vector": vector, "dim": len(vector)}
    if found:
        if found["content_id"] is None and target.content_id:
            meta = {**meta, TEXT: target.content_id}
        kept = {key: value for key, value in json.loads(found["meta_data"]).items() if key != HASH}
        action.update(Embedding, found["id"], {**columns, "meta_data": kept | meta})
        return str(found["id"])
    place, named = _room(action.connection, target)
    natural = ids.natural_id("embedding", model_id, target.content_id or target.item_id)
    if tables.fetch(action.connection, Embedding, natural):
        natural = ids.new_id()  # another program gave that row to another text
    row = {"id": natural, "model_id": model_id, "meta_data": meta | named, **columns, **place}
    return str(action.insert(Embedding, row)["id"])


def existing(connection: Connection, model_id: str, target: Target) -> tables.Stored | None:
    """Return the model's vector of this text; of several that came from elsewhere the newest.

    A plus keeps a term from an index: a model's vectors, or those that sit on no content, would all be walked instead
    of the item's few.
    """
    on_item = f"item_id = ?2 AND +content_id IS NULL AND json_extract(meta_data, '$.{TEXT}') IS ?3"
    sql = (
        f"SELECT id FROM embeddings WHERE content_id = ?3 AND +model_id = ?1"
        f" UNION ALL SELECT * FROM (SELECT id FROM embeddings WHERE {on_item} AND +model_id = ?1"
        " ORDER BY updated_at DESC, id DESC) LIMIT 1"
    )
    row = connection.execute(sql, (model_id, target.item_id, target.content_id)).fetchone()
    return tables.need(connection, Embedding, row[0]) if row else None


def _room(connection: Connection, target: Target) -> tuple[dict[str, str], dict[str, str]]:
    """Return the columns that place a new vector, and what ``meta_data`` says of it."""
    if target.content_id is None:
        return {"item_id": target.item_id}, {}
    sql = "SELECT 1 FROM embeddings WHERE content_id = ?"
    if connection.execute(sql, (target.content_id,)).fetchone():
        return {"item_id": target.item_id}, {TEXT: target.content_id}
    return {"content_id": target.content_id}, {}
