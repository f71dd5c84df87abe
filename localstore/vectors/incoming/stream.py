"""Incoming vectors: batch after batch of one source, checked, sorted and stored set-wise.

Rows wait until there are many and are then written in the order of the ids that their keys stand for: a batch then
touches few pages of each index. A transaction is short and ends when another writer asks. A finished one stays,
whatever happens after it, and storing the same again goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy
from numpy.typing import NDArray

from localstore import values
from localstore.bulk.pace import GAP, Pace
from localstore.bulk.stream import Stream
from localstore.bulk.wal import Wal
from localstore.connection import Connection
from localstore.deeds import undo
from localstore.errors import LocalstoreError, StoreReadOnly
from localstore.rules import touch
from localstore.vectors.incoming.batch import PutBatch
from localstore.vectors.incoming.codes import NewCodes
from localstore.vectors.incoming.event import PutEvent
from localstore.vectors.incoming.matrix import as_keys, as_matrix, check_width
from localstore.vectors.incoming.model import model_called
from localstore.vectors.incoming.repeats import Repeats
from localstore.vectors.incoming.report import BatchReport, PutReport
from localstore.vectors.incoming.rows import Given, Rows, check_lengths, check_rows, joined
from localstore.vectors.incoming.window import VectorWindow

if TYPE_CHECKING:
    from localstore.store import Store

WAITING = 48_000_000
"""Bytes of vectors that wait to be sorted."""
DEFAULT_SOURCE = "vectors"


@dataclass(slots=True)
class VectorBatch:
    """Some rows of a source: a key and a vector each, and what came with them.

    ``matrix`` has shape ``(len(keys), d)``, of any float or integer type. ``texts``, ``titles`` and ``metadata``
    are of the same length, or None; each may hold None. ``place`` names the source (``"file.npz"``) and ``first``
    is the number of its first row here, so that row *i* is told of as ``file.npz:row 4097``.
    """

    keys: Sequence[str]
    matrix: NDArray[Any]
    texts: Sequence[str | None] | None = None
    titles: Sequence[str | None] | None = None
    metadata: Sequence[Mapping[str, Any] | None] | None = None
    place: str = ""
    first: int = 0

    def given(self) -> Given:
        """Return the rows, numbered."""
        matrix = as_matrix(self.matrix, f"{self.place}:matrix" if self.place else "matrix")
        numbers = range(self.first, self.first + len(matrix))
        return Given(as_keys(self.keys), matrix, self.texts, self.titles, self.metadata, numbers, self.place)


class _Undone(Exception):
    """Rolls a batch of a dry run back."""


class Incoming(Stream):
    """``with Incoming(store, "local/bge", source="papers") as incoming: incoming.put(batch)``; then ``.report``.

    ``source`` names where keys come from that are no ids; with *create*, keys that stand for nothing make items,
    else they are counted as unknown. ``dim`` is the length that all vectors must have; the model's own, or that of
    the first batch, when None. When *strict*, the first bad row raises InvalidValue; otherwise it is reported and
    the others go in. A ``dry_run`` counts and writes nothing. With *undo*, all is one transaction that can be taken
    back: for few rows. ``on_batch`` is called with the report after each transaction.
    """

    def __init__(
        self,
        store: Store,
        model: str,
        *,
        source: str = DEFAULT_SOURCE,
        create: bool = True,
        dim: int | None = None,
        strict: bool = False,
        dry_run: bool = False,
        undo: bool = False,
        on_batch: Callable[[PutReport], None] | None = None,
    ) -> None:
        if store.read_only:
            raise StoreReadOnly(f"{store.path} is open for reading only: open it for writing to store vectors.")
        self.store = store
        self.source = values.check_text(source, "source", values.MAX_INDEXED) or DEFAULT_SOURCE
        self.create = create
        self.strict = strict
        self.dry_run = dry_run
        self.undo = undo
        self.model = model_called(store, model, create=create)
        self.report = PutReport(self.model.spelled, self.model.id, dim or 0)
        self._on_batch = on_batch
        self._pace = Pace()
        self._repeats = Repeats()
        self._pending: list[Rows] = []
        self._waiting = 0
        self._refused = BatchReport(strict=strict)
        self._unsettled: list[PutReport] = []
        self._changes: list[dict[str, Any]] = []
        self._touched: list[str] = []
        self._event = PutEvent(store, self.model.spelled, self.source)
        self._codes = NewCodes()
        self._open = False

    def __enter__(self) -> Incoming:
        self._wal = Wal(self.store.database)
        self._window = VectorWindow(self.store.database)
        return self

    def _note_end(self, state: str) -> None:
        self._event.finish(state)

    def _close(self) -> None:
        self._window.close()
        self._wal.close()

    # -- taking -------------------------------------------------------------------------------------------

    def put(self, batch: VectorBatch) -> None:
        """Take a batch; it is written when many rows wait.

        Raises InvalidValue for a matrix of another shape or width, with both numbers, and for columns of another
        length.
        """
        given = batch.given()
        check_lengths(given)
        if not len(given.matrix):
            return
        self.check_width(given.matrix.shape[1], batch.place)
        rows = check_rows(given, self.source, self._refused)
        repeated = self._repeats.add(rows.ids, rows.numbers)
        for row, first in repeated:
            reason = f"the key {rows.keys[row]!r} stood in row {first} before: only that went in"
            self._refused.note_bad(rows.at(row), reason)
        if repeated:
            rows = rows.take(numpy.delete(numpy.arange(len(rows)), [row for row, _ in repeated]))
        self.take(rows)

    def check_width(self, width: int, place: str = "") -> None:
        """Refuse vectors of another length than those of the model, or than those that came before."""
        path = f"{place}:matrix" if place else "matrix"
        if not self.report.dim:
            with self.store.reading() as connection:
                self.model.check_width(connection, width, path)
            self.report.dim = width
        check_width(width, self.report.dim, self.model.spelled, path)

    def take(self, rows: Rows) -> None:
        """Take rows that were checked, and whose keys are known to differ."""
        if len(rows):
            self._pending.append(rows)
            self._waiting += rows.matrix.nbytes
        if self._waiting >= WAITING:
            self.flush()

    def flush(self) -> None:
        """Write what waits; it stays, whatever comes after. No transaction is open before or after."""
        waiting, self._pending, self._waiting = self._pending, [], 0
        if waiting:
            rows = joined(waiting)
            waiting.clear()
            self.write(rows.take(numpy.argsort(rows.ids, kind="stable")))
        self.settle()

    # -- writing ------------------------------------------------------------------------------------------

    def write(self, rows: Rows) -> None:
        """Write rows in batches of the weight that the pace allows; those written before one fails stay.

        A transaction may be open afterwards: ``settle`` ends it.
        """
        weight = 2 + rows.matrix.shape[1] // 256
        at = 0
        try:
            while at < len(rows):
                count = len(rows) if self.undo else max(1, int(self._pace.weight / weight))
                self._write_batch(rows.take(numpy.arange(at, min(at + count, len(rows)))), weight)
                at += count
        except BaseException:
            with suppress(LocalstoreError):
                self.settle()
            raise

    def _write_batch(self, rows: Rows, weight: int) -> None:
        report = BatchReport(strict=self.strict)
        took = self._write_in_turn(rows, report)
        self._pace.took(weight * len(rows), took)
        self._unsettled.append(report)
        if self.dry_run or self._window.is_over():
            self.settle()

    def _write_in_turn(self, rows: Rows, report: BatchReport) -> float:
        """Write one batch in one transaction; return the seconds it held the lock."""
        begun = time.perf_counter()
        try:
            if not self.dry_run:
                self._window.begin()
                self._open = True
            with self.store.database.writing() as connection:
                begun = time.perf_counter()
                self._wal.watch(connection)
                self._store_rows(connection, rows, report)
                if self.dry_run:
                    raise _Undone
        except _Undone:
            pass
        return time.perf_counter() - begun

    def _store_rows(self, connection: Connection, rows: Rows, report: BatchReport) -> None:
        pk = self.model.ensure(connection, rows.matrix.shape[1])
        batch = PutBatch(connection, pk, self.source, self.store.local_user_id, report, undo=self.undo)
        batch.write(rows, create=self.create)
        if not self.dry_run:
            self.report.model_id = pk
            self._codes.add(connection, pk, batch.inserted)
        self._changes += batch.changes or []
        for item in batch.touched:
            touch(connection, item)
        self._touched += batch.touched

    def settle(self) -> None:
        """End the transaction: what was written is safe from here on, and is told."""
        unsettled, self._unsettled = [*self._unsettled, self._refused], []
        self._refused = BatchReport(strict=self.strict)
        total = PutReport()
        for report in (self.report, *unsettled):
            total.merge(report)
        waited = self._end(total)
        self._wal.tidy()
        for report in unsettled:
            self.report.merge(report)
        if self._on_batch:
            self._on_batch(self.report)
        if waited:
            time.sleep(GAP)

    def _end(self, total: PutReport) -> bool:
        """Commit, if a transaction is open; what fails undoes all of it."""
        try:
            if self._open:
                with self.store.database.writing() as connection:
                    self._last_words(connection, total)
        finally:
            self._open = False
            ended = self._window.end()
        return ended

    def _last_words(self, connection: Connection, total: PutReport) -> None:
        """Write what one transaction leaves once: codes, the event, what undo needs."""
        self._codes.write(connection)
        if total.changes or total.items_made:
            self._event.note(connection, self.report.model_id, total, "running")
        if self._changes:
            label = f"store {total.changes} vectors of {self.model.spelled[:60]!r}"
            undo.push(connection, self.store.actor_id, label, self._changes, self._touched)
            self._changes = []
