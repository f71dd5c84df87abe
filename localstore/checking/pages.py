"""Pages: whether SQLite can read the file, and which table, index or derived thing is damaged if it cannot.

SQLite keeps no checksums of pages: a byte that flipped within a text reads as another text. What it can tell is a
structure that does not hold, and an index that does not say what its table says.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import apsw

from localstore.checking.finding import Finding, Inquiry, salvage
from localstore.checking.rebuilding import DERIVED, make_anew, make_derived_anew, reindex, vacuum
from localstore.connection import Connection
from localstore.errors import StoreDamaged
from localstore.quoting import quoted

_SHOWN = 10_000
"""Faults that SQLite lists: rows that break a CHECK are among them, and shall not hide what is worse."""
_FULL_TEXT = "text_index"
_OF_VALUES = ("CHECK constraint failed", "NULL value in", "non-TEXT value", "TEXT value in", "non-INTEGER value")
"""Faults of single values, which ``stored_values`` tells with their rows."""


def pages(asked: Inquiry) -> Iterator[Finding]:
    """SQLite's own check of pages, indexes and the full-text index; by table when something is wrong."""
    with asked.reading() as connection:
        _read_structure(connection)
        said = problems(connection)
        if not said:
            return
        faults = _by_table(connection)
    found = [_table(asked, table, why, readable=readable) for table, (why, readable) in faults.items()]
    yield from _mended(asked, found) if asked.repair else found
    if not faults:
        yield _unused(asked, said[0])


def problems(connection: Connection, table: str = "", *, quick: bool = False) -> list[str]:
    """Return what SQLite says is wrong with the file, or with a table and its indexes.

    *quick* leaves out whether each index says what its table says.
    """
    pragma = "quick_check" if quick else "integrity_check"
    sql = f"PRAGMA {pragma}('{table}')" if table else f"PRAGMA {pragma}({_SHOWN})"
    found = []
    try:
        for (answer,) in connection.execute(sql):
            if answer != "ok" and not str(answer).startswith(_OF_VALUES):
                found.append(" ".join(str(answer).replace("*** in database main ***", "").split()))
    except (apsw.CorruptError, apsw.IOError, apsw.SQLError) as error:
        found.append(str(error))
    return found


def _read_structure(connection: Connection) -> None:
    """Have the full-text index read anew.

    A reader that looked at the index before it grew is told of corruption that is none (SQLite 3.54.1).
    """
    try:
        connection.execute(f"SELECT rowid FROM {_FULL_TEXT} WHERE {_FULL_TEXT} MATCH 'a' LIMIT 1").fetchall()
    except apsw.Error:
        return


def _by_table(connection: Connection) -> dict[str, tuple[str, bool]]:
    """Return the damaged tables with the first problem, and whether all rows can be read without an index."""
    found: dict[str, tuple[str, bool]] = {}
    for name, virtual in _tables(connection):
        said = problems(connection, name)
        if said:
            owner = _FULL_TEXT if name.startswith(_FULL_TEXT) else name
            found.setdefault(owner, (said[0], virtual or is_readable(connection, name)))
    return found


def _tables(connection: Connection) -> list[tuple[str, bool]]:
    try:
        rows = connection.execute("SELECT name, rootpage = 0 FROM sqlite_schema WHERE type = 'table'").fetchall()
    except apsw.Error:
        return []
    return [(str(name), bool(virtual)) for name, virtual in rows]


def is_readable(connection: Connection, table: str) -> bool:
    """Tell whether every value of every row can be read, in the order of the table and without its indexes."""
    try:
        names = [str(name) for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
        # max() reads a value whole, overflowing pages too; only whether there is one is asked
        every = ", ".join(f"max({quoted(name)}) IS NULL" for name in names)
        connection.execute(f"SELECT {every} FROM {quoted(table)} NOT INDEXED").fetchall()
    except apsw.Error:
        return False
    return True


def _table(asked: Inquiry, table: str, why: str, *, readable: bool) -> Finding:
    """Return the finding of a table: can it be mended, for only what is derived is damaged?"""
    if table in DERIVED:
        what = f"{table}, which is derived from rows, is damaged ({why}): 'check --repair' builds it anew"
        return Finding("text" if table == _FULL_TEXT else "derived", table, 1, what)
    if readable:
        return Finding("index", table, 1, f"an index of {table} is damaged ({why}): 'check --repair' makes it anew")
    lost = f"the table {table} is damaged ({why}), and nothing of rows is mended before that"
    return Finding("integrity", table, 1, f"{lost}: {salvage(asked.store.path)}")


def _mended(asked: Inquiry, found: list[Finding]) -> list[Finding]:
    """Mend each; what stood in the way of one may have been another, so those that fail are tried again."""
    mendable = [each for each in found if each.kind != "integrity"]
    if not mendable:
        return found
    asked.keep()
    done = {each.table: _mend(asked, each) for each in mendable}
    done |= {each.table: _mend(asked, each) for each in mendable if not done[each.table].repaired}
    if _still(asked):
        with suppress(apsw.Error):  # while a table is damaged, the file cannot be written anew
            vacuum(asked.store)
    return [done.get(each.table, each) for each in found]


def _mend(asked: Inquiry, found: Finding) -> Finding:
    try:
        if found.table in DERIVED:
            make_derived_anew(asked.store, found.table)
        else:
            reindex(asked.store, found.table)
            if _still(asked, found.table):
                make_anew(asked.store, found.table)
    except (StoreDamaged, apsw.Error) as error:
        return _hopeless(asked, found, str(error))
    left = _still(asked, found.table)
    return _hopeless(asked, found, left[0]) if left else found.mended()


def _still(asked: Inquiry, table: str = "") -> list[str]:
    with asked.reading() as connection:
        _read_structure(connection)
        return problems(connection, table)


def _hopeless(asked: Inquiry, found: Finding, why: str) -> Finding:
    message = f"{found.table} is damaged and could not be made anew ({why}): {salvage(asked.store.path)}"
    return replace(found, kind="integrity", message=message)


def _unused(asked: Inquiry, said: str) -> Finding:
    """Pages that belong to nothing, or a list of free pages that does not hold: no row is in danger."""
    message = f"SQLite says: {said[:200]}; no table is touched: 'check --repair' writes the file anew"
    found = Finding("index", "", 1, message)
    if not asked.repair:
        return found
    asked.keep()
    try:
        vacuum(asked.store)
    except apsw.Error as error:
        return _hopeless(asked, replace(found, table="the file"), str(error))
    return found.mended()
