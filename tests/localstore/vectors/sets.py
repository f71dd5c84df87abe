"""Small sets of vectors in a store, for the modules that look into them."""

from __future__ import annotations

from typing import Any

import numpy
from numpy.typing import NDArray

from localstore import Store
from localstore.models import Content, Embedding, Item

Matrix = NDArray[numpy.float64]


def model(store: Store, name: str = "m", dim: int | None = None, provider: str = "p", **parameters: Any) -> str:
    """Register a model; return its id."""
    given = parameters | ({"dim": dim} if dim else {})
    return str(store.ai_models.add(name, provider, parameters=given).id)


def random(count: int, dim: int, seed: int = 0) -> Matrix:
    """Normal numbers, the same for a seed."""
    return numpy.random.default_rng(seed).standard_normal((count, dim))


def items(store: Store, texts: list[str], **columns: Any) -> list[str]:
    """Write an item with one content for each text; return the contents' ids."""
    made = []
    with store.action("made") as action:
        for number, text in enumerate(texts):
            row = {"owner_id": store.local_user_id, "title": f"Item {number:04}", **columns}
            item = action.insert(Item, row)["id"]
            made.append(str(action.insert(Content, {"item_id": item, "text": text})["id"]))
    return made


def embed(store: Store, model_id: str, contents: list[str], rows: Any, meta: dict[str, Any] | None = None) -> list[str]:
    """Give each content a vector, on its item when another model's sits on it; return the embeddings' ids."""
    made = []
    with store.action("made") as action:
        for content, row in zip(contents, rows, strict=True):
            columns = {"model_id": model_id, "vector": row, "dim": len(row)} | _place(action.connection, content, meta)
            made.append(str(action.insert(Embedding, columns)["id"]))
    return made


def _place(connection: Any, content: str, meta: dict[str, Any] | None) -> dict[str, Any]:
    taken = connection.execute("SELECT 1 FROM embeddings WHERE content_id = ?", (content,)).fetchone()
    if not taken:
        return {"content_id": content, "meta_data": meta or {}}
    item = connection.execute("SELECT item_id FROM contents WHERE id = ?", (content,)).fetchone()[0]
    return {"item_id": item, "meta_data": {"content_id": content, **(meta or {})}}


def foreign(store: Store, embedding: str, vector: Any) -> None:
    """Write a vector past the door, as another program could."""
    row = numpy.asarray(vector, dtype="<f4")
    with store.database.writing() as connection:
        connection.execute(
            "UPDATE embeddings SET vector = ?, dim = ? WHERE id = ?", (row.tobytes(), len(row), embedding)
        )


def unit(rows: Matrix) -> Matrix:
    """Scale float32 rows to length 1, in float64."""
    wide = rows.astype(numpy.float32).astype(numpy.float64)
    scaled: Matrix = wide / numpy.linalg.norm(wide, axis=1, keepdims=True)
    return scaled
