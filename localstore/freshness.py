"""Freshness of vectors: does a text still read as it did when its vector was made?

An embedding records ``meta_data.text_sha256``. Triggers send an embedding to be looked at again when its text,
or it itself, changes (state 0); the Store compares the hashes before it commits, or before the next reading.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the screen needs the states before it has a store to read
    from localstore.connection import Connection

BATCH = 1_000


class Freshness(IntEnum):
    """The state of an embedding; of an item, the worst of its embeddings'; NONE has no row."""

    NONE = -1
    PENDING = 0
    UNKNOWN = 1
    FRESH = 2
    STALE = 3


def has_pending(connection: Connection) -> bool:
    """Tell whether embeddings wait to be looked at, or a foreign replacement was noted."""
    sql = "SELECT EXISTS (SELECT 1 FROM embedding_states WHERE state = 0), EXISTS (SELECT 1 FROM local_suspects)"
    return any(connection.execute(sql).fetchone())


def look_again(connection: Connection) -> None:
    """Settle the state of every embedding that waits, within the caller's transaction."""
    if connection.execute("SELECT 1 FROM local_suspects LIMIT 1").fetchone():
        _take_suspects(connection)  # emptying an empty table would write its page with every commit
    while rows := connection.execute(_WAITING, (BATCH,)).fetchall():
        connection.executemany(
            "UPDATE embedding_states SET state = ?, item_id = ? WHERE embedding_id = ?",
            [(_state(connection, *row[2:]), row[1], row[0]) for row in rows],
        )


def _take_suspects(connection: Connection) -> None:
    """Forget the states of embeddings that a foreign OR REPLACE took."""
    connection.execute(
        "INSERT INTO vector_changes (embedding_id) SELECT pk FROM local_suspects WHERE tbl = 'embeddings'"
        " AND EXISTS (SELECT 1 FROM vector_models) AND pk NOT IN (SELECT id FROM embeddings)"
        " AND pk NOT IN (SELECT embedding_id FROM vector_changes);"  # codes must not bring back what was replaced
        "DELETE FROM embedding_states WHERE embedding_id IN (SELECT pk FROM local_suspects"
        " WHERE tbl = 'embeddings') AND embedding_id NOT IN (SELECT id FROM embeddings);"
        "DELETE FROM local_suspects"
    )


_SETTLED = (
    "SELECT s.embedding_id, COALESCE(e.item_id, c.item_id), json_extract(e.meta_data, '$.text_sha256'),"
    " COALESCE(e.content_id, json_extract(e.meta_data, '$.content_id')), e.item_id"
    " FROM embedding_states s JOIN embeddings e ON e.id = s.embedding_id"
    " LEFT JOIN contents c ON c.id = e.content_id WHERE s.state <> 0"
)
_WAITING = _SETTLED.replace("s.state <> 0", "s.state = 0 LIMIT ?")


def _state(connection: Connection, noted: object, content: str | None, item: str | None) -> int:
    text = content_text(connection, content) if content else item_text(connection, item or "")
    if text is None:
        return Freshness.STALE
    return compared(noted, text)


def compared(noted: object, text: str) -> Freshness:
    """Compare the hash that an embedding notes with a text: SHA-256, or ``md5:…`` as ``llm`` keeps it."""
    from localstore.values import text_hash

    if isinstance(noted, str) and noted.startswith("md5:"):
        import hashlib

        same = noted == "md5:" + hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    elif isinstance(noted, str) and len(noted) == 64:
        same = noted == text_hash(text)
    else:
        return Freshness.UNKNOWN
    return Freshness.FRESH if same else Freshness.STALE


def content_text(connection: Connection, content: str) -> str | None:
    """Return the text a content's vector stands for, None when the content is gone."""
    row = connection.execute("SELECT text FROM contents WHERE id = ?", (content,)).fetchone()
    return row[0] if row else None


def item_text(connection: Connection, item: str) -> str | None:
    """Return the text a whole item's vector stands for: title, description and contents, in order."""
    row = connection.execute("SELECT title, description FROM items WHERE id = ?", (item,)).fetchone()
    if row is None:
        return None
    texts = connection.execute(f"SELECT text FROM contents t WHERE item_id = ? ORDER BY {CONTENT_ORDER}", (item,))
    return "\n\n".join(part for part in (*row, *(text for (text,) in texts)) if part)


CONTENT_ORDER = (
    "CASE WHEN json_type(t.meta_data, '$.position') IN ('integer', 'real')"
    " THEN json_extract(t.meta_data, '$.position') END NULLS LAST, t.created_at, t.id"
)
"""Contents by ``meta_data.position`` when there is one, then by creation, then by id."""


def out_of_step(connection: Connection) -> int:
    """Return how many states are missing or belong to nothing."""
    sql = (
        "SELECT (SELECT count(*) FROM embeddings WHERE id NOT IN (SELECT embedding_id FROM embedding_states))"
        " + (SELECT count(*) FROM embedding_states WHERE embedding_id NOT IN (SELECT id FROM embeddings))"
    )
    return int(connection.execute(sql).fetchone()[0])


def differing(connection: Connection) -> list[str]:
    """Return the vectors whose settled state is another than their text says; reads every text that has one."""
    columns = _SETTLED.replace("SELECT", "SELECT s.state, s.item_id,", 1)
    return [
        str(pk)
        for state, item, pk, placed, *rest in connection.execute(columns)
        if item != placed or state != _state(connection, *rest)
    ]


def rebuild(connection: Connection) -> None:
    """Work every state out anew."""
    connection.execute(
        "DELETE FROM embedding_states; INSERT INTO embedding_states SELECT id, item_id, 0 FROM embeddings"
    )
    look_again(connection)
