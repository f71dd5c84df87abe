"""Traces: what a change of rows leaves behind, read in a moment however long the tables are.

``data_version`` tells that somebody wrote to the file, not what: a draft that another window keeps every few seconds
moves it too. A person who looks at a list wants to hear of rows alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from localstore.models import TABLES

if TYPE_CHECKING:
    from localstore.store import Store

_LAST = ", ".join(f"(SELECT max(rowid) FROM {table._meta.table_name})" for table in TABLES)
_ROWS = f"SELECT (SELECT max(updated_at) FROM items), (SELECT max(rowid) FROM undo_log), {_LAST}"
_OWN = "SELECT (SELECT group_concat(key || value) FROM preferences), (SELECT group_concat(name || at) FROM drafts)"


class Trace(NamedTuple):
    """What the last changes left: in what a window keeps for itself, and in the rows."""

    own: int
    rows: tuple[object, ...]

    def tells_rows(self, before: Trace) -> bool:
        """Tell whether rows may have changed since *before*: yes, unless only a window's own things did."""
        return self.rows != before.rows or self.own == before.own


def trace(store: Store) -> Trace:
    """Return what the last changes left: ends of indexes, and some small tables."""
    with store.reading() as connection:
        rows = connection.execute(_ROWS).fetchone()
        own = connection.execute(_OWN).fetchone()
    return Trace(hash(own), tuple(rows))
