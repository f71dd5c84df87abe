"""Foreign keys to rows that are not there, which only a program without foreign keys can leave.

A key that may be empty is emptied. A row that cannot be without its parent goes to the trash, with what hangs on it:
its deletion was only not heard. Neither can be undone, for undo would bring the fault back; the event and the copy of
the file tell what the keys were.
"""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from localstore import ids, tables
from localstore.checking.finding import Finding, Inquiry
from localstore.checking.moving import move_to_trash
from localstore.checking.owners import OWNER
from localstore.models import CASCADE, TABLES, Row

_NOTED = 100
"""Emptied keys that the event names."""
_CODES = ("vector_models", "vector_blocks", "vector_dead")


def references(asked: Inquiry) -> Iterator[Finding]:
    """Each foreign key of the thirteen tables but owners, parents first, and those of the codes."""
    for model in TABLES:
        for column, parent, action in tables.references(model):
            if column != OWNER and (lost := _lost(asked, model, column, parent)):
                yield _finding(asked, model, column, parent, action, lost)
    yield from _codes(asked)


def _lost(asked: Inquiry, model: type[Row], column: str, parent: type[Row]) -> list[tuple[str, str]]:
    """Return (key, what it points to) of the rows whose parent is not there."""
    sql = (
        f"SELECT {tables.key_sql(model, 't')}, t.{column} FROM {model._meta.table_name} t WHERE t.{column} IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {parent._meta.table_name} p WHERE p.id = t.{column}) ORDER BY 1"
    )
    with asked.reading() as connection:
        try:
            return [(str(pk), str(value)) for pk, value in connection.execute(sql)]
        except apsw.CorruptError:  # told by pages
            return []


def _finding(
    asked: Inquiry, model: type[Row], column: str, parent: type[Row], action: str, lost: list[tuple[str, str]]
) -> Finding:
    table, target = str(model._meta.table_name), str(parent._meta.table_name)
    does = "moves them to the trash" if action == CASCADE else "empties the key"
    shown = f"{ids.short(lost[0][0])} ({column} {ids.short(lost[0][1])})"
    message = f"{len(lost)} rows of {table} point to {target} that are not there, such as {shown}"
    advice = f"bring those back, or 'check --repair' {does}"
    found = Finding("reference", table, len(lost), f"{message}: {advice}", row=lost[0][0])
    if not asked.repair:
        return found
    asked.keep()
    if action == CASCADE:
        move_to_trash(asked, [(table, pk) for pk, _ in lost], f"{table} whose {column} pointed to nothing")
    else:
        _empty(asked, model, column, lost)
    return found.mended()


def _empty(asked: Inquiry, model: type[Row], column: str, lost: list[tuple[str, str]]) -> None:
    with asked.store.action("check.emptied") as action:
        for pk, _ in lost:
            action.update(model, pk, {column: None})
        action.note(table=model._meta.table_name, column=column, emptied=len(lost), keys=lost[:_NOTED])


def _codes(asked: Inquiry) -> Iterator[Finding]:
    """Codes of a model that is gone: derived, so they go."""
    with asked.reading() as connection:
        lost = sum(len(connection.execute(f"PRAGMA foreign_key_check({name})").fetchall()) for name in _CODES)
    if not lost:
        return
    message = f"{lost} blocks of codes belong to no model: 'check --repair' makes all codes anew"
    found = Finding("reference", "vector_blocks", lost, message)
    if asked.repair:
        with asked.store.database.writing() as connection:
            connection.execute("DELETE FROM vector_dead; DELETE FROM vector_blocks; DELETE FROM vector_models")
        found = found.mended()
    yield found
