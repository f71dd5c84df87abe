"""DuckDB: nearest vectors in plain SQL, over a column of fixed-size arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb  # type: ignore[import-untyped,import-not-found,unused-ignore]
import numpy as np

from tests.bench.vectors.peers import Floats, synced, threads

FILE = "vectors.duckdb"
SQL = "SELECT id FROM vectors ORDER BY array_inner_product(vector, ?::FLOAT[{dim}]) DESC LIMIT {k}"
COLD = f"""
import array, json, sys
import duckdb
connection = duckdb.connect(sys.argv[1] + "/{FILE}", read_only=True)
query = array.array("f")
with open(sys.argv[2], "rb") as file:
    query.frombytes(file.read())
sql = "{SQL}".format(dim=len(query), k=10)
print(json.dumps([row[0] for row in connection.execute(sql, [query.tolist()]).fetchall()]))
"""


class Peer:
    """A connection."""

    def build(self, matrix: Floats, folder: Path) -> None:
        """Insert from an Arrow table, its fastest way in, and write the checkpoint."""
        import pyarrow  # type: ignore[import-untyped,import-not-found,unused-ignore]

        rows, dim = matrix.shape
        lists = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(matrix.reshape(-1)), dim)
        table = pyarrow.table({"id": np.arange(rows), "vector": lists})
        with self._connect(folder) as connection:
            connection.register("given", table)
            connection.execute(f"CREATE TABLE vectors AS SELECT id, vector::FLOAT[{dim}] AS vector FROM given")
            connection.execute("CHECKPOINT")
        synced(folder / FILE)

    def open(self, folder: Path) -> None:
        """Open the file."""
        self.connection = self._connect(folder, read_only=True)

    def one(self, query: Floats, k: int) -> list[int]:
        """Return the ids of one query in SQL."""
        found: list[Any] = self.connection.execute(SQL.format(dim=len(query), k=k), [query.tolist()]).fetchall()
        return [row[0] for row in found]

    def batch(self, queries: Floats, k: int) -> list[list[int]]:
        """Ask one by one."""
        return [self.one(query, k) for query in queries]

    @staticmethod
    def _connect(folder: Path, *, read_only: bool = False) -> Any:
        return duckdb.connect(str(folder / FILE), read_only=read_only, config={"threads": threads()})
