"""What the silenced triggers would do, set-wise: rows to be indexed, vectors to be looked at again; never times.

The Store settles what is noted before it commits. Codes of vectors have triggers of their own, which are not silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from localstore import values
from localstore.connection import Connection
from localstore.models import Content, Embedding, Item
from localstore.models import Row as Model

_PENDING = "INSERT INTO text_pending (id) {} ON CONFLICT DO NOTHING"
_LISTED = "SELECT value FROM json_each(?) WHERE true"
_STATES = "UPDATE embedding_states SET state = 0 WHERE embedding_id IN ({})"
_OF_TEXTS = (
    "SELECT e.id FROM json_each(?1) j CROSS JOIN embeddings e ON e.content_id = j.value"
    " UNION ALL SELECT e.id FROM json_each(?2) j CROSS JOIN embeddings e ON e.item_id = j.value"
    " WHERE +e.content_id IS NULL"
)
_OF_ITEMS = (
    "SELECT e.id FROM json_each(?1) j CROSS JOIN embeddings e ON e.item_id = j.value WHERE +e.content_id IS NULL"
)
_ADDED = (
    "INSERT INTO embedding_states (embedding_id, item_id, state)"
    " SELECT e.id, COALESCE(e.item_id, (SELECT c.item_id FROM contents c WHERE c.id = e.content_id)), 0"
    " FROM json_each(?) j CROSS JOIN embeddings e ON e.id = j.value WHERE true"
    " ON CONFLICT (embedding_id) DO UPDATE SET item_id = excluded.item_id, state = 0"
)


def items_of_texts(connection: Connection, texts: Sequence[str]) -> list[str]:
    """Return the items that texts belong to now; asked before they change, and again afterwards."""
    sql = "SELECT DISTINCT c.item_id FROM json_each(?) j CROSS JOIN contents c ON c.id = j.value"
    return [pk for (pk,) in connection.execute(sql, (values.to_json(list(texts)),))]


def note_written(connection: Connection, model: type[Model], keys: Sequence[str], items: Iterable[str] = ()) -> None:
    """Note rows that were inserted or changed; *items* are those their texts belonged to before."""
    if not keys:
        return
    among = values.to_json(list(keys))
    if model is Item:
        connection.execute(_PENDING.format(_LISTED), (among,))
        below = "SELECT c.id FROM json_each(?) j CROSS JOIN contents c ON c.item_id = j.value WHERE true"
        connection.execute(_PENDING.format(below), (among,))
        _look_again(connection, _OF_ITEMS, among)
    elif model is Content:
        connection.execute(_PENDING.format(_LISTED), (among,))
        if _has_states(connection):
            homes = {*items, *items_of_texts(connection, keys)}
            _look_again(connection, _OF_TEXTS, among, values.to_json(sorted(homes)))
    elif model is Embedding:
        connection.execute(_ADDED, (among,))


def note_deleted(connection: Connection, model: type[Model], keys: Sequence[str], items: Iterable[str] = ()) -> None:
    """Note rows that are gone; *items* are those their texts belonged to."""
    if not keys:
        return
    among = values.to_json(list(keys))
    if model is Item or model is Content:
        connection.execute(_PENDING.format(_LISTED), (among,))
    if model is Content:
        _look_again(connection, _OF_TEXTS, among, values.to_json(sorted(items)))
    if model is Embedding:
        sql = "DELETE FROM embedding_states WHERE embedding_id IN (SELECT value FROM json_each(?))"
        connection.execute(sql, (among,))


def _look_again(connection: Connection, which: str, *among: str) -> None:
    if _has_states(connection):
        connection.execute(_STATES.format(which), among)


def _has_states(connection: Connection) -> bool:
    return connection.execute("SELECT 1 FROM embedding_states LIMIT 1").fetchone() is not None
