"""Opening the file: driver, pragmas, migrations, the write lock.

One writer connection behind a lock, readers opened on demand. A reading block is one DEFERRED transaction: it
never waits for a writer and sees one state of the file. A writing block is one IMMEDIATE transaction: it waits
for its turn, and is all or nothing.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from localstore import binding, ids, migrations
from localstore.connection import Connection, opened
from localstore.errors import NotAStore, StoreBusy, StoreError, StoreMissing, StoreReadOnly
from localstore.place import Place, head, let_go, prepare
from localstore.sqlite_errors import translated
from localstore.turns import Asking

APPLICATION_ID = 0x6C6F6373
"""``locs`` in the file's header: how a store is told from other SQLite files."""
PAGE_SIZE = 16384
"""For ever: see docs/decisions/2026-11-22-page-size.md."""
CACHE_KIB = 16_000
TIMEOUT = 10.0
IDLE_READERS = 4


class Database:
    """The connections to one store's file."""

    def __init__(self, path: Path, *, read_only: bool = False, create: bool = True, timeout: float = TIMEOUT) -> None:
        """Open the file, make it when *create*, and bring it to this version's schema.

        *timeout* is how many seconds a writer waits for its turn. Raises StoreMissing, NotAStore, NewerStore,
        StoreReadOnly, StoreBusy, StoreDamaged or StoreFull.
        """
        self.path = path
        self.timeout = self._patience = timeout
        self._closed = False
        self._version = 0
        self._lock = threading.RLock()
        self._pool_lock = threading.Lock()
        self._idle: list[Connection] = []
        self._lent: dict[int, tuple[Connection, int]] = {}
        self._asking = Asking(path)
        self.waiting = 0
        """Threads of this process that wait for the writer; an import gives way to them."""
        self.before_commit: list[Callable[[Connection], None]] = []
        self.made = prepare(path, read_only=read_only, create=create)
        self.read_only = read_only
        with translated(path):
            self._writer = self._open_first(create=create)
        self.place = Place(path)

    def _open_first(self, *, create: bool) -> Connection:
        """Open the writer (a reader when the store is read-only) and migrate."""
        if not self.read_only:
            self._look_first()
        connection = self._connect(write=not self.read_only)
        try:
            version = migrations.version(connection)
            _check_ours(connection, self.path, version)
            migrations.check(self.path, version)
            self._bring_up(connection, version, create=create)
        except BaseException:
            connection.close()
            raise
        return connection

    def _look_first(self) -> None:
        """Refuse a foreign file before a writer opens it: closing one would move its WAL into it."""
        if not _is_marked(self.path):
            probe = self._connect(write=False)
            try:
                _check_ours(probe, self.path, migrations.version(probe))
            finally:
                probe.close()

    def _bring_up(self, connection: Connection, version: int, *, create: bool) -> None:
        """Make the tables of a new file, or migrate an older one."""
        if version == 0 and not create:
            raise StoreMissing(f"{self.path} is empty: make it a store with 'localstore init'.")
        if self.read_only:
            if version < migrations.LATEST:
                raise StoreReadOnly(
                    f"{self.path} was written by an older localstore and must be migrated: "
                    "open it once without --read-only."
                )
            return
        _make_wal(connection, self.path, self.timeout)
        if version < migrations.LATEST:
            migrations.run(connection, self.path, APPLICATION_ID)

    # -- lending connections ------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection whose reads see one state of the file; inside a block, the block's own."""
        current = binding.current_connection(self)
        if current is not None:
            yield current
            return
        with translated(self.path):
            connection = self._borrow()
        broken = True
        try:
            with translated(self.path), binding.using(self, connection):
                connection.execute("BEGIN")
                yield connection
                connection.execute("COMMIT")
            broken = False
        finally:
            self._give_back(connection, broken=broken)

    @contextmanager
    def writing(self, timeout: float | None = None) -> Iterator[Connection]:
        """Lend the writer in one IMMEDIATE transaction; a block inside a writing block joins it.

        A joined block that fails leaves nothing behind, whether or not the outer one goes on. Raises StoreBusy
        when another process or thread keeps the lock for *timeout* seconds (the store's own when None).
        """
        if self.read_only:
            raise StoreReadOnly(f"{self.path} is open for reading only: open it for writing to change it.")
        patience = self.timeout if timeout is None else timeout
        self.waiting += 1
        try:
            if not self._lock.acquire(timeout=patience):
                raise StoreBusy(f"{self.path} is being written by this program for too long: try again.")
        finally:
            self.waiting -= 1
        try:
            self._check_open()
            self.place.check()
            whole = self._joined() if self._writer.in_transaction else self._transaction(patience)
            with translated(self.path), binding.using(self, self._writer), whole:
                yield self._writer
        finally:
            self._lock.release()

    @contextmanager
    def _transaction(self, patience: float) -> Iterator[None]:
        self._begin(patience)
        try:
            yield
            if not self._writer.in_transaction:  # SQLite itself rolls back when the disk is full or fails
                raise StoreError(f"{self.path} could not be written: nothing of this action was kept.")
            for finish in self.before_commit:
                finish(self._writer)
            self._writer.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _begin(self, patience: float) -> None:
        self._patience = patience
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        finally:
            self._patience = self.timeout
            self._asking.stop()

    @contextmanager
    def _joined(self) -> Iterator[None]:
        self._writer.execute("SAVEPOINT joined")
        try:
            yield
        except BaseException:
            with suppress(apsw.Error):
                self._writer.execute("ROLLBACK TO joined; RELEASE joined")
            raise
        self._writer.execute("RELEASE joined")

    def _roll_back(self) -> None:
        with suppress(apsw.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")

    def is_writer(self, connection: Connection) -> bool:
        """Tell whether this is the connection that writes: what it reads may never be committed."""
        return connection is self._writer and connection.in_transaction

    def is_writing(self) -> bool:
        """Tell whether this thread is within a writing block."""
        current = binding.current_connection(self)
        return current is not None and self.is_writer(current)

    def interrupt(self, thread: int | None = None) -> None:
        """Stop the queries that readers of this store run now, of one thread or all; they raise Interrupted."""
        with self._pool_lock:
            for connection, borrower in self._lent.values():
                if thread in (None, borrower):
                    connection.interrupt()

    def data_version(self) -> int:
        """Return a number that changes when another process or connection committed (not our writer).

        Never waits: while a thread of ours writes, nobody else can commit, and the number is the last one.
        """
        self._check_open()
        if self._lock.acquire(blocking=False):
            try:
                with translated(self.path):
                    self._version = int(self._writer.pragma("data_version"))
            finally:
                self._lock.release()
        return self._version

    def close(self) -> None:
        """Close all connections; harmless twice, and harmless to another file that lies at the path by now."""
        with self._lock, self._pool_lock:
            if not self._closed and self.place.gone():
                let_go((*self._idle, *(each for each, _ in self._lent.values())), self._writer, self.place)
            self._closed = True
            for connection in (*self._idle, self._writer):
                connection.close()
            self._idle.clear()
            self.place.leave()

    # -- connections --------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"The store {self.path} was closed: open it again.")

    def _borrow(self) -> Connection:
        with self._pool_lock:
            self._check_open()
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            self.place.check()  # never a connection to another file than the others'
            connection = self._connect(write=False)
        with self._pool_lock:
            self._lent[id(connection)] = (connection, threading.get_ident())
        return connection

    def _give_back(self, connection: Connection, *, broken: bool) -> None:
        with suppress(apsw.Error):
            if broken and connection.in_transaction:
                connection.execute("ROLLBACK")
        with self._pool_lock:
            self._lent.pop(id(connection), None)
            keep = not self._closed and len(self._idle) < IDLE_READERS and _is_at_rest(connection)
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()

    def _connect(self, *, write: bool) -> Connection:
        connection = self._open_file(write=write)
        connection.convert_binding = _bind_time
        connection.create_scalar_function("fold", _fold, 1, deterministic=True)
        connection.pragma("foreign_keys", True)
        connection.pragma("recursive_triggers", True)
        connection.pragma("cache_size", -CACHE_KIB)
        if write:
            connection.pragma("synchronous", "FULL")
            connection.pragma("fullfsync", True)  # macOS: flush the drive's own cache too; elsewhere it does nothing
            connection.pragma("journal_size_limit", 64_000_000)
        return connection

    def _open_file(self, *, write: bool) -> Connection:
        """Open; a store in a folder that may not be written has no WAL files and is opened as immutable."""
        flags = apsw.SQLITE_OPEN_READWRITE if write else apsw.SQLITE_OPEN_READONLY
        connection = opened(str(self.path), flags)
        connection.set_busy_handler(self._wait_to_write if write else self._wait)
        if write:
            return connection
        try:
            connection.pragma("user_version")
        except (apsw.CantOpenError, apsw.ReadOnlyError) as error:
            connection.close()
            if isinstance(error, apsw.CantOpenError) and (not self.read_only or os.access(self.path.parent, os.W_OK)):
                raise  # a moment's refusal: an immutable reader would see this one state of the file for ever
            _check_no_wal(self.path)
            from urllib.parse import quote  # for this rare case alone

            uri = f"file:{quote(str(self.path))}?immutable=1"
            return opened(uri, flags | apsw.SQLITE_OPEN_URI)
        return connection

    def _wait(self, attempt: int) -> bool:
        """Poll for a lock every millisecond: SQLite's own back-off would miss an importer's short gaps."""
        return _poll(attempt, self.timeout)

    def _wait_to_write(self, attempt: int) -> bool:
        self._asking.ask()
        return _poll(attempt, self._patience)


def _poll(attempt: int, patience: float) -> bool:
    time.sleep(0.001)
    return attempt * 0.00115 < patience


def _is_at_rest(connection: Connection) -> bool:
    """Tell whether nothing holds a state of the file: a cursor kept from a block would show it to the next."""
    return connection.txn_state("main") == apsw.SQLITE_TXN_NONE


def _fold(*arguments: Any) -> Any:
    """Let queries compare text as ``ids.fold`` does; no schema uses it, so any tool can write."""
    (text,) = arguments
    return ids.fold(text) if isinstance(text, str) else text


def _bind_time(_: apsw.Cursor, __: int, value: Any) -> Any:
    """Bind what APSW does not: times and UUIDs."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def _is_marked(path: Path) -> bool:
    """Tell whether the file's header already names us (a store just made may say so only in its WAL)."""
    return head(path, 72)[68:] == APPLICATION_ID.to_bytes(4, "big")


def _check_no_wal(path: Path) -> None:
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise StoreReadOnly(
            f"{path} was not closed, and its last changes in {wal.name} cannot be read in a read-only folder: "
            "copy both files to a folder that may be written."
        )


def _check_ours(connection: Connection, path: Path, version: int) -> None:
    ours = connection.pragma("application_id") == APPLICATION_ID
    empty = not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    if not ours and not (empty and version == 0):
        raise NotAStore(f"{path} is a SQLite file of another program: choose another path, or import from it instead.")


def _make_wal(connection: Connection, path: Path, patience: float) -> None:
    """Set what only an empty file takes; another process may be at it too, so try until it is done."""
    deadline = time.monotonic() + patience
    while connection.pragma("journal_mode") != "wal":
        try:
            connection.pragma("page_size", PAGE_SIZE)
            if connection.pragma("journal_mode", "wal") != "wal":
                raise StoreError(f"{path} lies where SQLite has no write-ahead log: choose a local disk.")
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise StoreBusy(f"{path} is being made by another process that does not finish: try again.") from None
            time.sleep(0.005)
