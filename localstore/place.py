"""The place of a file: what may be opened there, and whether the path still leads to what was opened.

A file that is deleted or replaced while it is open goes on to take writes, and nobody would ever see them again; and
closing it would harm the file that came in its place. So every write looks first (a ``stat``, 2 µs), and a file that
is gone is let go of with care.
"""

from __future__ import annotations

import os
import stat
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import apsw

from localstore.connection import Connection, opened
from localstore.errors import NotAStore, StoreError, StoreGone, StoreMissing, StoreReadOnly

MAGIC = b"SQLite format 3\0"
JOURNAL = bytes.fromhex("d9d505f920a163d7")
LATER = "nothing is written until it is open again."
Identity = tuple[int, int]

_open: Counter[Identity] = Counter()
"""The stores that are open in this process, and how often."""
_kept: dict[Identity, int] = {}
"""Handles by which their heads were read."""
_looking = threading.Lock()


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


def is_open_here(path: Path) -> bool:
    """Tell whether a file is a store that is open in this process: by no other hand may it be opened and closed."""
    return _identity(path) in _open


def head(path: Path, length: int) -> bytes:
    """Return the first bytes of a file; raises OSError.

    Closing any handle of a file takes from a process all locks that it has on that file
    (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_): so one of
    a store that is open here stays until the store is closed.
    """
    with _looking:
        known = _identity(path)
        if known is not None and known in _kept:
            return os.pread(_kept[known], length, 0)
        if known is None or known not in _open or os.name == "nt":
            with path.open("rb", buffering=0) as file:
                return file.read(length)
        _kept[known] = os.open(path, os.O_RDONLY)
        return os.pread(_kept[known], length, 0)


class Place:
    """A path, and which file it led to; to be left once that file is closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = _identity(path)
        if self._known:
            with _looking:
                _open[self._known] += 1

    def leave(self) -> None:
        """Note that the file's connections are closed."""
        with _looking:
            if self._known is None:
                return
            _open[self._known] -= 1
            if not _open[self._known]:
                del _open[self._known]
                if self._known in _kept:
                    os.close(_kept.pop(self._known))
        self._known = None

    def check(self) -> None:
        """Raise StoreGone when the path leads elsewhere."""
        if _identity(self.path) != self._known:
            raise self.gone() or StoreGone(f"{self.path} was replaced for a moment while it was open: try again.")

    def gone(self) -> StoreGone | None:
        """Return why the file is not there any more; looks into it too, for it may have been written over."""
        now = _identity(self.path)
        try:
            ours = head(self.path, len(MAGIC)) == MAGIC
        except FileNotFoundError:
            return StoreGone(f"{self.path} was deleted or moved while it was open: {LATER}")
        except OSError as error:
            if now == self._known:
                return None  # it cannot be read by path any more, but the open file can
            return StoreGone(f"{self.path} cannot be reached any more ({error.strerror}): {LATER}")
        if now != self._known:
            what = "another file" if ours else "a file that is no store"
            return StoreGone(f"{self.path} was replaced by {what} while it was open: {LATER}")
        if not ours:
            return StoreGone(
                f"{self.path} was written over by something else while it was open: {LATER}", in_place=True
            )
        return None


def let_go(readers: Iterable[Connection], writer: Connection, place: Place) -> None:
    """Make connections ready to be closed without touching what lies at the path now.

    A closing connection empties its log into its file and deletes the log by name. By then the name may be the other
    file's; and a log left full would be read into that file by whoever opens it next. So the log is emptied first
    (into the file that was moved away), and nothing is deleted. Of a file that was written over the log stays as it
    is: its pages would only be written between those of something else.
    """
    gone = place.gone()
    with suppress(apsw.Error):
        if gone and not gone.in_place:
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    for connection in (*readers, writer):
        with suppress(apsw.Error):
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)


# -- before it is opened ---------------------------------------------------------------------------------------


def prepare(path: Path, *, read_only: bool, create: bool) -> bool:
    """Make a new file with mode 0600 before SQLite opens it; tell whether it was made."""
    if _is_there(path):
        if not read_only:
            _unmake(path)
        check_file(path, read_only=read_only)
        return False
    if read_only or not create:
        raise StoreMissing(
            f"There is no store at {path}: make one with 'localstore init', or see one with 'localstore demo'."
        )
    try:
        private_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return _made_meanwhile(path)
    except OSError as error:
        raise StoreReadOnly(f"{path} cannot be made: {error.strerror}; choose another path.") from None
    return True


def _unmake(path: Path) -> None:
    """Make a file empty again whose making was cut short by the power: half its header may be there.

    SQLite's journal beside it says so (https://sqlite.org/fileformat2.html#the_rollback_journal): it begins with a
    mark, and with no pages, to which SQLite goes back. Who is at it just now holds a lock, and is left alone.
    """
    try:
        with path.with_name(f"{path.name}-journal").open("rb") as file:
            head = file.read(20)
    except OSError:
        return
    if head.startswith(JOURNAL) and head[16:] == bytes(4):
        with suppress(apsw.Error):
            connection = opened(str(path), apsw.SQLITE_OPEN_READWRITE)
            try:
                connection.pragma("user_version")
            finally:
                connection.close()


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, each for its owner alone.

    ``mkdir(parents=True)`` gives its mode to the last one only, and the others to everybody.
    """
    missing = [each for each in folder.parents if not each.exists()]
    for each in (*reversed(missing), folder):
        each.mkdir(mode=0o700, exist_ok=True)


def _is_there(path: Path) -> bool:
    """Tell whether there is a file; a folder, a device and a path that cannot be are refused."""
    try:
        str(path).encode()
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise StoreReadOnly(f"{path} cannot be reached: {error.strerror}; check its permissions.") from None
    except ValueError:
        raise StoreError(f"{str(path)!r} is no path (it must be UTF-8 without NUL): choose another.") from None
    if stat.S_ISDIR(mode):
        raise NotAStore(f"{path} is a folder: name a file, such as {path / 'store.db'}.")
    if not stat.S_ISREG(mode):
        raise NotAStore(f"{path} is a device or a pipe, not a file: choose another path.")
    return True


def _made_meanwhile(path: Path) -> bool:
    """Go on with the file another process just made; something else in the way is refused."""
    if not path.is_file():
        raise StoreReadOnly(f"{path} cannot be made: something else has a name on the way; choose another path.")
    return False


def check_file(path: Path, *, read_only: bool) -> None:
    """Refuse what cannot be read, is no SQLite file, or may not be written though it shall."""
    try:
        start = head(path, len(MAGIC))
    except OSError as error:
        raise StoreReadOnly(f"{path} cannot be read: {error.strerror}; check its permissions.") from None
    if start and start != MAGIC:
        raise NotAStore(f"{path} is not a SQLite file: choose another path, or import it instead.")
    if not read_only and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        what = path if not os.access(path, os.W_OK) else path.parent
        raise StoreReadOnly(f"{what} may not be written: change its permissions, or open with --read-only.")
