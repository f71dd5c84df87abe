"""A connection as the code here sees it: APSW's, whose rows are of whatever the statement selects.

APSW's own types say that every value of every row may be a number, text, bytes or nothing; a statement knows better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import apsw

if TYPE_CHECKING:

    class Connection(apsw.Connection):
        """APSW's connection, its rows untyped."""

        def execute(self, statements: str, bindings: Any = None, **_: Any) -> Any:
            """Run statements; iterate the result for rows, or call its ``fetchone``, ``fetchall``."""

else:
    Connection = apsw.Connection

CREATED = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE


def opened(path: str, flags: int = CREATED) -> Connection:
    """Open a SQLite file."""
    return cast(Connection, apsw.Connection(path, flags=flags))
