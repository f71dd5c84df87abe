"""Excerpts: the beginnings of an item's texts, for a screen that shows an item of any size at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from localstore.freshness import CONTENT_ORDER

if TYPE_CHECKING:
    from localstore.store import Store

FIRST = 200
CLIP = 20_000
MOST_FOUND = 10_000
_IDS = f"SELECT t.id, row_number() OVER (ORDER BY {CONTENT_ORDER}) AS place FROM contents t WHERE t.item_id = ?"
_IDS += " ORDER BY place"
"""The ids first, in order: a sort would drag every text along."""


class Excerpt(NamedTuple):
    """Some characters of one content, from ``start`` on; ``size`` is the whole text's, in bytes of UTF-8."""

    id: str
    role: str
    text: str
    clipped: bool
    size: int
    start: int = 0


class Excerpts(NamedTuple):
    """Some contents of an item in order, the first of them at place ``at``, and how many it has."""

    shown: list[Excerpt]
    total: int
    at: int = 0


class Outline(NamedTuple):
    """What a list shows of one content: its place (1 is the first) and its beginning."""

    id: str
    place: int
    role: str
    begin: str
    size: int


class Found(NamedTuple):
    """Where words occur: the content's index, the character, the line and the column there."""

    content: int
    offset: int
    line: int
    column: int


def excerpts(store: Store, item: str, *, at: int = 0, first: int = FIRST, clip: int = CLIP) -> Excerpts:
    """Return the first *clip* characters of *first* contents, from index *at*, of the item with this whole id."""
    sql = (
        f"SELECT c.id, c.role, substr(c.text, 1, ?), octet_length(c.text) FROM ({_IDS} LIMIT ? OFFSET ?) s"
        " JOIN contents c ON c.id = s.id ORDER BY s.place"
    )
    with store.reading() as connection:
        rows = connection.execute(sql, (clip + 1, item, first, at)).fetchall()
        total = connection.execute("SELECT count(*) FROM contents WHERE item_id = ?", (item,)).fetchone()[0]
    shown = [Excerpt(pk, role, text[:clip], len(text) > clip, size) for pk, role, text, size in rows]
    return Excerpts(shown, int(total), at)


def passage(store: Store, content: str, start: int, length: int = CLIP) -> Excerpt | None:
    """Return *length* characters of one content from character *start* on; None when it is gone."""
    sql = "SELECT id, role, substr(text, ?, ?), octet_length(text) FROM contents WHERE id = ?"
    with store.reading() as connection:
        row = connection.execute(sql, (start + 1, length + 1, content)).fetchone()
    return Excerpt(row[0], row[1], row[2][:length], len(row[2]) > length, row[3], start) if row else None


def extent(store: Store, item: str) -> tuple[int, int]:
    """Return how many contents an item has, and the bytes of their texts."""
    sql = "SELECT count(*), coalesce(sum(octet_length(text)), 0) FROM contents WHERE item_id = ?"
    with store.reading() as connection:
        count, size = connection.execute(sql, (item,)).fetchone()
    return int(count), int(size)


def outline(store: Store, item: str, *, at: int = 0, limit: int = FIRST, begin: int = 160) -> list[Outline]:
    """Return *limit* contents from index *at* in order, with the first *begin* characters of each."""
    sql = (
        f"SELECT c.id, s.place, c.role, substr(c.text, 1, ?), octet_length(c.text) FROM ({_IDS} LIMIT ? OFFSET ?) s"
        " JOIN contents c ON c.id = s.id ORDER BY s.place"
    )
    with store.reading() as connection:
        return [Outline(*row) for row in connection.execute(sql, (begin, item, limit, at))]


def occurrences(store: Store, item: str, words: str, most: int = MOST_FOUND) -> list[Found]:
    """Return where *words* occur in an item's whole texts, whatever the case, in order; *most* of them."""
    pattern = re.compile(re.escape(words), re.IGNORECASE)
    found: list[Found] = []
    sql = f"SELECT c.text FROM ({_IDS}) s JOIN contents c ON c.id = s.id ORDER BY s.place"
    with store.reading() as connection:
        for index, (text,) in enumerate(connection.execute(sql, (item,)) if words else ()):
            found += _within(pattern, index, text, most - len(found))
            if len(found) >= most:
                break
    return found


def _within(pattern: re.Pattern[str], index: int, text: str, most: int) -> list[Found]:
    found: list[Found] = []
    line = begin = 0
    for match in pattern.finditer(text):
        at = match.start()
        line += text.count("\n", begin, at)
        begin = max(begin, text.rfind("\n", begin, at) + 1)
        found.append(Found(index, at, line, at - begin))
        if len(found) >= most:
            break
    return found
