"""Restore: a backup in the place of the store, in one step, the store that was there kept beside it.

Killed at any moment, the path leads to the old store or to the new one, whole. The trap is the log: one that is left
beside the file when another takes its place is read into that other file. So the log of the old store is folded into
it first, which takes the lock that nobody may share; only of a store too damaged for that the log is set aside.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import apsw

from localstore.backup import copy_files
from localstore.connection import Connection, opened
from localstore.errors import LocalstoreError, StoreBusy, StoreMissing, StoreReadOnly, TransferError
from localstore.place import check_file, private_folder
from localstore.recovery.copying import copy_file, verify
from localstore.recovery.holders import holders
from localstore.recovery.holdings import Holdings, examine
from localstore.recovery.placing import LOGS, NO_LINKS, flush, placed, refusing
from localstore.sqlite_errors import translated

Progress = Callable[[int, int], None]
ASIDE = ".before-restore-"
PATIENCE = 2_000
"""Milliseconds to wait for a program that is about to close the store."""


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What the store has now (None: there is none) and what it would have."""

    store: Holdings | None
    backup: Holdings


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """Where the store is, where the one before it was kept, and what became of kept files."""

    path: Path
    kept: Path | None
    restored: Holdings
    files_copied: int
    files_left: int
    files_damaged: int


def plan(path: Path, backup: str | Path) -> RestorePlan:
    """Look at a backup and at the store whose place it would take; changes nothing.

    Raises StoreMissing, NotAStore, NewerStore or StoreDamaged for a *backup* that cannot be used, TransferError when
    it is the store itself.
    """
    source = Path(backup).expanduser().absolute()
    if not source.exists():
        raise StoreMissing(f"There is no backup {source}: check the path.")
    if path.exists() and path.samefile(source):
        raise TransferError(f"{source} is the store itself: name a backup of it.")
    check_file(source, read_only=True)
    return RestorePlan(_present(path), examine(source))


def _present(path: Path) -> Holdings | None:
    if not path.exists():
        return None
    try:
        return examine(path)
    except LocalstoreError as error:
        return Holdings(path, path.stat().st_size, {}, None, problem=f"cannot be read ({error})")


def restore(path: Path, backup: str | Path, *, files: bool = False, progress: Progress | None = None) -> RestoreReport:
    """Put a copy of *backup* in the place of the store at *path*; the store that was there is kept beside it.

    ``files`` copies the bytes kept in ``<backup>.files`` too. Raises the errors of ``plan``, StoreBusy while another
    program has the store open, StoreFull, StoreReadOnly; then everything is as it was.
    """
    source = Path(backup).expanduser().absolute()
    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    looked = plan(path, source)
    with refusing(path):
        private_folder(path.parent)
    kept: Path | None = None
    try:
        with translated(path), _alone(path) as folded, placed(path, overwrite=True) as partial:
            copy_file(source, partial, progress)
            verify(partial, f"The copy of {source}")
            copied, left, damaged = copy_files(source.with_name(source.name + ".files"), path, wanted=files)
            with refusing(path):
                kept = _set_aside(path, folded=folded)
    except BaseException:
        if kept and path.exists() and kept.exists() and path.samefile(kept):
            _put_back(path, kept)
        raise
    return RestoreReport(path, kept, looked.backup, copied, left, damaged)


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Let nobody else open the store; tell whether its log is in it now, so that the file alone is whole."""
    if not path.exists():
        yield False
        return
    if not os.access(path, os.W_OK):
        raise StoreReadOnly(f"{path} may not be written: change its permissions, then restore again.")
    connection = opened(str(path), apsw.SQLITE_OPEN_READWRITE)
    try:
        yield _is_folded(connection, path)
    finally:
        with suppress(apsw.Error):
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.close()


def _is_folded(connection: Connection, path: Path) -> bool:
    connection.set_busy_timeout(PATIENCE)
    try:
        connection.pragma("journal_mode", "delete")  # refused while anyone else has the file open
        connection.execute("BEGIN EXCLUSIVE")
    except (apsw.BusyError, apsw.LockedError):
        raise _busy(path) from None
    except apsw.Error:  # too damaged for that
        if holders(path):
            raise _busy(path) from None
        return False
    return True


def _busy(path: Path) -> StoreBusy:
    who = ", ".join(holders(path)) or "another program"
    return StoreBusy(f"{path} is open in {who}: close it, then restore again; nothing was changed.")


def _set_aside(path: Path, *, folded: bool) -> Path | None:
    """Keep what is at the path under a second name; the logs of a store that could not be folded go there."""
    there = [end for end in ("", *LOGS) if path.with_name(path.name + end).exists()]
    if not there:
        return None
    kept = _free_name(path)
    for end in there if not folded else [""]:
        if end != "-shm":
            _second_name(path.with_name(path.name + end), kept.with_name(kept.name + end))
    flush(path.parent)
    for end in LOGS if not folded else ():
        path.with_name(path.name + end).unlink(missing_ok=True)
    return kept


def _put_back(path: Path, kept: Path) -> None:
    """The store is still in its place: give it its logs, and take the second name away."""
    for end in LOGS:
        with suppress(FileNotFoundError):
            kept.with_name(kept.name + end).replace(path.with_name(path.name + end))
    kept.unlink()


def _free_name(path: Path) -> Path:
    stem = f"{path.name}{ASIDE}{datetime.now(UTC):%Y%m%d-%H%M%S}"
    names = (path.with_name(stem + (f"-{number}" if number > 1 else "")) for number in count(1))
    return next(name for name in names if not os.path.lexists(name))


def _second_name(path: Path, name: Path) -> None:
    """Give a file a second name, or copy it where files have but one."""
    try:
        os.link(path, name)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        with placed(name, overwrite=False) as partial:
            shutil.copyfile(path, partial)
