"""An item's vectors, a line each: whose, of which text, how fresh; one of them is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from localstore.freshness import Freshness
from tui import glyphs
from tui.visible import line as one_line
from tui.widgets.reading.reader import Line, Piece

if TYPE_CHECKING:
    from localstore.models import Embedding
    from localstore.store import Store

MOST = 200
_NONE = "No vectors. Enter opens the item; F5 makes them there."


class VectorRow(NamedTuple):
    """One embedding of an item; no numbers."""

    id: str
    model: str
    dim: int
    state: Freshness
    of: str


class ItemVectors(NamedTuple):
    """An item's first vectors, and how many it has."""

    rows: list[VectorRow]
    total: int


def read_vectors(store: Store, key: str) -> ItemVectors:
    """Read which vectors an item has; on the reader thread, when somebody looks."""
    with store.reading():
        found = store.embeddings.of(key)
        return ItemVectors([_row(store, each) for each in found[:MOST]], len(found))


def waiting_models(store: Store, key: str) -> list[VectorRow]:
    """Return a row for each model that embeds and lacks vectors of the item's texts, or has old ones."""
    from localstore.embedders import providers
    from localstore.embedding.selection import waiting
    from localstore.filters import Filter

    found = []
    for model in store.ai_models.all():
        count = waiting(store, model.id, Filter(ids=(key,))) if model.provider in providers() else 0
        if count:
            words = f"{count:,} text{'s wait' if count != 1 else ' waits'}: F5 embeds now"
            found.append(VectorRow(f"model:{model.id}", model.name, 0, Freshness.NONE, words))
    return found


def _row(store: Store, embedding: Embedding) -> VectorRow:
    text = embedding.content_id or _named(embedding.meta_data)
    of = "the whole item" if text is None else _start(store, text)
    return VectorRow(embedding.id, embedding.ai_model.name, embedding.dim, store.embeddings.state(embedding), of)


def _named(meta_data: object) -> str | None:
    named = meta_data.get("content_id") if isinstance(meta_data, dict) else None
    return named if isinstance(named, str) else None


def _start(store: Store, text: str) -> str:
    from localstore.errors import LocalstoreError

    try:
        return " ".join(store.contents.get(text).text[:400].split())
    except LocalstoreError:
        return "a text that is gone"


def vector_lines(vectors: ItemVectors | None, chosen: int) -> list[Line]:
    """Return a line for each vector; None is not read yet."""
    if vectors is None:
        return [(Piece(glyphs.LOADING, "note"),)]
    if not vectors.rows:
        return [(Piece(_NONE, "note"),)]
    lines = [line for at, row in enumerate(vectors.rows) for line in _lines(row, chosen=at == chosen)]
    if vectors.total > len(vectors.rows):
        lines.append((Piece(f"{glyphs.ELLIPSIS} {vectors.total - len(vectors.rows):,} more", "note"),))
    return [*lines, (Piece(""),), (Piece("enter opens the card of the chosen one · v finds similar items", "note"),)]


def _lines(row: VectorRow, *, chosen: bool) -> list[Line]:
    glyph, words = glyphs.FRESHNESS[row.state]
    tone = "accent" if chosen else "text"
    head = Piece(f"{glyphs.CHOSEN if chosen else ' '} {one_line(row.model, 80)}", tone)
    state = Piece(f"  {glyph} {words.removeprefix('vectors ')}", "warn" if row.state is Freshness.STALE else "good")
    return [(head, Piece(f"  {row.dim:,} numbers", "note"), state), (Piece(f"    {one_line(row.of, 200)}", "note"),)]
