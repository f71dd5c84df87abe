"""faiss: a flat index of inner products."""

from __future__ import annotations

from pathlib import Path

import faiss  # type: ignore[import-untyped,import-not-found,unused-ignore]

from tests.bench.vectors.peers import Floats, Rows, synced, threads

FILE = "flat.faiss"
COLD = f"""
import json, sys
import faiss, numpy
index = faiss.read_index(sys.argv[1] + "/{FILE}")
query = numpy.fromfile(sys.argv[2], dtype=numpy.float32)
print(json.dumps(index.search(query[None], 10)[1][0].tolist()))
"""


class Peer:
    """An index in memory."""

    def build(self, matrix: Floats, folder: Path) -> None:
        """Add every row and write the index."""
        index = faiss.IndexFlatIP(matrix.shape[1])
        index.add(matrix)
        faiss.write_index(index, str(folder / FILE))
        synced(folder / FILE)

    def open(self, folder: Path) -> None:
        """Read the index into memory."""
        faiss.omp_set_num_threads(threads())
        self.index = faiss.read_index(str(folder / FILE))

    def one(self, query: Floats, k: int) -> Rows:
        """Return the k largest products."""
        found: Rows = self.index.search(query[None], k)[1][0]
        return found

    def batch(self, queries: Floats, k: int) -> Rows:
        """Return the k largest products of each query."""
        found: Rows = self.index.search(queries, k)[1]
        return found
