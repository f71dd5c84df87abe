"""Check: is the file sound, and does it hold what this program would have written? ``repair`` mends what can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from localstore.checking.attached import attached, orphans
from localstore.checking.codes import codes
from localstore.checking.derived import flag, full_text, states
from localstore.checking.duplicates import duplicates
from localstore.checking.finding import Check, Finding, Inquiry
from localstore.checking.lengths import lengths
from localstore.checking.stored_values import stored_values
from localstore.checking.structure import foreign_keys, pages, schema
from localstore.errors import StoreDamaged, StoreReadOnly

if TYPE_CHECKING:
    from localstore.store import Store

__all__ = ["Finding", "check"]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("pages", pages),
    ("schema", schema),
    ("foreign keys", foreign_keys),
    ("flag", flag),
    ("values", stored_values),
    ("duplicates", duplicates),
    ("lengths of vectors", lengths),
    ("full text", full_text),
    ("states of vectors", states),
    ("codes of vectors", codes),
    ("files", attached),
    ("kept files", orphans),
)
"""In the order of repair: what the file itself lacks first, what is derived from rows after the rows."""
Progress = Callable[[str, int, int], None]


def check(store: Store, *, repair: bool = False, deep: bool = False, progress: Progress | None = None) -> list[Finding]:
    """Return what is wrong; ``progress(name, done, all)`` before each part.

    ``repair`` merges duplicates, keeping the oldest row, and builds anew what is derived; the messages of the rest
    say what a person can do. ``deep`` reads the bytes of every file of this machine.
    """
    if repair and store.read_only:
        raise StoreReadOnly(f"{store.path} is open for reading only: open it for writing to repair it.")
    found: list[Finding] = []
    for number, (name, look) in enumerate(CHECKS):
        if progress:
            progress(name, number, len(CHECKS))
        try:
            found += look(Inquiry(store, repair, deep))
        except StoreDamaged as error:
            why = f"the {name} cannot be read ({error.__cause__}); restore a backup, or export what can be read"
            found.append(Finding("integrity", "", 1, why))
    return found
