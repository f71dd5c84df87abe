"""Import: sources read by their formats, written by the bulk writer; vectors set-wise, by ``Incoming``.

Each batch is safe once it is written; an import that was stopped goes on where it stopped when it is run again. It
is taken back by deleting what it brought: items whose ``meta_data.source.name`` is the name of the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from localstore import store_source
from localstore.bulk import Bulk, BulkReport
from localstore.errors import InvalidValue, TransferError
from localstore.records import BadRecord
from localstore.transfer import STREAM, Format, ReadOptions, detect, reader_named
from localstore.transfer.format import Read
from localstore.transfer.ordinary import check_ordinary
from localstore.transfer.titles import printable
from localstore.transfer.vector_import import VectorImport

if TYPE_CHECKING:
    from localstore.store import Store

STORE = "store"
"""What the format of another store is called."""
IN_A_ROW = 10_000
"""Bad records after which the rest of a source is not tried: a thousand are told, and nobody reads the millionth."""


@dataclass(slots=True)
class ImportOptions:
    """What the flags of ``import`` say.

    ``format`` None means: recognised by content. ``source`` names where keys come from, the file's or folder's name
    when empty. ``stream`` is what ``-`` stands for. ``existing_only`` leaves out vectors of what is not here. The
    others are those of ``ReadOptions`` and ``Bulk``.
    """

    format: str | None = None
    source: str = ""
    type: str | None = None
    model: str | None = None
    split: str = "none"
    on_conflict: str = "keep"
    dry_run: bool = False
    strict: bool = False
    title_column: str | None = None
    text_column: str | None = None
    id_column: str | None = None
    tags_column: str | None = None
    vector_column: str | None = None
    table: str | None = None
    existing_only: bool = False
    all_branches: bool = False
    stream: BinaryIO | None = None

    def reading(self) -> ReadOptions:
        """Return the options of one reader."""
        return ReadOptions(
            type=self.type,
            source=self.source,
            model=self.model,
            split=self.split,
            title_column=self.title_column,
            text_column=self.text_column,
            id_column=self.id_column,
            tags_column=self.tags_column,
            vector_column=self.vector_column,
            table=self.table,
            all_branches=self.all_branches,
            stream=self.stream,
        )


@dataclass(slots=True)
class ImportReport(BulkReport):
    """What became of the records, what was seen (a sentence for each source), and what was left out and why.

    Of vectors ``added``, ``updated`` and ``skipped`` count vectors; ``items_made`` and ``texts_made`` what was made
    for keys that stood for nothing here, ``unknown_count`` those that were left out instead.
    """

    dry_run: bool = False
    items_made: int = 0
    texts_made: int = 0
    unknown_count: int = 0
    formats: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def records(self) -> int:
        """How many records were taken, whatever became of them."""
        return sum((self.added, self.updated, self.skipped, self.kept, self.copied)) + sum(
            (self.duplicates, self.bad_count, self.unknown_count)
        )

    def counts(self) -> dict[str, int]:
        """Return the counts that are not zero, by name."""
        found = BulkReport.counts(self)
        names = ("items_made", "texts_made", "unknown_count")
        return found | {name.removesuffix("_count"): getattr(self, name) for name in names if getattr(self, name)}


Progress = Callable[[ImportReport], None]


def import_files(
    store: Store,
    sources: Sequence[str | Path],
    options: ImportOptions | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import files, folders, other stores, or ``-`` (``options.stream``); one event, one report.

    ``progress`` is called with the report after each batch. Raises TransferError for a source that cannot be used or
    yields nothing, or, when strict, for the first bad record; what was written before stays.
    """
    chosen = options or ImportOptions()
    if not sources:
        raise InvalidValue("nothing to import: name a file or folder, or - for standard input", "sources")
    for source in sources:
        if Path(source) != STREAM:
            check_ordinary(Path(source))
    if chosen.dry_run and any(_is_store(Path(source), chosen) for source in sources):
        return _rehearse(store, sources, chosen, progress)
    return _run(store, sources, chosen, progress, bytes_too=True)


def _run(
    store: Store, sources: Sequence[str | Path], chosen: ImportOptions, progress: Progress | None, *, bytes_too: bool
) -> ImportReport:
    report = ImportReport(dry_run=chosen.dry_run)
    told: Callable[[BulkReport], None] | None = (lambda _: progress(report)) if progress else None
    with Bulk(
        store,
        type=chosen.type,
        on_conflict=chosen.on_conflict,
        strict=chosen.strict,
        dry_run=chosen.dry_run,
        report=report,
        on_batch=told,
    ) as bulk:
        for source in sources:
            with _placed(Path(source)):
                _import_one(bulk, Path(source), chosen, report, told, bytes_too=bytes_too)
    return report


@contextmanager
def _placed(source: Path) -> Iterator[None]:
    """Let each refusal name its source; what it quotes (columns, tables, members) is the source's and moves no cursor.

    What takes more memory than there is, is refused too.
    """
    try:
        yield
    except TransferError as error:
        sentence = str(error) if source.name in str(error) else f"{source}: {error}"
        if sentence == str(error) and sentence.isprintable():
            raise
        raise TransferError(printable(sentence)) from None
    except MemoryError:
        raise TransferError(f"{source}: there is not enough memory to read it: split it") from None


def _rehearse(
    store: Store, sources: Sequence[str | Path], options: ImportOptions, progress: Progress | None
) -> ImportReport:
    """Try an import of a store on a copy of this one: its people must be there before its items can be."""
    with store_source.scratch_copy(store) as scratch:
        report = _run(scratch, sources, replace(options, dry_run=False), progress, bytes_too=False)
    report.dry_run = True
    return report


def _is_store(source: Path, options: ImportOptions) -> bool:
    if options.format is not None:
        return options.format == STORE
    return source != STREAM and store_source.is_store(source)


def _import_one(
    bulk: Bulk,
    source: Path,
    options: ImportOptions,
    report: ImportReport,
    told: Callable[[BulkReport], None] | None,
    *,
    bytes_too: bool,
) -> None:
    if _is_store(source, options):
        bulk.source = options.source or source.resolve().name
        report.formats.append(STORE)
        store_source.copy(source, bulk, report, bytes_too=bytes_too)
        return
    chosen = reader_named(options.format) if options.format else detect(source)
    reading = options.reading()
    reading.report.format = chosen.name
    bulk.source = reading.source_name(source)
    report.formats.append(chosen.name)
    try:
        if chosen.vector_reader is not None:
            _import_vectors(bulk, source, chosen, reading, options, report, told)
        elif options.existing_only:
            raise TransferError(f"{source} holds items ({chosen.name}): --existing-only is for vectors; leave it out")
        else:
            for record in _hopeful(chosen.read(source, reading)):
                bulk.put(record)
    except RecursionError:
        raise TransferError(f"{source}: nested too deeply to be read: flatten it") from None
    bulk.flush()
    seen = f"{source}: {reading.report.summary()}"
    report.seen.append(seen)
    if not reading.report.records:
        why = f"; the first: {report.bad[-1].place}: {report.bad[-1].reason}" if reading.report.bad else ""
        raise TransferError(f"{source}: nothing could be imported; {reading.report.summary()}{why}")


def _hopeful(records: Iterable[Read]) -> Iterator[Read]:
    """Yield records until so many in a row are bad that the source cannot be what it is taken for."""
    in_a_row = 0
    for record in records:
        in_a_row = in_a_row + 1 if isinstance(record, BadRecord) else 0
        yield record
        if isinstance(record, BadRecord) and in_a_row >= IN_A_ROW:
            raise TransferError(
                f"{record.place}: {IN_A_ROW:,} records in a row cannot be read, this one: {record.reason}; what came"
                " before them is here: name another --format, or import what follows them as a file of its own"
            )


def _import_vectors(
    bulk: Bulk,
    source: Path,
    chosen: Format,
    reading: ReadOptions,
    options: ImportOptions,
    report: ImportReport,
    told: Callable[[BulkReport], None] | None,
) -> None:
    """Store the vectors of a source after the items that came before it."""
    bulk.flush()
    if options.type is not None:
        raise TransferError(f"{source} holds vectors, whose items are of type vector: leave out --type")
    VectorImport(
        store=bulk.store,
        report=report,
        place=str(source),
        model=options.model,
        source=reading.source_name(source),
        create=not options.existing_only,
        strict=options.strict,
        dry_run=options.dry_run,
        progress=(lambda: told(report)) if told else None,
    ).take(chosen.read_vectors(source, reading))
    report.notes += [f"{source}: {note}" for note in reading.report.notes]
