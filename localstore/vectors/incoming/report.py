"""What storing many vectors did, counted as it goes."""

from __future__ import annotations

from dataclasses import dataclass, field

from localstore.errors import InvalidValue
from localstore.records import BadRecord

SHOWN = 1000
"""Bad rows that are kept for messages; the rest is counted."""
NAMED = 10
"""Unknown keys that are kept."""
COUNTS = ("added", "updated", "unchanged", "items_made", "texts_made", "unknown_count", "bad_count")


@dataclass(slots=True)
class PutReport:
    """Vectors by what became of them, and what was made for them.

    ``added`` are new, ``updated`` took the place of another vector (or metadata) of the same model and text,
    ``unchanged`` were there already. ``items_made`` and ``texts_made`` count new items and contents. ``unknown``
    holds the first keys that stand for nothing here and were left out, ``bad`` the first thousand rows that could
    not go in, each with its place.
    """

    model: str = ""
    model_id: str = ""
    dim: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    items_made: int = 0
    texts_made: int = 0
    unknown_count: int = 0
    unknown: list[str] = field(default_factory=list)
    bad_count: int = 0
    bad: list[BadRecord] = field(default_factory=list)

    @property
    def stored(self) -> int:
        """How many vectors are in the store as they came."""
        return self.added + self.updated + self.unchanged

    @property
    def rows(self) -> int:
        """How many rows were taken, whatever became of them."""
        return self.stored + self.unknown_count + self.bad_count

    @property
    def changes(self) -> int:
        """How many vectors were written."""
        return self.added + self.updated

    def counts(self) -> dict[str, int]:
        """Return the counts that are not zero, by name."""
        return {name.removesuffix("_count"): getattr(self, name) for name in COUNTS if getattr(self, name)}

    def merge(self, other: PutReport) -> None:
        """Add what another report counted."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unknown += other.unknown[: NAMED - len(self.unknown)]
        self.bad += other.bad[: SHOWN - len(self.bad)]

    def note_unknown(self, key: str) -> None:
        """Count a key that stands for nothing here."""
        self.unknown_count += 1
        if len(self.unknown) < NAMED:
            self.unknown.append(key)


@dataclass(slots=True)
class BatchReport(PutReport):
    """The report of some rows; when *strict*, the first bad one raises InvalidValue."""

    strict: bool = False

    def note_bad(self, place: str, reason: str) -> None:
        """Count a row that could not go in."""
        if self.strict:
            raise InvalidValue(reason, place)
        self.bad_count += 1
        if len(self.bad) < SHOWN:
            self.bad.append(BadRecord(place, reason))
