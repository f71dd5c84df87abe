"""Recent searches: the find lines used last, on this machine; never synced, without undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localstore import values

if TYPE_CHECKING:
    from localstore.store import Store

KEY = "recent_searches"
KEPT = 50
LONGEST = 1_000
"""Characters of a line that is kept; nobody types more."""


class RecentSearches:
    """``store.recent_searches``."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def all(self) -> list[str]:
        """Return the lines, the last one used first."""
        found = self.store.preferences.get(KEY, [])
        return [line for line in found if isinstance(line, str)] if isinstance(found, list) else []

    def add(self, line: str) -> None:
        """Keep a line as the last one used; an empty one, or one too long, is passed over."""
        line = line.strip()
        if not line or len(line) > LONGEST:
            return
        values.check_text(line, "search")
        with self.store.database.writing():
            before = self.all()
            if before[:1] != [line]:
                self.store.preferences.set(KEY, [line, *(each for each in before if each != line)][:KEPT])

    def remove(self, line: str) -> None:
        """Forget one line."""
        with self.store.database.writing():
            self.store.preferences.set(KEY, [each for each in self.all() if each != line])

    def clear(self) -> None:
        """Forget all of them."""
        self.store.preferences.remove(KEY)
