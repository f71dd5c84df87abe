"""numpy: the float32 matrix in memory, one matrix product, ``argpartition``; cold, the same over a mapped file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.bench.vectors.peers import Floats, Rows, synced

FILE = "matrix.npy"
COLD = """
import json, sys
import numpy as np
matrix = np.load(sys.argv[1] + "/matrix.npy", mmap_mode="r")
scores = matrix @ np.fromfile(sys.argv[2], dtype=np.float32)
found = np.argpartition(scores, -10)[-10:]
print(json.dumps(found[np.argsort(-scores[found])].tolist()))
"""


class Peer:
    """A matrix in memory."""

    def build(self, matrix: Floats, folder: Path) -> None:
        """Save the array."""
        np.save(folder / FILE, matrix)
        synced(folder / FILE)

    def open(self, folder: Path) -> None:
        """Read the array into memory."""
        self.matrix: Floats = np.load(folder / FILE)

    def one(self, query: Floats, k: int) -> Rows:
        """Return the k largest products."""
        scores = self.matrix @ query
        found = np.argpartition(scores, -k)[-k:]
        return found[np.argsort(-scores[found])]

    def batch(self, queries: Floats, k: int) -> Rows:
        """Return the k largest of each column of one product."""
        scores = queries @ self.matrix.T
        found = np.argpartition(scores, -k, axis=1)[:, -k:]
        order = np.argsort(-np.take_along_axis(scores, found, axis=1), axis=1)
        return np.take_along_axis(found, order, axis=1)
