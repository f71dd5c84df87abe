"""Applying what the server has: one page, one short transaction; triggers silent, their work done set-wise.

Rows that nothing stands in the way of go in together; the others one by one. Whatever happens to a page, applying it
again gives the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from localstore import tables
from localstore.sync_rules import RULES
from sync.local import deleting
from sync.local.arrivals import Applied, Arrivals, aside, changes_of
from sync.local.capture import silent
from sync.local.images import image_of, name_of
from sync.local.upserts import upsert
from sync.shapes import Page, Row

if TYPE_CHECKING:
    from localstore.models import Row as Model
    from localstore.store import Store

__all__ = ["Applied", "apply_gone", "apply_page"]


def apply_page(store: Store, page: Page) -> Applied:
    """Write a page's rows; what cannot come in is set aside alone. Its ``gone`` is for ``apply_gone``."""
    model = tables.model_of(page.tbl)
    with store.database.writing() as connection, silent(connection):
        connection.pragma("defer_foreign_keys", True)
        arrivals = Arrivals(store, connection)
        for found in page.unreadable:
            arrivals.unreadable(model, found)
        rows = _by_key(model, page.rows)
        _apply(arrivals, model, rows)
        return arrivals.finish()


def _by_key(model: type[Model], rows: Sequence[Row]) -> dict[str, Row]:
    at = [tables.columns(model).index(name) for name in tables.key_columns(model)]
    if len(at) == 1:
        return {row[at[0]]: row for row in rows}
    return {"/".join(row[each] for each in at): row for row in rows}


def _apply(arrivals: Arrivals, model: type[Model], rows: dict[str, Row]) -> None:
    """Write rows set-wise where that goes, the others one by one, in order."""
    if not rows:
        return
    special = _special(arrivals, model, rows)
    plain = {pk: row for pk, row in rows.items() if pk not in special} if special else rows
    changed = upsert(arrivals.connection, model, plain) if plain else []
    if changed is None:
        special, changed = set(rows), []
    else:
        arrivals.applied.changed += len(changed)
        arrivals.loose.forget_all(name_of(model), list(plain))
        arrivals.arrived(model, changed)
    for pk in rows if special else ():
        if pk in special:
            arrivals.take(model, pk, image_of(model, rows[pk]))


def _special(arrivals: Arrivals, model: type[Model], rows: dict[str, Row]) -> set[str]:
    table = name_of(model)
    if RULES[table].masked:  # what is masked stays as it is here
        return set(rows)
    return changes_of(arrivals.connection, table, rows) | aside(arrivals.connection, table, rows)


def apply_gone(store: Store, tbl: str, keys: Sequence[str]) -> Applied:
    """Delete rows that the server no longer has, or no longer shows; best called for parents first.

    What was edited here goes to a conflict whole, and so does what the server never had and hung on a row that is
    gone; what belongs to the local user goes to the trash, each row with all that hangs on it.
    """
    model = tables.model_of(tbl)
    with store.database.writing() as connection, silent(connection):
        connection.pragma("defer_foreign_keys", True)
        arrivals = Arrivals(store, connection)
        deleting.delete(store, arrivals, model, keys)
        return arrivals.finish()
