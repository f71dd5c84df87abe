"""Embeddings: vectors of texts, one for each model and text, that know the text they were made from.

The first model's vector of a content sits on the content; another model's sits on the item, and
``meta_data.content_id`` names the content; one of a whole item sits on the item and names none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    from localstore.actions import Action
    from localstore.fields import Vector

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
        """Set ``meta_data``; a vector is replaced by ``put_one``, which checks it."""
        for column in columns.keys() - {"meta_data"}:
            raise InvalidValue("only meta_data can be edited: store the vector again instead", column)
        return super().edit(ref, expected, **columns)

    def _target(self, connection: Connection, content: str | None, item: str | None) -> Target:
        if (content is None) == (item is None):
            raise InvalidValue("a vector stands for one content or one item: name one of the two")
        if content is None:
            return Target(self.store.items.resolve(item or ""))
        row = tables.need(connection, Content, self.store.contents.resolve(content))
        return Target(row["item_id"], row["id"])

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


def _write(action: Action, model_id: str, target: Target, vector: Vector, meta: dict[str, Any]) -> str:
    """Update the model's vector of the text, or insert one where there is room for it; return its id."""
    found = _existing(action.connection, model_id, target)
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


def _existing(connection: Connection, model_id: str, target: Target) -> tables.Stored | None:
    """Return the model's vector of this text; of several that came from elsewhere the newest."""
    on_item = f"item_id = ?2 AND content_id IS NULL AND json_extract(meta_data, '$.{TEXT}') IS ?3"
    sql = (
        f"SELECT id FROM embeddings WHERE content_id = ?3 AND model_id = ?1"
        f" UNION ALL SELECT * FROM (SELECT id FROM embeddings WHERE {on_item} AND model_id = ?1"
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
