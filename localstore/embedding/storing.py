"""Storing a batch of vectors: one short transaction; each text keeps one vector of a model, and other models' stay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import ids, tables, times, values
from localstore.ai_models import dimension
from localstore.embeddings import HASH, TEXT, Target, existing
from localstore.errors import InvalidValue
from localstore.models import Embedding

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from localstore.connection import Connection
    from localstore.embedding.selection import Text
    from localstore.store import Store

TRUNCATED = "truncated"
_OURS = (HASH, TRUNCATED, TEXT)
"""Keys of ``meta_data`` that a run writes; what else a vector's ``meta_data`` holds stays."""


class Made(NamedTuple):
    """A vector, the text it was made from, and whether the model took only a part of it."""

    text: Text
    vector: NDArray[numpy.float32]
    truncated: bool


class Stored(NamedTuple):
    """How many vectors were stored, took another model's place, and had lost their text meanwhile."""

    stored: int
    replaced: int
    gone: int


def store_batch(store: Store, model_id: str, made: Sequence[Made], *, replace: bool = False) -> Stored:
    """Store vectors, each with the hash of the text it was made from: a text edited meanwhile makes it stale.

    With *replace* the vector takes the text's own place, and another model's that was there is deleted.
    Raises InvalidValue, with both numbers, for vectors of another length than the model's.
    """
    import numpy

    replaced = gone = 0
    with store.database.writing() as connection:
        for length in {len(each.vector) for each in made}:
            _check_length(connection, model_id, length)
        for each in made:
            row = connection.execute("SELECT item_id FROM contents WHERE id = ?", (each.text.content_id,)).fetchone()
            if row is None:
                gone += 1
                continue
            if replace:
                replaced += _make_room(connection, model_id, each.text.content_id)
            blob = (each.vector.astype("<f4") + numpy.float32(0)).tobytes()
            _write(connection, model_id, each, str(row[0]), blob)
    return Stored(len(made) - gone, replaced, gone)


def _check_length(connection: Connection, model_id: str, length: int) -> None:
    wanted = dimension(connection, model_id)
    if wanted is not None and wanted != length:
        raise InvalidValue(
            f"the model makes vectors of {length} numbers now, but those stored have {wanted}: "
            "register it under another name"
        )


def _make_room(connection: Connection, model_id: str, content: str) -> int:
    """Delete another model's vector of a text from the text's own place, and move ours there."""
    sql = "SELECT id FROM embeddings WHERE content_id = ? AND model_id <> ?"
    found = connection.execute(sql, (content, model_id)).fetchone()
    if found is None:
        return 0
    tables.delete(connection, Embedding, found[0])
    return 1


def _write(connection: Connection, model_id: str, each: Made, item: str, blob: bytes) -> None:
    content = each.text.content_id
    found = existing(connection, model_id, Target(item, content))
    taken = connection.execute("SELECT id FROM embeddings WHERE content_id = ?", (content,)).fetchone()
    on_text = taken is None or (found is not None and taken[0] == found["id"])
    place = {"content_id": content, "item_id": None} if on_text else {"content_id": None, "item_id": item}
    old = json.loads(found["meta_data"]) if found else {}
    meta = {key: value for key, value in old.items() if key not in _OURS} | {HASH: values.text_hash(each.text.text)}
    meta |= {TRUNCATED: True} if each.truncated else {}
    meta |= {} if on_text else {TEXT: content}
    columns: dict[str, Any] = {"vector": blob, "dim": len(each.vector), "meta_data": values.to_json(meta), **place}
    if found:
        stamp = times.after(times.now(), found["updated_at"])
        tables.update(connection, Embedding, found["id"], {**columns, "updated_at": stamp})
        return
    natural = ids.natural_id("embedding", model_id, content)
    if connection.execute("SELECT 1 FROM embeddings WHERE id = ?", (natural,)).fetchone():
        natural = ids.new_id()  # another program gave that row to another text
    tables.insert(
        connection, Embedding, tables.with_defaults(Embedding, {"id": natural, "model_id": model_id, **columns})
    )
