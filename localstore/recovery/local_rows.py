"""What is saved of the tables that one file keeps for itself.

Trash, drafts, saved searches and preferences are a person's own work. The undo log is not saved: it would take back
actions on rows that are no longer as it knew them. Nor is what was noted of a server: the new store is another
device, and is linked anew.
"""

from __future__ import annotations

import apsw

from localstore.connection import Connection
from localstore.recovery.shapes import is_json

SAVED = {
    "trash": ("id", "deleted_at", "actor_id", "label", "roots", "cascade", "counts"),
    "trash_rows": ("trash_id", "seq", "tbl", "pk", "kind", "image"),
    "drafts": ("name", "at", "text"),
    "saved_searches": ("name", "at", "filter"),
    "preferences": ("key", "value"),
    "local_state": ("key", "value"),
}
_STATE = frozenset({"local_user", "default_organization"})


def put(connection: Connection, table: str, values: list[object]) -> bool:
    """Put a row of a local table; tell whether it could be read."""
    names = SAVED[table]
    if len(values) != len(names):
        return False
    if table == "local_state" and values[0] not in _STATE:
        return True
    if table == "trash_rows" and not (isinstance(values[-1], str) and is_json(values[-1])):
        return False
    marks = ", ".join("?" * len(names))
    try:
        connection.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT DO NOTHING", values)
    except (apsw.ConstraintError, apsw.MismatchError):
        return False
    return True
