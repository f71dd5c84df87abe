"""The two sides of a pair of vectors: two texts of one item are told apart by their number and first words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localstore.ids import short
from tui.cli.visible import cut, one_line

if TYPE_CHECKING:
    from localstore.models import Embedding
    from localstore.store import Store
    from localstore.vectors.insight.pairs import Pair

WORDS, READ = 40, 400
"""Cells of a text's first words, and the characters looked at for them."""


class Sides:
    """Says of a pair what a person knows its sides by; texts are read for pairs within one item alone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: tuple[Pair, list[tuple[str, str]]] | None = None

    def ids(self, pair: Pair) -> list[str]:
        """Return both ids, of texts of one item as ``ID/2``: ``--like`` takes them so."""
        return [pk for pk, _ in self._sides(pair)]

    def titles(self, pair: Pair) -> list[str]:
        """Return both titles, of texts of one item with their first words."""
        return [title for _, title in self._sides(pair)]

    def _sides(self, pair: Pair) -> list[tuple[str, str]]:
        if pair.item_a != pair.item_b:
            return [(short(pair.item_a), pair.title_a), (short(pair.item_b), pair.title_b)]
        if self._last is None or self._last[0] is not pair:
            self._last = pair, [self._side(pk, pair.item_a, pair.title_a) for pk in (pair.a, pair.b)]
        return self._last[1]

    def _side(self, embedding: str, item: str, title: str) -> tuple[str, str]:
        """Return id and title of one text; as the item's own where the text or the vector is gone by now."""
        from localstore.errors import NotFound

        try:
            text = _text_of(self._store.embeddings.get(embedding))
        except NotFound:
            text = None
        for number, content in enumerate(self._store.contents.of(item), 1):
            if content.id == text:
                words = cut(one_line(" ".join(content.text[:READ].split())), WORDS)
                return f"{short(item)}/{number}", f"{words} ({title})"
        return short(item), f"the whole item ({title})"


def _text_of(embedding: Embedding) -> str | None:
    named = embedding.meta_data.get("content_id") if isinstance(embedding.meta_data, dict) else None
    return embedding.content_id or (named if isinstance(named, str) else None)
