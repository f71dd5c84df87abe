"""A format: its name, how to know it, how to read it and how to write it.

Reading yields records and, for each record that cannot be read, a ``BadRecord`` that says where and why;
only a source that cannot be used at all raises ``TransferError``. A format holds items or vectors: readers of
vectors yield ``Vectors``, many rows each, and their writers take ``VectorRows``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from localstore.errors import TransferError
from localstore.records import BadRecord, ItemRecord
from localstore.transfer.sample import Sample
from localstore.transfer.titles import printable
from localstore.transfer.vector_rows import VectorRead, VectorRows

STREAM = Path("-")
"""The source or destination that stands for a stream."""

Read = ItemRecord | BadRecord
MAX_SHOWN_KEYS = 12


def refused(place: str, reason: object) -> BadRecord:
    """Return a record that could not be read; its reason may quote the source, but moves no cursor."""
    return BadRecord(printable(place), printable(str(reason)))


@dataclass(slots=True)
class ReadReport:
    """What a reader saw, for the message of an import that found nothing; vectors have no lines.

    Records of items are counted as they pass ``Format.read``; a reader adds ``files`` and ``lines``.
    """

    format: str = ""
    vectors: bool = False
    files: int = 0
    lines: int = 0
    records: int = 0
    bad: int = 0
    keys: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def saw_keys(self, keys: Iterable[str]) -> None:
        """Keep the first few keys or column names that a source showed."""
        if not self.keys:
            self.keys = [printable(str(key)[:40]) for key in keys][:MAX_SHOWN_KEYS]

    def summary(self) -> str:
        """Say in one sentence what was seen."""
        what = f"{self.records:,} vectors" if self.vectors else f"{self.lines:,} lines, {self.records:,} items"
        counts = f"{self.files:,} files, {what}, {self.bad:,} bad"
        keys = f"; first keys: {', '.join(self.keys)}" if self.keys else ""
        notes = "".join(f"; {note}" for note in self.notes)
        return f"read as {self.format or 'an unknown format'}: {counts}{keys}{notes}"


@dataclass(slots=True)
class ReadOptions:
    """How to read: what the flags of ``import`` say.

    ``type`` is for records that name none; ``model`` (``provider/name``) for vectors that name none; ``split``
    is ``none``, ``headings`` or a number of characters; ``stream`` is read when the source is ``-``.
    """

    type: str | None = None
    source: str = ""
    model: str | None = None
    split: str = "none"
    title_column: str | None = None
    text_column: str | None = None
    id_column: str | None = None
    tags_column: str | None = None
    vector_column: str | None = None
    table: str | None = None
    all_branches: bool = False
    stream: BinaryIO | None = None
    report: ReadReport = field(default_factory=ReadReport)

    def source_name(self, source: Path) -> str:
        """Return the name that keys are kept under: the one given, else the file's or folder's."""
        return self.source or (source.resolve().name if source != STREAM else "stdin")


@dataclass(slots=True)
class WriteOptions:
    """How to write; ``stream`` is written when the destination is ``-``; a writer's ``notes`` say what it left out."""

    stream: BinaryIO | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Format:
    """One format; its file in ``formats/`` holds one of these, named ``FORMAT``.

    ``recognise`` looks at the content and answers from 0 (cannot be) to 100 (certain). Items have ``reader`` and
    ``writer``, vectors ``vector_reader`` and ``vector_writer``; what cannot be done is None.
    """

    name: str
    summary: str
    extensions: tuple[str, ...]
    recognise: Callable[[Sample], int]
    reader: Callable[[Path, ReadOptions], Iterator[Read]] | None = None
    writer: Callable[[Iterable[ItemRecord], Path, WriteOptions], int] | None = None
    vector_reader: Callable[[Path, ReadOptions], Iterator[VectorRead]] | None = None
    vector_writer: Callable[[VectorRows, Path, WriteOptions], int] | None = None

    @property
    def holds_vectors(self) -> bool:
        """Whether it holds vectors, not items."""
        return self.vector_reader is not None or self.vector_writer is not None

    @property
    def can_read(self) -> bool:
        """Whether it comes in."""
        return self.reader is not None or self.vector_reader is not None

    @property
    def can_write(self) -> bool:
        """Whether it goes out."""
        return self.writer is not None or self.vector_writer is not None

    def read(self, source: Path, options: ReadOptions) -> Iterator[Read]:
        """Yield the records of *source*; TransferError, at the first one or later, when it cannot be used."""
        if self.reader is None:
            raise TransferError(f"{self.name} holds no items: choose another format")
        report = options.report
        report.format = self.name
        for record in self.reader(source, options):
            bad = isinstance(record, BadRecord)
            report.bad += bad
            report.records += not bad
            yield record

    def read_vectors(self, source: Path, options: ReadOptions) -> Iterator[VectorRead]:
        """Yield the vectors of *source*; TransferError, at the first or later, when it cannot be used."""
        if self.vector_reader is None:
            raise TransferError(f"{self.name} is written but not read: choose another format")
        options.report.format, options.report.vectors = self.name, True
        yield from self.vector_reader(source, options)

    def write(self, records: Iterable[ItemRecord], dest: Path, options: WriteOptions) -> int:
        """Write the records and return how many items were written; TransferError when that cannot be done."""
        if self.writer is None:
            raise TransferError(f"{self.name} is read but not written: export to another format")
        return self.writer(records, dest, options)
