"""Window: one transaction over many batches, as long as nobody waits for the lock.

Ids of no order (UUIDv5) touch every page of an index again and again; a page is written to the log once in each
transaction, so a longer one writes less. It ends when a writer asks, or when it has grown old; how old it may grow
is learnt from how long its end takes, for whoever asks must wait for that too.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

from localstore.database import Database
from localstore.turns import Listening

COMMIT = 0.03
"""Seconds that ending a transaction should take at most."""
FIRST, LEAST, MOST = 0.1, 0.02, 0.5


class Window:
    """The transaction that is open, if one is."""

    commit = COMMIT

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listening = Listening(database.path)
        self._open = ExitStack()
        self._begun: float | None = None
        self._length = FIRST

    def begin(self) -> None:
        """Open a transaction unless one is open."""
        if self._begun is None:
            self._open.enter_context(self._database.writing())
            self._begun = time.perf_counter()

    def is_over(self) -> bool:
        """Tell whether it should end: it is old enough, or somebody waits."""
        if self._begun is None:
            return True
        old = time.perf_counter() - self._begun >= self._length
        return old or bool(self._database.waiting) or self._listening.asked()

    def end(self) -> bool:
        """Commit; tell whether there was anything. What fails here undoes the whole window, and is raised."""
        if self._begun is None:
            return False
        self._begun = None
        start = time.perf_counter()
        self._open.close()
        self._learn(time.perf_counter() - start)
        return True

    def _learn(self, took: float) -> None:
        factor = 1.25 if took < self.commit / 2 else 0.7 if took > self.commit else 1.0
        self._length = min(max(self._length * factor, LEAST), MOST)

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()
