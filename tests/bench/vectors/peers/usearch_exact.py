"""usearch: its exact search over a matrix in memory, which needs no index."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from usearch.index import MetricKind, search  # type: ignore[attr-defined,import-not-found,unused-ignore]
from usearch.io import load_matrix, save_matrix  # type: ignore[import-not-found,unused-ignore]

from tests.bench.vectors.peers import Floats, Rows, synced, threads

FILE = "matrix.fbin"
COLD = f"""
import json, sys
import numpy
from usearch.index import MetricKind, search
from usearch.io import load_matrix
matrix = load_matrix(sys.argv[1] + "/{FILE}", view=True)
query = numpy.fromfile(sys.argv[2], dtype=numpy.float32)
print(json.dumps(search(matrix, query, 10, MetricKind.IP, exact=True).keys.tolist()))
"""


class Peer:
    """A matrix in memory."""

    def build(self, matrix: Floats, folder: Path) -> None:
        """Save the matrix in its own format."""
        save_matrix(matrix, str(folder / FILE))
        synced(folder / FILE)

    def open(self, folder: Path) -> None:
        """Read the matrix into memory."""
        self.matrix: Floats = np.ascontiguousarray(load_matrix(str(folder / FILE)))

    def one(self, query: Floats, k: int) -> Rows:
        """Return the k largest products."""
        found = search(self.matrix, query, k, MetricKind.IP, exact=True, threads=threads())
        return np.asarray(found.keys, dtype=np.int64)

    def batch(self, queries: Floats, k: int) -> Rows:
        """Return the k largest products of each query."""
        found = search(self.matrix, queries, k, MetricKind.IP, exact=True, threads=threads())
        return np.asarray(found.keys, dtype=np.int64)
