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
from urllib.parse import quote

import apsw

from localstore import binding, ids, migrations
from localstore.errors import NotAStore, StoreBusy, StoreError, StoreMissing, StoreReadOnly
from localstore.sqlite_errors import translated

APPLICATION_ID = 0x6C6F6373
"""``locs`` in the file's header: how a store is told from other SQLite files."""
PAGE_SIZE = 16384
"""For ever: see docs/decisions/page-size.md."""
CACHE_KIB = 16_000
TIMEOUT = 10.0
IDLE_READERS = 4
MAGIC = b"SQLite format 3\0"


class Database:
    """The connections to one store's file."""

    def __init__(self, path: Path, *, read_only: bool = False, create: bool = True) -> None:
        """Open the file, make it when *create*, and bring it to this version's schema.

        Raises StoreMissing, NotAStore, NewerStore, StoreReadOnly, StoreBusy, StoreDamaged or StoreFull.
        """
        self.path = path
        self.timeout = TIMEOUT
        self._closed = False
        self._lock = threading.RLock()
        self._pool_lock = threading.Lock()
        self._idle: list[apsw.Connection] = []
        self._lent: dict[int, apsw.Connection] = {}
        self.before_commit: list[Callable[[apsw.Connection], None]] = []
        self.made = _prepare(path, read_only=read_only, create=create)
        self.read_only = read_only
        with translated(path):
            self._writer = self._open_first()

    def _open_first(self) -> apsw.Connection:
        """Open the writer (a reader when the store is read-only) and migrate."""
        connection = self._connect(write=not self.read_only)
        try:
            version = migrations.version(connection)
            _check_ours(connection, self.path, version)
            migrations.check(self.path, version)
            if version < migrations.LATEST:
                if self.read_only:
                    raise StoreReadOnly(
                        f"{self.path} was written by an older localstore and must be migrated: "
                        "open it once without --read-only."
                    )
                _make_wal(connection)
                migrations.run(connection, self.path, APPLICATION_ID)
        except BaseException:
            connection.close()
            raise
        return connection

    # -- lending connections ------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
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
    def writing(self, timeout: float = TIMEOUT) -> Iterator[apsw.Connection]:
        """Lend the writer in one IMMEDIATE transaction; a block inside a writing block joins it.

        Raises StoreBusy when another process keeps the lock for *timeout* seconds.
        """
        if self.read_only:
            raise StoreReadOnly(f"{self.path} is open for reading only: open it for writing to change it.")
        with self._lock:
            self._check_open()
            if self._writer.in_transaction:
                with binding.using(self, self._writer):
                    yield self._writer
                return
            with translated(self.path), binding.using(self, self._writer):
                self.timeout = timeout
                self._writer.execute("BEGIN IMMEDIATE")
                self.timeout = TIMEOUT
                try:
                    yield self._writer
                    for finish in self.before_commit:
                        finish(self._writer)
                    self._writer.execute("COMMIT")
                except BaseException:
                    self._roll_back()
                    raise

    def _roll_back(self) -> None:
        with suppress(apsw.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")

    def interrupt(self) -> None:
        """Stop the queries that readers of this store run now; they raise Interrupted."""
        with self._pool_lock:
            for connection in self._lent.values():
                connection.interrupt()

    def data_version(self) -> int:
        """Return a number that changes when another process or connection committed (not our writer)."""
        with self._lock, translated(self.path):
            self._check_open()
            return int(self._writer.pragma("data_version"))

    def close(self) -> None:
        """Close all connections; harmless twice."""
        with self._lock, self._pool_lock:
            self._closed = True
            for connection in (*self._idle, self._writer):
                connection.close()
            self._idle.clear()

    # -- connections --------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"The store {self.path} was closed: open it again.")

    def _borrow(self) -> apsw.Connection:
        with self._pool_lock:
            self._check_open()
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect(write=False)
        with self._pool_lock:
            self._lent[id(connection)] = connection
        return connection

    def _give_back(self, connection: apsw.Connection, *, broken: bool) -> None:
        with suppress(apsw.Error):
            if broken and connection.in_transaction:
                connection.execute("ROLLBACK")
        with self._pool_lock:
            self._lent.pop(id(connection), None)
            keep = not self._closed and len(self._idle) < IDLE_READERS and not connection.in_transaction
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()

    def _connect(self, *, write: bool) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READWRITE if write else apsw.SQLITE_OPEN_READONLY
        connection = self._open_file(flags)
        connection.set_busy_handler(self._wait)
        connection.convert_binding = _bind_time
        connection.create_scalar_function("fold", _fold, 1, deterministic=True)
        connection.pragma("foreign_keys", True)
        connection.pragma("recursive_triggers", True)
        connection.pragma("cache_size", -CACHE_KIB)
        if write:
            connection.pragma("synchronous", "FULL")
            connection.pragma("journal_size_limit", 64_000_000)
        return connection

    def _open_file(self, flags: int) -> apsw.Connection:
        """Open; a store in a folder that may not be written has no WAL files and is opened as immutable."""
        connection = apsw.Connection(str(self.path), flags=flags)
        if flags & apsw.SQLITE_OPEN_READWRITE:
            return connection
        try:
            connection.pragma("user_version")
        except apsw.CantOpenError:
            connection.close()
            uri = f"file:{quote(str(self.path))}?immutable=1"
            return apsw.Connection(uri, flags=flags | apsw.SQLITE_OPEN_URI)
        return connection

    def _wait(self, attempt: int) -> bool:
        """Poll for a lock every millisecond: SQLite's own back-off would miss an importer's short gaps."""
        time.sleep(0.001)
        return attempt * 0.00115 < self.timeout


def _fold(text: Any) -> Any:
    """Let queries compare text as ``ids.fold`` does; no schema uses it, so any tool can write."""
    return ids.fold(text) if isinstance(text, str) else text


def _bind_time(_: apsw.Cursor, __: int, value: Any) -> Any:
    """Bind what APSW does not: times and UUIDs."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def _prepare(path: Path, *, read_only: bool, create: bool) -> bool:
    """Make a new file with mode 0600 before SQLite opens it; tell whether it was made."""
    if path.is_dir():
        raise NotAStore(f"{path} is a folder: name a file, such as {path / 'store.db'}.")
    if path.exists():
        _check_file(path, read_only=read_only)
        return False
    if read_only or not create:
        raise StoreMissing(f"There is no store at {path}: make one with 'localstore init'.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreReadOnly(f"{path} cannot be made: {error.strerror}; choose another path.") from None
    return True


def _check_file(path: Path, *, read_only: bool) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise StoreReadOnly(f"{path} cannot be read: {error.strerror}; check its permissions.") from None
    if head and head != MAGIC:
        raise NotAStore(f"{path} is not a SQLite file: choose another path, or import it instead.")
    if not read_only and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        what = path if not os.access(path, os.W_OK) else path.parent
        raise StoreReadOnly(f"{what} may not be written: change its permissions, or open with --read-only.")


def _check_ours(connection: apsw.Connection, path: Path, version: int) -> None:
    ours = connection.pragma("application_id") == APPLICATION_ID
    empty = not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    if not ours and not (empty and version == 0):
        raise NotAStore(f"{path} is a SQLite file of another program: choose another path, or import from it instead.")


def _make_wal(connection: apsw.Connection) -> None:
    """Set what only an empty file takes; another process may be at it too, so try until it is done."""
    deadline = time.monotonic() + TIMEOUT
    while connection.pragma("journal_mode") != "wal":
        try:
            connection.pragma("page_size", PAGE_SIZE)
            connection.pragma("journal_mode", "wal")
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise StoreBusy("Another process is making this store and does not finish: try again.") from None
            time.sleep(0.005)
