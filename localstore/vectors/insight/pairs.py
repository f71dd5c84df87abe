"""Pairs: two embeddings that are near to each other, and what a person knows them by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localstore.store import Store

_TEXT = "COALESCE({0}.content_id, json_extract({0}.meta_data, '$.content_id'))"
_PAIR = (
    "SELECT a.id, b.id, i.id, j.id, i.title, j.title, COALESCE(c.text = d.text, json_extract(a.meta_data,"
    " '$.text_sha256') = json_extract(b.meta_data, '$.text_sha256'), 0) FROM embeddings a JOIN embeddings b"
    f" LEFT JOIN contents c ON c.id = {_TEXT.format('a')} LEFT JOIN contents d ON d.id = {_TEXT.format('b')}"
    " JOIN items i ON i.id = COALESCE(a.item_id, c.item_id) JOIN items j ON j.id = COALESCE(b.item_id, d.item_id)"
    " WHERE a.rowid = ? AND b.rowid = ?"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two vectors and their cosine; ``a`` and ``b`` are ids of embeddings, the lesser first.

    ``same_text`` tells whether the texts they stand for read the same today.
    """

    score: float
    a: str
    b: str
    item_a: str
    item_b: str
    title_a: str
    title_b: str
    same_text: bool


def named(store: Store, scored: Sequence[tuple[float, tuple[int, int]]]) -> Iterator[Pair]:
    """Yield scores and rows of embeddings as pairs; one of which a row is gone is left out."""
    with store.reading() as connection:
        found: list[tuple[float, Any]] = [(score, connection.execute(_PAIR, rows).fetchone()) for score, rows in scored]
    for score, row in found:
        if row:
            a, b, item_a, item_b, title_a, title_b, same = row
            yield Pair(score, a, b, item_a, item_b, title_a, title_b, bool(same))
