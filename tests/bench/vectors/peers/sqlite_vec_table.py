"""sqlite-vec: a ``vec0`` table through APSW, filled in one transaction with float32 blobs, as its guide says.

Unit vectors by L2, its default and its fastest: the order is that of the cosine. Cold, the extension is loaded
without its package, which imports numpy.
"""

from __future__ import annotations

from pathlib import Path

import apsw
import sqlite_vec  # type: ignore[import-untyped,import-not-found,unused-ignore]

from tests.bench.vectors.peers import Floats

FILE = "vec0.db"
SQL = "SELECT rowid FROM vectors WHERE embedding MATCH ? AND k = ? ORDER BY distance"
COLD = f"""
import json, sys
from importlib.util import find_spec
from pathlib import Path
import apsw
extension = Path(find_spec("sqlite_vec").origin).with_name("vec0")
connection = apsw.Connection(sys.argv[1] + "/{FILE}")
connection.enable_load_extension(True)
connection.load_extension(str(extension))
with open(sys.argv[2], "rb") as file:
    query = file.read()
print(json.dumps([row[0] for row in connection.execute("{SQL}", (query, 10))]))
"""


class Peer:
    """A connection with the extension."""

    def build(self, matrix: Floats, folder: Path) -> None:
        """Insert every row, durable: SQLite's default journal with synchronous FULL."""
        self.open(folder)
        self.connection.pragma("synchronous", "FULL")
        self.connection.execute(f"CREATE VIRTUAL TABLE vectors USING vec0(embedding float[{matrix.shape[1]}])")
        rows = ((number, row.tobytes()) for number, row in enumerate(matrix))
        with self.connection:
            self.connection.executemany("INSERT INTO vectors (rowid, embedding) VALUES (?, ?)", rows)

    def open(self, folder: Path) -> None:
        """Open the file and load the extension."""
        self.connection = apsw.Connection(str(folder / FILE))
        self.connection.enable_load_extension(True)
        self.connection.load_extension(sqlite_vec.loadable_path())

    def one(self, query: Floats, k: int) -> list[int]:
        """Return the rowids of one KNN query."""
        return [row[0] for row in self.connection.execute(SQL, (query.tobytes(), k))]

    def batch(self, queries: Floats, k: int) -> list[list[int]]:
        """Ask one by one: it has no batches."""
        return [self.one(query, k) for query in queries]
