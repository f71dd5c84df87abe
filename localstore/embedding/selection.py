"""Which texts: those that lack a model's vector, those whose text changed since, or all.

Only contents are embedded. A vector of a whole item is made by whoever wants one (``store.embeddings.put_one``), and
an item without a content has no text of its own. Vectors of which nobody knows the text (no hash: state unknown) are
taken as they are, unless all are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore import ids, values
from localstore.errors import InvalidValue
from localstore.freshness import Freshness

if TYPE_CHECKING:
    from localstore.connection import Connection
    from localstore.filters import Filter
    from localstore.store import Store

WHICH = ("due", "missing", "stale", "all")
"""``due`` is missing and stale."""
WINDOW = 4096
"""Texts sorted by length at a time: those of one batch are padded to the longest."""
BATCH_BYTES = 4_000_000
_ID = 16


class Chosen:
    """Ids of contents, 16 bytes each: a run of hours must neither hold a snapshot nor ask its question again.

    (Asked again, ``--without embedding`` would pass by the second text of an item once the first has a vector.)
    """

    def __init__(self) -> None:
        self._packed = bytearray()

    def add(self, pk: str) -> None:
        """Take one more."""
        self._packed += bytes.fromhex(pk.replace("-", ""))

    def __len__(self) -> int:
        return len(self._packed) // _ID

    def windows(self, size: int = WINDOW) -> Iterator[list[str]]:
        """Yield the ids in order, some at a time."""
        for at in range(0, len(self), size):
            part = self._packed[at * _ID : (at + size) * _ID].hex()
            yield [ids.dashed(part[i : i + 32]) for i in range(0, len(part), 32)]


def choose(store: Store, model_id: str, which: str, where: Filter | None, *, replace: bool = False) -> Chosen:
    """Return the contents to embed, in order of id; *replace*: also those whose own place another model has."""
    if which not in WHICH:
        raise InvalidValue(f"{which!r} names no texts: choose {', '.join(WHICH)}", "which")
    condition = f"({_CONDITIONS[which]} OR {_OTHERS})" if replace else _CONDITIONS[which]
    found = Chosen()
    store.catch_up()
    with store.reading() as connection:
        within, bindings = _within(connection, where)
        sql = f"SELECT c.id FROM contents c WHERE {condition}{within} ORDER BY c.id"
        for (pk,) in connection.execute(sql, (model_id, *bindings)):
            found.add(pk)
    return found


def waiting(store: Store, model_id: str, where: Filter | None = None) -> int:
    """Return how many texts lack this model's vector or changed since: the queue of 'embed'."""
    store.catch_up()
    with store.reading() as connection:
        within, bindings = _within(connection, where)
        sql = f"SELECT count(*) FROM contents c WHERE {_CONDITIONS['due']}{within} AND {_FILLED}"
        return int(connection.execute(sql, (model_id, *bindings)).fetchone()[0])


_VECTORS = (
    "SELECT e.id FROM embeddings e WHERE e.content_id = c.id AND +e.model_id = ?1"
    " UNION ALL SELECT e.id FROM embeddings e WHERE e.item_id = c.item_id AND +e.content_id IS NULL"
    " AND +e.model_id = ?1 AND json_extract(e.meta_data, '$.content_id') = c.id"
)
"""The model's vectors of content *c*: on it, or on its item and naming it. A plus keeps a term from an index that
would be walked for each text (see ``embeddings.existing``)."""
_MISSING = f"NOT EXISTS ({_VECTORS})"
_CHANGED = (
    "FROM embedding_states s CROSS JOIN embeddings e ON e.id = s.embedding_id"
    f" WHERE s.state = {Freshness.STALE:d} AND +e.model_id = ?1"
)
_STALE = (
    f"c.id IN (SELECT e.content_id {_CHANGED} AND e.content_id IS NOT NULL UNION ALL SELECT k.id FROM"
    f" (SELECT e.item_id, json_extract(e.meta_data, '$.content_id') AS named {_CHANGED} AND e.content_id IS NULL) v"
    " CROSS JOIN contents k ON k.id = v.named WHERE k.item_id = v.item_id)"
)
"""Found by way of the states: they are few, and the vector of each of a million texts would be looked at instead."""
_OTHERS = "EXISTS (SELECT 1 FROM embeddings e WHERE e.content_id = c.id AND e.model_id <> ?1)"
_FILLED = "(octet_length(c.text) > 64 OR trim(c.text, char(9, 10, 11, 12, 13, 32, 160)) <> '')"
"""An empty text has nothing to embed; a long one of blanks alone is not worth reading every text for."""
_CONDITIONS = {"missing": _MISSING, "stale": _STALE, "due": f"({_MISSING} OR {_STALE})", "all": "?1 <> ''"}


def _within(connection: Connection, where: Filter | None) -> tuple[str, list[Any]]:
    """Return the condition that a content's item fits a filter, and its bindings, which follow the model's."""
    if not where:
        return "", []
    inner, bindings = where.sql(connection)
    return f" AND c.item_id IN (SELECT i.id FROM items i WHERE {inner})", list(bindings)


class Text(NamedTuple):
    """A content as it is read just before it is embedded."""

    content_id: str
    item_id: str
    title: str
    text: str


def batches(store: Store, window: list[str], count: int) -> Iterator[list[str]]:
    """Yield the ids of a window that are still there, shortest texts first, *count* and some megabytes at a time."""
    sql = "SELECT octet_length(text), id FROM contents WHERE id IN (SELECT value FROM json_each(?))"
    with store.reading() as connection:
        found = sorted(connection.execute(sql, (values.to_json(window),)))
    batch: list[str] = []
    held = 0
    for size, pk in found:
        if batch and (len(batch) >= count or held + size > BATCH_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(pk)
        held += size
    if batch:
        yield batch


def read(store: Store, batch: list[str]) -> list[Text]:
    """Return the texts of a batch as they are now, shortest first; those that are gone are left out."""
    sql = (
        "SELECT c.id, c.item_id, i.title, c.text FROM contents c JOIN items i ON i.id = c.item_id"
        " WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY octet_length(c.text), c.id"
    )
    with store.reading() as connection:
        return [Text(*row) for row in connection.execute(sql, (values.to_json(batch),))]
