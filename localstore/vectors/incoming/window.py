"""A window for vectors: it may end more slowly than an import's, for a vector's row alone is a tenth of a page."""

from __future__ import annotations

from localstore.bulk.window import LEAST, MOST, Window

COMMIT = 0.06
"""Seconds that ending a transaction should take at most: with a batch before it a writer waits for less than 100 ms.

With 30 ms, 60,000 new items with texts took half as long again: their transactions were too short for the ids of no
order of eight indexes, of which each writes a whole page anew.
"""


class VectorWindow(Window):
    """Learns its length from how long its end takes."""

    def _learn(self, took: float) -> None:
        factor = 1.25 if took < COMMIT / 2 else 0.7 if took > COMMIT else 1.0
        self._length = min(max(self._length * factor, LEAST), MOST)
