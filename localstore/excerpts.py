"""Excerpts: the beginnings of an item's texts, for a screen that shows an item of any size at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from localstore.freshness import CONTENT_ORDER

if TYPE_CHECKING:
    from localstore.store import Store

FIRST = 200
CLIP = 20_000


class Excerpt(NamedTuple):
    """The first characters of one content; ``size`` is the whole text's, in bytes of UTF-8."""

    id: str
    role: str
    text: str
    clipped: bool
    size: int


class Excerpts(NamedTuple):
    """The first contents of an item, and how many it has."""

    shown: list[Excerpt]
    total: int


def excerpts(store: Store, item: str, *, first: int = FIRST, clip: int = CLIP) -> Excerpts:
    """Return the first *clip* characters of the first *first* contents of the item with this whole id."""
    sql = (
        "SELECT t.id, t.role, substr(t.text, 1, ?), octet_length(t.text) FROM contents t WHERE t.item_id = ?"
        f" ORDER BY {CONTENT_ORDER} LIMIT ?"
    )
    with store.reading() as connection:
        rows = connection.execute(sql, (clip + 1, item, first)).fetchall()
        total = connection.execute("SELECT count(*) FROM contents WHERE item_id = ?", (item,)).fetchone()[0]
    shown = [Excerpt(pk, role, text[:clip], len(text) > clip, size) for pk, role, text, size in rows]
    return Excerpts(shown, int(total))
