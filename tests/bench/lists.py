"""Pages and word search of a million items, in process."""

from __future__ import annotations

from pathlib import Path

from localstore import Filter, Store
from localstore.search import RANK
from localstore.text import match_query
from tests.bench import million
from tests.bench.measure import Row, in_turn, median, milliseconds

PAPERS = Filter(types=("paper",))
RAW = (
    "SELECT i.id, i.title, c.text FROM"
    f" (SELECT rowid FROM text_index WHERE text_index MATCH ? ORDER BY {RANK} LIMIT 20) x"
    " JOIN text_rows r ON r.docid = x.rowid LEFT JOIN contents c ON c.id = r.id"
    " JOIN items i ON i.id = COALESCE(c.item_id, r.id)"
)


def rows(path: Path) -> list[Row]:
    """Measure the pages and the searches."""
    with Store.open(path) as store:
        return [*_pages(store), *(_search(store, word) for word in ("quokka", "retry", "retry backoff", "quokk"))]


def _pages(store: Store) -> list[Row]:
    anchors = store.items.anchors(PAPERS)
    deep = anchors[int(len(anchors) * 0.9)]
    first = median(lambda: store.items.rows(PAPERS, limit=100))
    late = median(lambda: store.items.rows(PAPERS, after=deep, limit=100))
    whole = store.items.anchors()[min(900_000, million.ITEMS * 9 // 10) // 128]
    row = median(lambda: store.items.rows(after=whole, limit=100))
    return [
        _page("first page of 100, filter on type", first, 0.003),
        _page("page at 90 % of that filter", late, 0.005),
        _page("page at row 900k of all", row, 0.005),
    ]


def _page(what: str, took: float, asked: float) -> Row:
    return Row(what, milliseconds(took), "–", f"≤ {asked * 1000:.0f} ms", milliseconds(took), took <= asked)


def _search(store: Store, words: str) -> Row:
    query = match_query(words)
    with store.reading() as connection:
        ours, raw = in_turn(
            lambda: store.search(words, limit=20), lambda: connection.execute(RAW, (query,)).fetchall(), 9
        )
    what = f"word search “{words}”, first 20, marked, beside raw FTS5"
    return Row(what, milliseconds(ours), milliseconds(raw), "≤ 3 ×", f"{ours / raw:.2f} ×", ours <= 3 * raw)
