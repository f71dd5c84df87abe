"""What SQLite raises, said to a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from localstore.errors import (
    Interrupted,
    InvalidValue,
    LocalstoreError,
    NotAStore,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReadOnly,
)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors inside the block into ours."""
    try:
        yield
    except apsw.Error as error:
        raise explain(error, path) from error
    except UnicodeEncodeError as error:
        point = ord(error.object[error.start])
        if not 0xD800 <= point <= 0xDFFF:
            raise
        raise InvalidValue(f"lone surrogate U+{point:04X} at character {error.start}: remove it") from error
    except UnicodeDecodeError as error:
        byte = f"byte {error.object[error.start]:#04x} at offset {error.start}"
        raise StoreDamaged(
            f"{path} holds a text that is not UTF-8 ({byte}): 'localstore check' names its row: edit or delete it."
        ) from error


def explain(error: apsw.Error, path: Path) -> LocalstoreError:
    """Return the error that says what *error* means for the store at *path*, and what to do."""
    error = _first(error)
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return StoreBusy(f"{path} is locked by another program for too long: close it, or try again.")
    if isinstance(error, apsw.FullError):
        return StoreFull(f"No room left for {path}: nothing of this action was kept; free some space, try again.")
    if isinstance(error, apsw.ReadOnlyError):
        return StoreReadOnly(f"{path} may not be written: check the permissions of the file and its folder.")
    if isinstance(error, apsw.NotADBError):
        return NotAStore(f"{path} is not a SQLite file: choose another path.")
    if isinstance(error, apsw.CorruptError):
        return StoreDamaged(
            f"{path} is damaged ({error}): 'localstore check' says what can be mended, "
            f"'localstore recover {path} DEST' salvages what can be read; or put a backup in its place."
        )
    if isinstance(error, apsw.SQLError) and str(error).startswith(("no such column", "no such table")):
        return StoreDamaged(
            f"{path} has other tables than this version makes ({error}): 'localstore check --repair' makes anew what "
            "is derived from rows."
        )
    if isinstance(error, apsw.InterruptError):
        return Interrupted("The query was stopped.")
    if isinstance(error, apsw.ConstraintError):
        return InvalidValue(f"the store refuses this value ({error})")
    return _explain_io(error, path)


def _first(error: apsw.Error) -> apsw.Error:
    """Return the fault for which SQLite rolled back, where APSW then told that it missed its savepoint."""
    while "no such savepoint" in str(error) and isinstance(error.__context__, apsw.Error):
        error = error.__context__
    return error


def _explain_io(error: apsw.Error, path: Path) -> LocalstoreError:
    if isinstance(error, apsw.CantOpenError):
        return StoreReadOnly(f"{path} cannot be opened: check that it exists and may be read and written.")
    if isinstance(error, apsw.IOError):
        return StoreFull(
            f"The disk refused to read or write {path} ({error}): nothing of this action was kept; "
            "check the disk's space and health."
        )
    if isinstance(error, apsw.TooBigError):
        return InvalidValue("a value is larger than SQLite stores (1 GB)")
    return StoreError(f"SQLite reports for {path}: {error}")
