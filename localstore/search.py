"""Word search: BM25 over titles, descriptions and contents, the best row of each item, with the matching words.

Ranking comes from the index, everything shown from the rows as they are now. Rows that another program just wrote
are indexed first; where that cannot be (a read-only file, a locked one), they are searched by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localstore import text
from localstore.connection import Connection, opened
from localstore.errors import InvalidValue
from localstore.filters import Filter
from localstore.freshness import CONTENT_ORDER
from localstore.rows import Page

if TYPE_CHECKING:
    from localstore.store import Store

OPEN, CLOSE = "\x01", "\x02"
CLIP = 200_000
"""Characters of a text that the matching line is looked for in."""
SNIPPET_TOKENS = 24
PENDING = 5_000
"""Rows not yet indexed that are searched by themselves, at most."""
RANK = "bm25(text_index, 4.0, 1.0)"
"""A title weighs four times a text. (Ordering by FTS5's hidden ``rank`` and reading it too scores every row twice.)"""
SPARE = 3
"""Rows read for each hit wanted: an item may have several that match."""


@dataclass(frozen=True)
class Hit:
    """An item that matches: its best row, the line that matches, and where the words stand in it.

    ``score`` is BM25 turned so that more is better; ``marks`` are (start, end) in ``snippet``.
    """

    item_id: str
    content_id: str | None
    type: str
    title: str
    snippet: str
    marks: tuple[tuple[int, int], ...]
    score: float


def search(
    store: Store, words: str, where: Filter | None = None, *, limit: int = 20, after: str | None = None
) -> Page[Hit]:
    """Return the items in which all *words* occur and *where* holds, best first.

    ``"…"`` is a phrase, the last word a prefix; any text is safe. ``after`` is the ``next`` of the page before.
    Raises InvalidFilter for a filter that names what does not exist.
    """
    query = text.match_query(words)
    if not query:
        return Page([], None)
    start = offset(after)
    settled = store.catch_up()
    with store.reading() as connection:
        wanted = start + limit + 1
        found = _best(_ranked(connection, query, where, wanted), wanted)
        if len(found) < wanted:
            found = _best(_ranked(connection, query, where, None), wanted)
        if not settled:
            found = _with_pending(connection, query, where, found)
        rows = found[start : start + limit]
        hits = _shown(connection, query, rows)
    return Page(hits, str(start + limit) if len(found) > start + limit else None)


def offset(after: str | None) -> int:
    """Return how many hits come before a page; *after* is the ``next`` of the page before."""
    if after and not (after.isascii() and after.isdigit() and len(after) < 16):
        raise InvalidValue(f"{after[:60]!r} is no cursor: take it from 'next' of the page before")
    return int(after or 0)


def _ranked(
    connection: Connection, query: str, where: Filter | None, wanted: int | None
) -> Iterable[tuple[str, str, float]]:
    """Return (row id, item id, rank), best first; with a filter the rows are joined before they are ranked."""
    limit = "" if wanted is None else f" LIMIT {wanted * SPARE}"
    if not where:
        best = f"SELECT rowid, {RANK} FROM text_index WHERE text_index MATCH ? ORDER BY 2{limit}"
        return _joined(connection, connection.execute(best, (query,)).fetchall())
    condition, bindings = where.sql(connection)
    sql = (
        f"SELECT r.id, i.id, {RANK} FROM text_index x JOIN text_rows r ON r.docid = x.rowid"
        " LEFT JOIN contents c ON c.id = r.id CROSS JOIN items i ON i.id = COALESCE(c.item_id, r.id)"
        f" WHERE text_index MATCH ? AND {condition} ORDER BY 3{limit}"
    )
    found: Iterable[tuple[str, str, float]] = connection.execute(sql, (query, *bindings))
    return found


def _joined(connection: Connection, ranked: list[tuple[int, float]]) -> Iterator[tuple[str, str, float]]:
    """Join ranked rows to their items one by one: a page seldom needs them all."""
    sql = (
        "SELECT r.id, i.id FROM text_rows r LEFT JOIN contents c ON c.id = r.id"
        " JOIN items i ON i.id = COALESCE(c.item_id, r.id) WHERE r.docid = ?"
    )
    for docid, rank in ranked:
        row = connection.execute(sql, (docid,)).fetchone()
        if row:
            yield row[0], row[1], rank


def _best(rows: Iterable[tuple[str, str, float]], wanted: int) -> list[tuple[str, str, float]]:
    """Keep the first row of each item."""
    seen: dict[str, tuple[str, str, float]] = {}
    for row in rows:
        seen.setdefault(row[1], row)
        if len(seen) >= wanted:
            break
    return list(seen.values())


def _with_pending(
    connection: Connection, query: str, where: Filter | None, found: list[tuple[str, str, float]]
) -> list[tuple[str, str, float]]:
    """Search the rows that wait to be indexed by themselves, and drop what the index still says of them."""
    stale = {row[0] for row in connection.execute("SELECT id FROM text_pending")}
    kept = [row for row in found if row[0] not in stale]
    fresh = waiting(connection, query, where)
    return _best([*fresh, *kept], len(fresh) + len(kept) + 1)


def waiting(connection: Connection, query: str, where: Filter | None = None) -> list[tuple[str, str, float]]:
    """Return (row id, item id, rank) of the rows that match but wait to be indexed, best first."""
    condition, bindings = (where or Filter()).sql(connection)
    rows = connection.execute(
        "SELECT p.id, i.id, i.title, COALESCE(c.text, i.description)"
        " FROM text_pending p LEFT JOIN contents c ON c.id = p.id"
        f" JOIN items i ON i.id = COALESCE(c.item_id, p.id) WHERE {condition} LIMIT {PENDING}",
        bindings,
    ).fetchall()
    with _small_index([(title, body) for _, _, title, body in rows]) as small:
        matches = small.execute("SELECT rowid, rank FROM t WHERE t MATCH ? ORDER BY rank", (query,))
        return [(rows[number - 1][0], rows[number - 1][1], rank) for number, rank in matches]


def _shown(connection: Connection, query: str, rows: Sequence[tuple[str, str, float]]) -> list[Hit]:
    """Read what is shown of the hits, and mark the words."""
    sql = (
        "SELECT i.type, i.title, c.id, substr(COALESCE(c.text, i.description,"
        f" (SELECT t.text FROM contents t WHERE t.item_id = i.id ORDER BY {CONTENT_ORDER} LIMIT 1), ''), 1, ?)"
        " FROM items i"
        " LEFT JOIN contents c ON c.id = ? WHERE i.id = ?"
    )
    read = [connection.execute(sql, (CLIP, row, item)).fetchone() for row, item, _ in rows]
    with _small_index([(title, body) for _, title, _, body in read]) as small:
        lines = _lines(small, query)
    hits = []
    for number, ((_, item, rank), (kind, title, content, body)) in enumerate(zip(rows, read, strict=True), 1):
        snippet, marks = _marked(lines.get(number) or _one_line(body)[:160])
        hits.append(Hit(item, content, kind, title, snippet, marks, -rank))
    return hits


def _lines(small: Connection, query: str) -> dict[int, str]:
    sql = f"SELECT rowid, snippet(t, 1, ?, ?, '…', {SNIPPET_TOKENS}) FROM t WHERE t MATCH ?"
    return {number: _one_line(line) for number, line in small.execute(sql, (OPEN, CLOSE, query))}


def _one_line(body: str) -> str:
    return " ".join(body.split())


def _marked(line: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Take the marks out of a line and say where they stood."""
    plain, marks, begin = "", [], 0
    for part in line.replace(CLOSE, CLOSE + OPEN).split(OPEN):
        if part.endswith(CLOSE):
            begin = len(plain)
            plain += part[:-1]
            marks.append((begin, len(plain)))
        else:
            plain += part
    return plain, tuple(marks)


@contextmanager
def _small_index(rows: Sequence[tuple[str | None, str | None]]) -> Iterator[Connection]:
    """Index a few rows in memory with the store's tokenizer: it finds the words exactly as the store does."""
    small = opened(":memory:")
    try:
        small.execute(f'CREATE VIRTUAL TABLE t USING fts5(title, body, tokenize="{text.TOKENIZER}")')
        cleaned = [(number, title, _clean(body)) for number, (title, body) in enumerate(rows, 1)]
        with small:
            small.executemany("INSERT INTO t (rowid, title, body) VALUES (?, ?, ?)", cleaned)
        yield small
    finally:
        small.close()


def _clean(body: str | None) -> Any:
    return body.replace(OPEN, " ").replace(CLOSE, " ") if body else body
