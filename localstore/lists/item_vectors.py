"""The vectors of an item as a card shows them: by model, dimension and freshness, without their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from localstore.freshness import Freshness

if TYPE_CHECKING:
    from localstore.store import Store

_VECTORS = (
    "SELECT e.id, e.content_id, m.provider, m.name, m.version, e.dim, COALESCE(s.state, -1) FROM embeddings e"
    " JOIN ai_models m ON m.id = e.model_id LEFT JOIN embedding_states s ON s.embedding_id = e.id"
    " WHERE e.item_id = ?1 OR e.content_id IN (SELECT id FROM contents WHERE item_id = ?1)"
    " ORDER BY e.created_at, e.id"
)


class ItemVector(NamedTuple):
    """A vector of an item, or of the content that ``content_id`` names."""

    id: str
    content_id: str | None
    provider: str
    name: str
    version: str | None
    dim: int
    state: Freshness


def item_vectors(store: Store, item: str) -> list[ItemVector]:
    """Return the vectors of the item with this id and of its contents, oldest first."""
    with store.reading() as connection:
        rows = connection.execute(_VECTORS, (item,)).fetchall()
    return [ItemVector._make((*vector, Freshness(state))) for *vector, state in rows]
