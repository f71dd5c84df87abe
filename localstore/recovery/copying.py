"""A copy of a whole SQLite file, page by page (https://sqlite.org/backup.html), and whether it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import apsw

from localstore.connection import Connection, opened
from localstore.errors import StoreDamaged

PAGES = 500
"""Pages copied at a time (8 MB): progress is told and Ctrl-C heard in between."""
Progress = Callable[[int, int], None]
"""Is told how many bytes are copied, of how many."""


def copy_file(path: Path, target: Path, progress: Progress | None = None) -> None:
    """Copy a SQLite file that may be in use, as it stands now; raises APSW's errors."""
    source = read_only(path)
    try:
        source.set_busy_timeout(10_000)
        source.execute("BEGIN")
        copy_moment(source, target, progress)
    finally:
        source.close()


def copy_moment(source: Connection, target: Path, progress: Progress | None = None) -> None:
    """Copy within the source's transaction, begun by a first read: commits beside it never make it start again.

    The copy is opened with a write-ahead log, as every store is.
    """
    source.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    with _copied(source, target, progress) as copy:
        copy.pragma("journal_mode", "wal")


def copy_pages(source: Connection, target: Path) -> None:
    """Copy what a connection reads, as it is: damaged pages too."""
    with _copied(source, target, None):
        pass


@contextmanager
def _copied(source: Connection, target: Path, progress: Progress | None) -> Iterator[Connection]:
    copy = opened(str(target))
    try:
        size = int(source.pragma("page_size"))
        with copy.backup("main", source, "main") as run:
            while not run.done:
                run.step(PAGES)
                if progress:
                    progress((run.page_count - run.remaining) * size, run.page_count * size)
        yield copy
    finally:
        copy.close()


def verify(path: Path, what: str) -> None:
    """Raise StoreDamaged when a file that nobody else uses does not pass SQLite's whole check."""
    check = read_only(path)
    try:
        said = [row[0] for row in check.execute("PRAGMA integrity_check(1)")]
    except apsw.CorruptError as error:
        said = [str(error)]
    finally:
        check.close()
    if said != ["ok"]:
        raise StoreDamaged(f"{what} does not pass the check ({said[0]}): run 'localstore check' on the store.")


def read_only(path: Path) -> Connection:
    """Open a file to read; nothing is left beside one that nobody has open and that has no log."""
    wal, index = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if index.exists() or (wal.exists() and wal.stat().st_size):
        return opened(str(path), apsw.SQLITE_OPEN_READONLY)
    return opened(f"file:{quote(str(path))}?immutable=1", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
