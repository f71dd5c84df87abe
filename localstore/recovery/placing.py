"""A whole file under its name, or none: written under a passing name, checked, flushed, then named in one step."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from localstore import ids
from localstore.connection import opened
from localstore.errors import StoreBusy, StoreError, StoreFull, StoreReadOnly, TransferError
from localstore.sqlite_errors import translated

LOGS = ("-wal", "-shm", "-journal")
_PASSING = ".{name}.{process}-{mark}.partial"
NO_LINKS = frozenset((errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EINVAL))


@contextmanager
def placed(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Lend a new, empty file of mode 0600 beside *target*; when the block ends well it becomes *target*.

    A file that came to that name meanwhile is replaced only when *overwrite*. Whatever fails, or Ctrl-C, leaves what
    was there; what a killed process left of its own tries is removed. Raises TransferError, StoreFull, StoreReadOnly.
    """
    partial = target.with_name(_PASSING.format(name=target.name, process=os.getpid(), mark=ids.short(ids.new_id())))
    try:
        with refusing(target):
            _sweep(target)
            os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with translated(target):
            yield partial
        with refusing(target):
            flush(partial)
            _name(partial, target, overwrite=overwrite)
            flush(target.parent)
    finally:
        _drop(partial)


@contextmanager
def refusing(target: Path) -> Iterator[None]:
    """Turn errors of the file system into ours."""
    try:
        yield
    except OSError as error:
        raise _refused(target, error) from None


def _refused(target: Path, error: OSError) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreFull(f"No room left for {target}: nothing of it was kept; free some space, or choose another disk.")
    return StoreReadOnly(f"{target} cannot be written: {error.strerror}; choose another place.")


def there_already(target: Path) -> TransferError:
    """Return the error of a name that is taken."""
    return TransferError(f"{target} is there already: choose another name, or let a backup replace it: --overwrite.")


def _name(partial: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite or not os.path.lexists(target):
        drop_logs(target)
    if overwrite:
        partial.replace(target)
        return
    try:
        os.link(partial, target)  # unlike a rename, it never takes the place of a file that came meanwhile
    except FileExistsError:
        raise there_already(target) from None
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(target):
            raise there_already(target) from None
        partial.replace(target)


def drop_logs(path: Path) -> None:
    """Remove the logs beside a file that is about to be replaced: they would be read into what comes.

    What they hold goes into the file first, so that it is whole should this be the end of it. Raises StoreBusy while
    another program has it open: what it acknowledges would be gone.
    """
    if path.exists() and any(path.with_name(path.name + end).exists() for end in LOGS):
        with suppress(apsw.Error, OSError):  # too damaged for that
            try:
                fold(path)
            except (apsw.BusyError, apsw.LockedError):
                raise StoreBusy(f"{path} is open in another program: close it, or choose another file.") from None
    for end in LOGS:
        path.with_name(path.name + end).unlink(missing_ok=True)


def fold(path: Path) -> None:
    """Bring the log of a file into it, which takes a lock that nobody else may hold; raises APSW's errors."""
    connection = opened(str(path), apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.pragma("journal_mode", "delete")
    finally:
        connection.close()


def flush(path: Path) -> None:
    """Let a file, or the names in a folder, reach the disk; where folders cannot be opened they need no flushing."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop(partial: Path) -> None:
    for end in ("", *LOGS):
        with suppress(OSError):
            partial.with_name(partial.name + end).unlink()


def _sweep(target: Path) -> None:
    """Remove what processes that are no more left of their tries at this name."""
    pattern = re.compile(re.escape(f".{target.name}.") + r"(\d+)-[0-9a-f]+\.partial(?:-wal|-shm|-journal)?")
    for path in target.parent.iterdir():
        match = pattern.fullmatch(path.name)
        if match and not _is_running(int(match[1])):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    if os.name == "nt":  # there, signal 0 ends a process
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
