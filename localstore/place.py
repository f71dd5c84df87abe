"""The place of a file: what may be opened there, and whether the path still leads to what was opened.

A file that is deleted or replaced while it is open goes on to take writes, and nobody would ever see them again; and
closing it would harm the file that came in its place. So every write looks first (a ``stat``, 2 µs), and a file that
is gone is let go of with care.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import apsw

from localstore.connection import Connection
from localstore.errors import NotAStore, StoreError, StoreGone, StoreMissing, StoreReadOnly

MAGIC = b"SQLite format 3\0"
LATER = "nothing is written until it is open again."


class Place:
    """A path, and which file it led to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = self._identity()

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return (found.st_dev, found.st_ino)

    def check(self) -> None:
        """Raise StoreGone when the path leads elsewhere."""
        if self._identity() != self._known:
            raise self.gone() or StoreGone(f"{self.path} was replaced for a moment while it was open: try again.")

    def gone(self) -> StoreGone | None:
        """Return why the file is not there any more; looks into it too, for it may have been written over."""
        now = self._identity()
        try:
            with self.path.open("rb") as file:
                ours = file.read(len(MAGIC)) == MAGIC
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
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise StoreReadOnly(f"{path} cannot be read: {error.strerror}; check its permissions.") from None
    if head and head != MAGIC:
        raise NotAStore(f"{path} is not a SQLite file: choose another path, or import it instead.")
    if not read_only and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        what = path if not os.access(path, os.W_OK) else path.parent
        raise StoreReadOnly(f"{what} may not be written: change its permissions, or open with --read-only.")
