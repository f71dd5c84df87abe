"""usearch: its HNSW index with its own defaults, float32: approximate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from usearch.index import Index, MetricKind  # type: ignore[attr-defined,import-not-found,unused-ignore]

from tests.bench.vectors.peers import Floats, Rows, synced, threads

FILE = "hnsw.usearch"
COLD = f"""
import json, sys
import numpy
from usearch.index import Index
index = Index.restore(sys.argv[1] + "/{FILE}", view=True)
query = numpy.fromfile(sys.argv[2], dtype=numpy.float32)
print(json.dumps(index.search(query, 10).keys.tolist()))
"""


class Peer:
    """A graph in memory."""

    def build(self, matrix: Floats, folder: Path) -> None:
        """Add every row on all threads and save the graph."""
        index = Index(ndim=matrix.shape[1], metric=MetricKind.IP, dtype="f32")
        index.add(np.arange(len(matrix)), matrix, threads=threads())
        index.save(str(folder / FILE))
        synced(folder / FILE)

    def open(self, folder: Path) -> None:
        """Read the graph into memory."""
        self.index: Any = Index.restore(str(folder / FILE))

    def one(self, query: Floats, k: int) -> Rows:
        """Walk the graph once."""
        return np.asarray(self.index.search(query, k).keys, dtype=np.int64)

    def batch(self, queries: Floats, k: int) -> Rows:
        """Walk the graph for each query, on all threads."""
        return np.asarray(self.index.search(queries, k, threads=threads()).keys, dtype=np.int64)
