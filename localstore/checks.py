"""Check: is the file sound, and does it hold what this program would have written? ``repair`` mends what can be.

A repair loses nothing: what it takes away is in the trash or derived from rows, what it merges can be undone, and
before it changes a row it keeps a copy of the file beside it. While the file itself is damaged, no row is changed:
what is missing then may only be unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from localstore.checking.attached import attached, orphans
from localstore.checking.broken_log import broken_log
from localstore.checking.codes import codes
from localstore.checking.copies import CopyOnce
from localstore.checking.deleted import deleted
from localstore.checking.derived import flag, states
from localstore.checking.duplicates import duplicates
from localstore.checking.finding import Finding, Inquiry, Part, salvage
from localstore.checking.full_text import full_text
from localstore.checking.owners import owners
from localstore.checking.pages import pages
from localstore.checking.references import references
from localstore.checking.stored_values import stored_values
from localstore.checking.structure import schema
from localstore.checking.undone import undone
from localstore.checking.vectors import vectors
from localstore.errors import Interrupted, LocalstoreError, StoreBusy, StoreFull, StoreGone, StoreReadOnly

if TYPE_CHECKING:
    from localstore.store import Store

__all__ = ["Finding", "check"]

FILE: tuple[Part, ...] = (("log", broken_log), ("pages", pages), ("schema", schema))
"""What the file itself lacks."""
ROWS: tuple[Part, ...] = (
    ("flag", flag),
    ("values", stored_values),
    ("owners", owners),
    ("references", references),
    ("duplicates", duplicates),
    ("vectors", vectors),
    ("full text", full_text),
    ("states of vectors", states),
    ("codes of vectors", codes),
    ("trash", deleted),
    ("undo log", undone),
    ("files", attached),
    ("kept files", orphans),
)
"""In the order of repair: rows first, what is derived from them after."""
Progress = Callable[[str, int, int], None]
_HOPELESS = (Interrupted, StoreBusy, StoreFull, StoreGone, StoreReadOnly)
"""Errors that say nothing of what is stored: they end the check."""


def check(
    store: Store,
    *,
    repair: bool = False,
    deep: bool = False,
    copy: bool = True,
    further: Sequence[Part] = (),
    progress: Progress | None = None,
    told: Callable[[Path], None] | None = None,
) -> list[Finding]:
    """Return what is wrong; ``progress(name, done, all)`` before each part.

    ``deep`` reads every attached file, text and vector. ``repair`` mends: before it changes rows it keeps a copy of the
    file beside it (unless *copy* is False) and calls ``told`` with its path. ``further`` are checks of whoever
    builds on the store: they come after the file and before the rows, for they may have to hear what a repair changes.
    Raises StoreReadOnly when a store that is open for reading is to be repaired; StoreFull when there is no room.
    """
    if repair and store.read_only:
        raise StoreReadOnly(f"{store.path} is open for reading only: open it for writing to repair it.")
    asked = Inquiry(store, repair, deep, CopyOnce(store, told)) if copy else Inquiry(store, repair, deep)
    found: list[Finding] = []
    parts = (*FILE, *further, *ROWS)
    for number, part in enumerate(parts):
        if progress:
            progress(part[0], number, len(parts))
        found += _looked(asked, part)
        if part[1] is pages and any(each.kind == "integrity" and not each.repaired for each in found):
            asked = replace(asked, repair=False)
    return found


def _looked(asked: Inquiry, part: Part) -> list[Finding]:
    """Return what a part finds; what it cannot read or mend is a finding too, and never ends the check."""
    name, look = part
    found: list[Finding] = []
    try:
        found.extend(look(asked))  # what it found before it failed is kept
    except _HOPELESS:
        raise
    except (LocalstoreError, apsw.Error, ValueError, TypeError, LookupError, AssertionError) as error:
        cause = error.__cause__ or error
        why = f"the {name} cannot be read ({cause}): {salvage(asked.store.path)}"
        found.append(Finding("integrity", "", 1, why))
    return found
