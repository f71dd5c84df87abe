"""What a bulk write did, counted as it goes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from localstore.errors import TransferError
from localstore.records import BadRecord

SHOWN = 1000
"""Records of one kind that are kept for messages; the rest is counted."""


@dataclass(slots=True)
class BulkReport:
    """Items by what became of them; ``bad`` and ``conflicts`` hold the first thousand of their kind.

    ``kept``: changed there and here, ours stays. ``copied``: made a second item. ``duplicates``: the same id twice
    in one source. ``files_left``: the item went in without a file that another item has.
    """

    added: int = 0
    updated: int = 0
    skipped: int = 0
    kept: int = 0
    copied: int = 0
    duplicates: int = 0
    files_left: int = 0
    bad_count: int = 0
    bad: list[BadRecord] = field(default_factory=list)
    conflicts: list[BadRecord] = field(default_factory=list)

    def merge(self, other: BulkReport) -> None:
        """Add what another report counted."""
        for each in fields(BulkReport):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, list):
                mine += theirs[: SHOWN - len(mine)]
            else:
                setattr(self, each.name, mine + theirs)

    @property
    def records(self) -> int:
        """How many records were taken, whatever became of them."""
        return sum((self.added, self.updated, self.skipped, self.kept, self.copied, self.duplicates, self.bad_count))

    def counts(self) -> dict[str, int]:
        """Return the counts that are not zero, by name."""
        names = ("added", "updated", "skipped", "kept", "copied", "duplicates", "files_left", "bad_count")
        return {name.removesuffix("_count"): getattr(self, name) for name in names if getattr(self, name)}

    @property
    def changes(self) -> int:
        """How many items were written."""
        return self.added + self.updated + self.copied


@dataclass(slots=True)
class BatchReport(BulkReport):
    """The report of one batch; when *strict*, the first bad record raises TransferError."""

    strict: bool = False

    def note_bad(self, record: BadRecord) -> None:
        """Count a record that could not go in."""
        self.bad_count += 1
        self._show(record)

    def note_duplicate(self, record: BadRecord) -> None:
        """Count a record whose id another one of this source has."""
        self.duplicates += 1
        self._show(record)

    def note_file_left(self, record: BadRecord) -> None:
        """Count a file that was left out of its item."""
        self.files_left += 1
        self._show(record)

    def note_kept(self, record: BadRecord) -> None:
        """Count a record that differs from an item that was changed here."""
        self.kept += 1
        self.conflicts.append(record)

    def _show(self, record: BadRecord) -> None:
        if self.strict:
            raise TransferError(f"{record.place}: {record.reason}")
        self.bad.append(record)
