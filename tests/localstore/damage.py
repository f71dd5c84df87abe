"""Damage as a disk or a program does it: bytes of one page, in the file itself."""

from __future__ import annotations

import apsw

from localstore import Store

GARBAGE = b"\xff"


def loosely(store: Store, *statements: str) -> None:
    """Write as a tool that checks nothing does."""
    connection = apsw.Connection(str(store.path))
    connection.pragma("foreign_keys", False)
    connection.pragma("ignore_check_constraints", True)
    with connection:
        [connection.execute(statement) for statement in statements]
    connection.close()


def overwrite(store: Store, name: str, start: int, length: int) -> None:
    """Close the store and fill a part of a root page with garbage; a negative start counts from the page's end."""
    with store.reading() as connection:
        ((root,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchall()
        size = int(connection.pragma("page_size"))
    store.close()
    with store.path.open("r+b") as file:
        file.seek((root - 1) * size + start % size)
        file.write(GARBAGE * (length or size))
