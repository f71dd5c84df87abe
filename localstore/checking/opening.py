"""A file that does not open as a store: what can be said of it all the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from localstore.checking.finding import Finding, salvage
from localstore.database import APPLICATION_ID, Database
from localstore.errors import NotAStore, StoreDamaged, StoreError

if TYPE_CHECKING:
    from localstore.store import Store

_MARK = slice(68, 72)
"""Where a SQLite file says whose it is."""


def opened_damaged(path: Path, error: StoreError) -> Store | Finding:
    """Return the store, for reading alone and without asking who its user is; else the finding that it cannot be.

    Raises *error* again for a file that never was a store.
    """
    from localstore.store import Store

    if isinstance(error, NotAStore) and not was_store(path):
        raise error
    try:
        return Store(Database(path, read_only=True, create=False))
    except (StoreDamaged, NotAStore) as again:
        why = again.__cause__ or "its header is not that of a store"
        return Finding("integrity", "", 1, f"{path} cannot be opened ({why}): {salvage(path)}")


def was_store(path: Path) -> bool:
    """Tell whether a file that SQLite does not take was a store: it bears our mark still, or nothing at all."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return head[_MARK] == APPLICATION_ID.to_bytes(4, "big") or (bool(head) and not any(head))
