"""The SQLite file of another program, opened for reading alone; it may have been made to do harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from localstore.connection import Connection, opened
from localstore.errors import TransferError
from localstore.transfer.ordinary import check_ordinary
from localstore.transfer.titles import printable


@contextmanager
def foreign_database(path: Path) -> Iterator[Connection]:
    """Open a file for reading; raises TransferError for one that SQLite cannot read, also in the middle."""
    check_ordinary(path)
    try:
        connection = opened(str(path), apsw.SQLITE_OPEN_READONLY)
    except apsw.Error as error:
        raise TransferError(f"{path}: cannot be opened as an SQLite file ({printable(str(error))})") from None
    try:
        connection.set_busy_timeout(5_000)
        connection.pragma("cell_size_check", True)  # a page that lies about its cells is found before it is read
        connection.execute("BEGIN")  # one state of the file, while others may write
        yield connection
    except apsw.Error as error:
        raise TransferError(f"{path}: SQLite cannot read it ({printable(str(error))})") from None
    except UnicodeDecodeError as error:
        spelled = error.object[max(error.start - 20, 0) : error.end + 20]
        raise TransferError(f"{path}: a text in it is not UTF-8 ({spelled!r}): mend it there") from None
    finally:
        connection.close()
