"""A window for vectors: it may end more slowly than an import's, for a vector's row alone is a tenth of a page."""

from __future__ import annotations

from localstore.bulk.window import Window


class VectorWindow(Window):
    """Learns its length from how long its end takes."""

    commit = 0.06
    """Seconds that ending a transaction should take at most: a writer, waiting for a batch too, waits below 100 ms.

    With 30 ms, 60,000 new items with texts took half as long again: their transactions were too short for the ids of
    no order of eight indexes, of which each writes a whole page anew.
    """
