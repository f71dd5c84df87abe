"""The SQLite file of another program, opened for reading alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from localstore.connection import Connection, opened
from localstore.errors import TransferError


@contextmanager
def foreign_database(path: Path) -> Iterator[Connection]:
    """Open a file for reading; raises TransferError for one that SQLite cannot read, also in the middle."""
    try:
        connection = opened(str(path), apsw.SQLITE_OPEN_READONLY)
    except apsw.Error as error:
        raise TransferError(f"{path}: cannot be opened as an SQLite file ({error})") from None
    try:
        connection.set_busy_timeout(5_000)
        connection.execute("BEGIN")  # one state of the file, while others may write
        yield connection
    except apsw.Error as error:
        raise TransferError(f"{path}: SQLite cannot read it ({error})") from None
    finally:
        connection.close()
