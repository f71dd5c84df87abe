"""Ours, as a worker asks for it: the public API of a store in one file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from localstore import Filter, Store
from tests.bench.vectors import shelf, world
from tests.bench.vectors.peers import Floats

FILE = "store.db"
TABLES = ("embeddings", "vector_")
"""Whose pages are the embeddings' and the codes': by name, or by how the name begins."""


class Peer:
    """A store, opened once."""

    def __init__(self) -> None:
        self.opened: Store | None = None

    @property
    def store(self) -> Store:
        """The store, when it is open."""
        assert self.opened is not None
        return self.opened

    def prepare(self, folder: str, count: int, dim: int, texts: str = "") -> int:
        """Make a store of *count* items: with the passages at *texts*, or with a few words each."""
        real = world.passages(Path(texts)) if texts else (f"point {number} of a cloud" for number in range(count))
        some = (text for text, _ in zip(real, range(count), strict=False))
        return shelf.fill(Path(folder) / FILE, some, dim)

    def build(self, matrix: Floats, folder: Path) -> None:
        """Put the rows on the texts that are there."""
        self.open(folder)
        keys = [shelf.content_id(number) for number in range(len(matrix))]
        report = self.store.embeddings.put(shelf.MODEL, keys, matrix, create=False)
        assert report.added == len(matrix), report

    def put_new(self, matrix: Floats, folder: Path, texts: str) -> None:
        """Put the rows under keys that stand for nothing yet: each makes an item and a text."""
        self.open(folder)
        keys = [f"row-{number}" for number in range(len(matrix))]
        wanted = [text for text, _ in zip(world.passages(Path(texts)), keys, strict=False)]
        report = self.store.embeddings.put(shelf.MODEL, keys, matrix, texts=wanted, create=True)
        assert report.added == len(matrix), report

    def codes(self) -> int:
        """Make the codes anew."""
        return self.store.embeddings.rebuild()

    def open(self, folder: Path) -> None:
        """Open the store."""
        self.opened = Store.open(folder / FILE)

    def close(self) -> None:
        """Close the store, so that all of it is in the one file."""
        if self.opened is not None:
            self.opened.close()
        self.opened = None

    def one(self, query: Floats, k: int, *, exact: bool = True, where: str = "") -> Any:
        """Return the nearest, with titles and snippets."""
        return self.store.embeddings.nearest(query, k=k, exact=exact, where=parsed(where))

    def batch(self, queries: Floats, k: int, *, exact: bool = True) -> Any:
        """Return the nearest to each query."""
        return self.store.embeddings.nearest_batch(queries, k=k, exact=exact)

    def rows_of(self, found: Any) -> list[int]:
        """Return the rows of one answer."""
        return [shelf.row_of(match.content_id) for match in found.matches]

    def rows_of_batch(self, found: Any) -> list[list[int]]:
        """Return the rows of a batch's answers."""
        sql = "SELECT content_id FROM embeddings WHERE id = ?"
        with self.store.reading() as connection:
            return [
                [shelf.row_of(connection.execute(sql, (pk,)).fetchone()[0]) for pk in ids if pk]
                for ids in found.ids.tolist()
            ]

    def ask_ids(self, where: str) -> int:
        """Fetch the ids of the vectors that a filter lets through, by SQL alone."""
        with self.store.reading() as connection:
            condition, bindings = self.store.embeddings.condition(connection, parsed(where))
            sql = f"SELECT t.id FROM embeddings t WHERE {condition}"
            return len(connection.execute(sql, bindings).fetchall())

    def add_one(self, row: int, folder: str) -> None:
        """Add an item, and a vector of its text: the given query, so that it is its own nearest."""
        query = world.Vectors(Path(folder)).queries[row]
        item = self.store.items.add("added", text=f"added {row}")
        content = self.store.contents.of(str(item.id))[0]
        self.store.embeddings.put_one(shelf.MODEL, query, content=str(content.id))

    def pages(self) -> int:
        """Return the bytes of all pages that hold embeddings, their indexes and their codes (SQLite's dbstat)."""
        sql = (
            "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name"
            " WHERE d.aggregate = 1 GROUP BY s.tbl_name"
        )
        with self.store.reading() as connection:
            found: list[Any] = connection.execute(sql).fetchall()
        return sum(size for name, size in found if name in TABLES or name.startswith(TABLES[-1]))


@cache
def parsed(where: str) -> Filter | None:
    """Return the filter of a find line, read once."""
    return Filter.parse(where) if where else None
