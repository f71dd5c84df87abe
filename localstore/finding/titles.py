"""Titles near to what was typed: candidates for a jump to any item, few of them and quickly, at any size.

Who ranks them compares letters; here the titles come from that may win: those that begin so, those that have the
words, and those of the newest items in which the letters occur in order. An id, or the end of one, finds its item.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from localstore import ids
from localstore.rows import MIN_PART
from localstore.text import match_query

if TYPE_CHECKING:
    from localstore.connection import Connection
    from localstore.store import Store

BEGIN, WORDED, NEWEST = 40, 200, 3_000
"""Candidates of each kind, at most."""


class Titled(NamedTuple):
    """An item by its title; ``by_id`` tells that its id was typed."""

    id: str
    type: str
    title: str
    by_id: bool = False


def titled(store: Store, typed: str) -> list[Titled]:
    """Return items whose title or id *typed* may mean; those named by id first, then those that begin so."""
    wanted = typed.strip()
    if not wanted:
        return []
    store.catch_up()
    with store.reading() as connection:
        found = [row._replace(by_id=True) for row in _by_id(connection, wanted.lower())]
        found += _beginning(connection, wanted)
        found += _with_words(connection, wanted)
        found += _with_letters(connection, wanted.casefold())
    return list({row.id: row for row in reversed(found)}.values())[::-1]


def _rows(connection: Connection, condition: str, bindings: Iterable[object]) -> list[Titled]:
    sql = f"SELECT i.id, i.type, i.title FROM {condition}"
    return [Titled(*row) for row in connection.execute(sql, tuple(bindings))]


def _by_id(connection: Connection, wanted: str) -> list[Titled]:
    if ids.is_id(wanted):
        return _rows(connection, "items i WHERE i.id = ?", (wanted,))
    if len(wanted) < MIN_PART or not set(wanted) <= set("0123456789abcdef-"):
        return []
    parts = (
        "SELECT id FROM items WHERE id >= ?1 AND id < ?1 || 'g'"
        " UNION SELECT id FROM items WHERE substr(id, -length(?1)) = ?1 LIMIT 5"
    )
    return _rows(connection, f"items i WHERE i.id IN ({parts})", (wanted,))


def _beginning(connection: Connection, wanted: str) -> list[Titled]:
    found: list[Titled] = []
    for spelled in dict.fromkeys((wanted, wanted.capitalize(), wanted.lower(), wanted.upper())):
        found += _rows(
            connection,
            "items i WHERE i.title >= ?1 AND i.title < ?1 || char(1114111) ORDER BY i.title LIMIT ?2",
            (spelled, BEGIN),
        )
    return found


def _with_words(connection: Connection, wanted: str) -> list[Titled]:
    """Every word begins one of the title: newest first, for a rank would have to score all of them."""
    words = [part for part in map(match_query, wanted.split()) if part]
    query = " AND ".join(word if word.endswith("*") else f"{word} *" for word in words)
    if not query:
        return []
    inner = "SELECT rowid FROM text_index WHERE text_index MATCH ? ORDER BY rowid DESC LIMIT ?"
    owner = "LEFT JOIN contents c ON c.id = r.id CROSS JOIN items i ON i.id = COALESCE(c.item_id, r.id)"
    return _rows(
        connection,
        f"({inner}) x CROSS JOIN text_rows r ON r.docid = x.rowid {owner}",
        (f"{{title}} : ({query})", WORDED),
    )


def _with_letters(connection: Connection, wanted: str) -> list[Titled]:
    letters = [letter for letter in wanted if not letter.isspace()]
    newest = _rows(connection, "items i ORDER BY i.updated_at DESC, i.id DESC LIMIT ?", (NEWEST,))
    return [row for row in newest if in_order(letters, row.title.casefold())]


def in_order(letters: Iterable[str], text: str) -> bool:
    """Tell whether *letters* occur in *text* in their order."""
    at = 0
    for letter in letters:
        at = text.find(letter, at) + 1
        if not at:
            return False
    return True
