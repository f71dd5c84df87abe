"""Sums: one digest of everything a person would miss, so that a store that was struck is compared at a glance."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from localstore import Store
from localstore.models import TABLES

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
OURS = ("trash", "trash_rows", "undo_log", "drafts", "saved_searches", "preferences")
"""Tables of this machine that hold what a person did; others are derived, and ``check`` compares them."""
DIARY = ("undo_log", "events")
"""What tells of a write that is done in parts: it differs with how many there were."""


def rows(store: Store, *, diary: bool = True) -> dict[str, list[str]]:
    """Return every row of every table that counts, as text without times and places, in order."""
    names = [*(str(model._meta.table_name) for model in TABLES), *OURS]
    here = str(store.path.parent)
    with store.reading() as connection:
        return {
            name: sorted(_plain(row, here) for row in connection.execute(f"SELECT * FROM {name}"))
            for name in names
            if diary or name not in DIARY
        }


def _plain(row: tuple[Any, ...], here: str) -> str:
    return STAMP.sub("T", repr(row)).replace(here, "")


def total(store: Store, *, diary: bool = True) -> str:
    """Return the digest of ``rows``."""
    return hashlib.sha256(repr(rows(store, diary=diary)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def counts(store: Store, names: set[str]) -> dict[str, int]:
    """Return how many rows some tables have."""
    with store.reading() as connection:
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
