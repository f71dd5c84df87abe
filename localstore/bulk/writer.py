"""The bulk writer: takes records one by one, writes them in batches, each one short IMMEDIATE transaction.

A finished batch stays, whatever happens after it; running the same import again goes on where it stopped. One event
tells of it all, its counts renewed with each batch. There is no undo entry: an import is taken back by deleting what
it brought (``where meta_data.source.name=NAME``), which is one deletion in the trash.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from localstore import events, times, values
from localstore.bulk.batch import Batch
from localstore.bulk.decision import CONFLICTS
from localstore.bulk.names import Names
from localstore.bulk.pace import GAP, Pace
from localstore.bulk.report import BatchReport, BulkReport
from localstore.bulk.seen import Seen
from localstore.bulk.settled import Settled, settle
from localstore.bulk.stream import Stream
from localstore.bulk.wal import Wal
from localstore.bulk.window import Window
from localstore.connection import Connection
from localstore.errors import InvalidValue, LocalstoreError, StoreReadOnly, TransferError
from localstore.records import BadRecord, ItemRecord

if TYPE_CHECKING:
    from localstore.store import Store

PATIENCE = 2.0
"""Seconds after which records of a slow source are written although they are few."""
ORDERED = 4_000
"""Weight of records with their own UUIDs that are written together."""
SORTED = 48_000
"""Weight of records with derived ids (UUIDv5, of no order) that are sorted before they are written: a batch then
touches few pages of each index instead of nearly all."""
EVENT = "items.imported"


class _Undone(Exception):
    """Rolls a batch of a dry run back."""


class Bulk(Stream):
    """``with store.bulk(source="notes") as bulk: bulk.put(record)``; afterwards ``bulk.report``.

    ``source`` names where records without a UUID come from; ``type`` is for those that name none. ``on_conflict``
    says what happens to an item changed there and here: ``keep`` ours, ``update`` to theirs, or ``copy``. When
    ``strict``, the first bad record raises TransferError and nothing of its batch stays. A ``dry_run`` counts and
    writes nothing.
    """

    def __init__(
        self,
        store: Store,
        *,
        source: str = "import",
        type: str | None = None,
        on_conflict: str = "keep",
        strict: bool = False,
        dry_run: bool = False,
        report: BulkReport | None = None,
        on_batch: Callable[[BulkReport], None] | None = None,
    ) -> None:
        if on_conflict not in CONFLICTS:
            raise InvalidValue(f"{on_conflict!r} is none of {', '.join(CONFLICTS)}", "on_conflict")
        if store.read_only:
            raise StoreReadOnly(f"{store.path} is open for reading only: open it for writing to import.")
        self.store = store
        self.source = source
        self.type = type or "note"
        self.on_conflict = on_conflict
        self.strict = strict
        self.dry_run = dry_run
        self.report = report or BulkReport()
        self._on_batch = on_batch
        self._names = Names(store.local_user_id)
        self._pace = Pace()
        self._pending: list[Settled] = []
        self._refused: list[BadRecord] = []
        self._unsettled: list[BatchReport] = []
        self._weight = 0
        self._since = time.monotonic()
        self._number = 0
        self._sources: list[str] = []
        self._event: str | None = None

    @property
    def source(self) -> str:
        """Where the next records come from; it may change between two of them."""
        return self._source

    @source.setter
    def source(self, name: str) -> None:
        self._source = values.check_text(name, "source", values.MAX_INDEXED) or "import"

    def __enter__(self) -> Bulk:
        self._seen = Seen()
        self._wal = Wal(self.store.database)
        self._window = Window(self.store.database)
        return self

    def _close(self) -> None:
        self._window.close()
        self._wal.close()
        self._seen.close()

    def put(self, record: ItemRecord | BadRecord) -> None:
        """Take a record; a full batch is written. A BadRecord of a reader is counted and reported."""
        self._number += 1
        if isinstance(record, BadRecord):
            self._refuse(record)
            return
        place = record.place or f"record {self._number}"
        try:
            settled = settle(record, self.source, self.type, times.now())
        except InvalidValue as error:
            self._refuse(BadRecord(place, str(error)))
            return
        settled.place = place
        if self._source not in self._sources[-20:]:
            self._sources.append(self._source)
        self._pending.append(settled)
        self._weight += settled.weight
        old = time.monotonic() - self._since > PATIENCE
        if old or self._weight >= (ORDERED if settled.own else SORTED):
            self._write_sorted()

    def _refuse(self, record: BadRecord) -> None:
        if self.strict:
            raise TransferError(f"{record.place}: {record.reason}")
        self._refused.append(record)
        if len(self._refused) >= 1000:
            self._write_sorted()

    def flush(self) -> None:
        """Write what was put so far; it stays, whatever comes after."""
        self._write_sorted()

    def _write_sorted(self) -> None:
        """Write what waits, in the order of its ids; no transaction is open before or after.

        When a batch fails, those before it stay.
        """
        waiting = sorted(self._pending, key=lambda settled: settled.id)
        self._pending, self._weight, self._since = [], 0, time.monotonic()
        try:
            self._write_batches(waiting)
        except BaseException:
            with suppress(LocalstoreError):
                self._settle()
            raise
        self._settle()

    def _write_batches(self, waiting: list[Settled]) -> None:
        """Write batches of the weight that the pace allows."""
        batch: list[Settled] = []
        weight = 0
        for settled in waiting:
            batch.append(settled)
            weight += settled.weight
            if weight >= self._pace.weight:
                self._write_batch(batch, weight)
                batch, weight = [], 0
        if batch or self._refused:
            self._write_batch(batch, weight)

    def _write_batch(self, pending: list[Settled], weight: int) -> None:
        """Write a batch within the transaction that is open; it stays when that has ended."""
        report = BatchReport(strict=self.strict)
        for record in self._refused:
            report.note_bad(record)
        self._refused = []
        if pending:
            took = self._write(pending, report)
            self._pace.took(weight, took)
        self._unsettled.append(report)
        if not pending or self.dry_run or self._window.is_over():
            self._settle()

    def _settle(self) -> None:
        """End the transaction: what was written is safe from here on, and is told."""
        unsettled, self._unsettled = self._unsettled, []
        try:
            waited = self._window.end()
        except BaseException:
            self._names.forget()
            raise
        self._wal.tidy()
        for report in unsettled:
            self.report.merge(report)
        if unsettled and self._on_batch:
            self._on_batch(self.report)
        if waited:
            time.sleep(GAP)

    def _write(self, pending: list[Settled], report: BatchReport) -> float:
        """Write one batch in one transaction; return the seconds it held the lock."""
        begun = time.perf_counter()
        try:
            if not self.dry_run:
                self._window.begin()
            with self.store.database.writing() as connection:
                begun = time.perf_counter()
                self._wal.watch(connection)
                batch = Batch(connection, self._names, self._seen, report, self.on_conflict, self.store.trash)
                batch.write(pending)
                if self.dry_run:
                    raise _Undone
                if report.changes:
                    self._note(connection, report, "running")
                    self._names.end()
        except BaseException as error:
            self._names.forget()
            if not isinstance(error, _Undone):
                raise
        return time.perf_counter() - begun

    def _note(self, connection: Connection, report: BatchReport | None, state: str) -> None:
        """Leave the import's one event, or renew its counts."""
        if self._event is None and not events.enabled(connection):
            return
        total = BulkReport()
        total.merge(self.report)
        for unsettled in self._unsettled:
            total.merge(unsettled)
        if report:
            total.merge(report)
        payload: dict[str, Any] = {"source": ", ".join(self._sources)[:500], "state": state, **total.counts()}
        if self._event is None:
            self._event = events.write(connection, EVENT, self.store.actor_id, payload)
        else:
            events.renew(connection, self._event, payload)

    def _note_end(self, state: str) -> None:
        if self._event is not None:
            with self.store.database.writing() as connection:
                self._note(connection, None, state)
