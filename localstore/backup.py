"""Backup of a store in use (https://sqlite.org/backup.html): checked, then put in place in one step."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from localstore import ids
from localstore.attached import file_bytes
from localstore.connection import Connection, opened
from localstore.errors import StoreDamaged, StoreReadOnly, TransferError
from localstore.sqlite_errors import translated

if TYPE_CHECKING:
    from localstore.store import Store

PAGES = 500
"""Pages copied at a time (8 MB): progress is told and Ctrl-C heard in between."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BackupReport:
    """Where the copy is, how large, and how many files kept beside the store were copied or left."""

    path: Path
    size: int
    files_copied: int
    files_left: int


def backup(
    store: Store, dest: str | Path, *, files: bool = False, overwrite: bool = False, progress: Progress | None = None
) -> BackupReport:
    """Copy the store to *dest* while others use it; the copy is one state of the file, checked, mode 0600.

    ``files`` copies the bytes kept in ``<store>.files`` too; ``progress`` is called with (bytes done, bytes in
    all). Raises TransferError when *dest* is there already (unless *overwrite*), StoreDamaged when the copy does
    not pass SQLite's check; then nothing is left behind.
    """
    target = Path(dest).expanduser().absolute()
    _check_target(store, target, overwrite=overwrite)
    partial = target.with_name(f".{target.name}.{ids.short(ids.new_id())}.partial")
    try:
        _make(partial)
        with translated(partial):
            _copy(store, partial, progress)
            _verify(partial)
        _name(partial, target, overwrite=overwrite)
    except OSError as error:
        raise StoreReadOnly(f"{target} cannot be written: {error.strerror}; choose another place.") from None
    finally:
        for left in (partial, *(partial.with_name(partial.name + end) for end in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)
    copied, left_behind = _files(store, target, wanted=files)
    return BackupReport(target, target.stat().st_size, copied, left_behind)


def _check_target(store: Store, target: Path, *, overwrite: bool) -> None:
    if target.is_dir():
        raise TransferError(f"{target} is a folder: name a file, such as {target / 'backup.db'}.")
    if target == store.path or (target.exists() and target.samefile(store.path)):
        raise TransferError(f"{target} is the store itself: choose another file.")
    if target.exists() and not overwrite:
        raise TransferError(f"{target} is there already: choose another name, or say that it may be overwritten.")


def _name(partial: Path, target: Path, *, overwrite: bool) -> None:
    """Let the copy reach the disk, then give it its name; a file that came there meanwhile is not replaced."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    if not overwrite and target.exists():
        raise TransferError(f"{target} is there already: choose another name, or say that it may be overwritten.")
    for left in ("-wal", "-shm"):  # the log of what is replaced would be read into the copy
        target.with_name(target.name + left).unlink(missing_ok=True)
    partial.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _make(partial: Path) -> None:
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _copy(store: Store, partial: Path, progress: Progress | None) -> None:
    with store.reading() as source:
        _step_through(source, partial, progress)


def copy_pages(path: Path, target: Path) -> None:
    """Copy a SQLite file that may be in use, as it stands now."""
    source = opened(str(path), apsw.SQLITE_OPEN_READONLY)
    try:
        source.set_busy_timeout(10_000)
        source.execute("BEGIN")
        _step_through(source, target, None)
    finally:
        source.close()


def _step_through(source: Connection, target: Path, progress: Progress | None) -> None:
    """Copy within the source's transaction, begun by a first read: commits beside it never make it start again."""
    source.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    copy = opened(str(target))
    size = int(source.pragma("page_size"))
    try:
        with copy.backup("main", source, "main") as run:
            while not run.done:
                run.step(PAGES)
                if progress:
                    progress((run.page_count - run.remaining) * size, run.page_count * size)
        copy.pragma("journal_mode", "wal")
    finally:
        copy.close()


def _verify(partial: Path) -> None:
    check = opened(str(partial), apsw.SQLITE_OPEN_READONLY)
    try:
        said = [row[0] for row in check.execute("PRAGMA integrity_check(1)")]
    finally:
        check.close()
    if said != ["ok"]:
        raise StoreDamaged(f"The copy does not pass the check ({said[0]}): run 'localstore check' on the store.")


def _files(store: Store, target: Path, *, wanted: bool) -> tuple[int, int]:
    """Copy the kept bytes that the copy's folder lacks; return how many were copied and how many left."""
    kept = list(file_bytes.kept_files(store.files.folder))
    if not wanted:
        return 0, len(kept)
    folder = target.with_name(target.name + ".files")
    copied = 0
    for path in kept:
        place = folder / path.relative_to(store.files.folder)
        if not place.exists():
            draft = file_bytes.draft(folder)
            try:
                file_bytes.read(path, draft)
                file_bytes.settle(draft, place)
            finally:
                draft.unlink(missing_ok=True)
            copied += 1
    return copied, 0
