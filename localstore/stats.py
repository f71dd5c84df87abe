"""Stats: how much of what a store holds, and what it weighs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstore.connection import Connection
from localstore.models import TABLES

if TYPE_CHECKING:
    from localstore.store import Store

LOCAL = {
    "trash": "trash",
    "rows in the trash": "trash_rows",
    "undo": "undo_log WHERE NOT undone",
    "drafts": "drafts",
    "saved searches": "saved_searches",
    "texts to index": "text_pending",
    "vectors to look at": "embedding_states WHERE state = 0",
    "vectors to fold in": "vector_changes",
}


@dataclass(frozen=True)
class ModelStats:
    """The vectors of one AI model: how many, of which length, how many bytes."""

    name: str
    vectors: int
    dim: int | None
    bytes: int


@dataclass(frozen=True)
class Stats:
    """Counts by table, sizes in bytes, vectors by model."""

    path: Path
    size: int
    wal_size: int
    free_bytes: int
    schema: int
    tables: dict[str, int] = field(default_factory=dict)
    local: dict[str, int] = field(default_factory=dict)
    models: list[ModelStats] = field(default_factory=list)


def stats(store: Store) -> Stats:
    """Count and weigh the store, in one reading."""
    with store.reading() as connection:
        return Stats(
            path=store.path,
            size=_size(store.path),
            wal_size=_size(store.path.with_name(store.path.name + "-wal")),
            free_bytes=int(connection.pragma("freelist_count")) * int(connection.pragma("page_size")),
            schema=int(connection.pragma("user_version")),
            tables={model._meta.table_name: _count(connection, model._meta.table_name) for model in TABLES},
            local={word: _count(connection, table) for word, table in LOCAL.items()},
            models=_models(connection),
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _count(connection: Connection, table: str) -> int:
    row: Any = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0])


def _models(connection: Connection) -> list[ModelStats]:
    sql = (
        "SELECT m.provider || '/' || m.name || COALESCE('@' || m.version, ''),"
        " (SELECT count(*) FROM embeddings e WHERE e.model_id = m.id),"
        " (SELECT dim FROM embeddings e WHERE e.model_id = m.id LIMIT 1) FROM ai_models m ORDER BY 1"
    )
    rows: list[Any] = connection.execute(sql).fetchall()
    return [ModelStats(str(name), int(count), dim, 4 * int(count) * (dim or 0)) for name, count, dim in rows]
