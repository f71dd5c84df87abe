"""Orders of items that no index has: the whole list is sorted once, then read by place.

A place is a row's number in the file, eight bytes of it for each item: a million take 8 MB and about a second. They
hold until somebody else vacuums the file; a row that is gone meanwhile is left out of its page.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from localstore.errors import InvalidValue
from localstore.filters import Filter
from localstore.freshness import Freshness

if TYPE_CHECKING:
    from localstore.items import ItemRow
    from localstore.store import Store

ORDERS = {
    "created": "i.created_at",
    "tags": "(SELECT count(*) FROM item_tag_links l WHERE l.item_id = i.id)",
    "vectors": f"COALESCE((SELECT max(s.state) FROM embedding_states s WHERE s.item_id = i.id), {Freshness.NONE:d})",
}
"""What is sorted by, beside the orders of ``store.items.sorts``; what is equal, newest first."""


def places(store: Store, where: Filter | None, sort: str) -> array[int]:
    """Return the places of the items that a filter finds, sorted by ``created``, ``tags`` or ``vectors``.

    ``-`` in front for the largest first. One sort of all of them, interruptible.
    """
    name, way = sort.lstrip("-+"), "DESC" if sort.startswith("-") else "ASC"
    if name not in ORDERS:
        raise InvalidValue(f"cannot sort by {name!r}: choose {', '.join(ORDERS)}", "sort")
    with store.database.reading() as connection:
        condition, bindings = (where or Filter()).sql(connection)
        sql = (
            f"SELECT i.rowid FROM items i WHERE {condition} ORDER BY {ORDERS[name]} {way}, i.updated_at DESC, i.id DESC"
        )
        return array("q", (row[0] for row in connection.execute(sql, bindings)))


def rows_at(store: Store, wanted: Sequence[int]) -> list[ItemRow]:
    """Return what a list shows of the items at some places, in their order."""
    from localstore.items import COLUMNS, row_of  # with it comes the ORM, which no start shall wait for

    marks = ", ".join("?" * len(wanted))
    with store.database.reading() as connection:
        found = connection.execute(f"SELECT {COLUMNS}, t.rowid FROM items t WHERE t.rowid IN ({marks})", tuple(wanted))
        rows = {values[-1]: row_of(values) for values in found}
    return [rows[place] for place in wanted if place in rows]


def place_of(store: Store, pk: str, among: array[int]) -> int | None:
    """Return how many of the places come before an item's, None when it is not among them."""
    with store.database.reading() as connection:
        row = connection.execute("SELECT rowid FROM items WHERE id = ?", (pk,)).fetchone()
    try:
        return among.index(row[0]) if row else None
    except ValueError:
        return None
