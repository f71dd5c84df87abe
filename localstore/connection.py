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
    """Open a SQLite file, whoever made it: what its schema says runs no more than plain SQL may.

    Triggers, views, defaults and generated columns reach no function or virtual table with an effect beyond the
    file (https://sqlite.org/security.html), and no statement writes the schema or a virtual table's own tables.
    """
    connection = apsw.Connection(path, flags=flags)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    return cast(Connection, connection)
