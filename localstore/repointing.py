"""Repointing: everything that refers to one row refers to another from now on; the row itself stays.

Foreign keys, and the texts that hold ids: the trash, the undo log, drafts, the file's own state. The caller silences
the triggers when times shall stay (a person who turns out to be another edits nothing).
"""

from __future__ import annotations

from localstore import tables
from localstore.connection import Connection
from localstore.models import Row

_TEXTS = (
    ("trash", "roots"),
    ("trash", "actor_id"),
    ("trash_rows", "pk"),
    ("trash_rows", "image"),
    ("undo_log", "actor_id"),
    ("undo_log", "changes"),
    ("drafts", "name"),
    ("drafts", "text"),
    ("saved_searches", "filter"),
    ("preferences", "value"),
    ("local_state", "value"),
)
"""Local columns that hold ids, alone or within a text."""
_NOTED = (("sync_dirty", "base"), ("sync_loose", "value"))


def repoint(connection: Connection, model: type[Row], old: str, new: str) -> None:
    """Let all references to the row *old* of *model* go to *new*, within the caller's transaction.

    Where a row would then be there twice (an item that has both tags), one stays; a text that already has a vector
    keeps it, and the other moves to the text's item.
    """
    for child, column, _ in tables.children(model):
        _repoint_rows(connection, child, column, old, new)
    connection.execute("UPDATE embedding_states SET item_id = ? WHERE item_id = ?", (new, old))
    connection.execute("DELETE FROM vector_models WHERE model_id = ?", (old,))  # codes are built anew
    for table, column in (*_TEXTS, *_NOTED):
        connection.execute(
            f"UPDATE {table} SET {column} = replace({column}, ?1, ?2) WHERE instr({column}, ?1)", (old, new)
        )


def _repoint_rows(connection: Connection, child: type[Row], column: str, old: str, new: str) -> None:
    table = str(child._meta.table_name)
    if not tables.is_stamped(child):
        _drop_twins(connection, child, column, old, new)
    elif tables.field_of(child, column).unique:
        _make_room(connection, table, column, old, new)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))


def _drop_twins(connection: Connection, child: type[Row], column: str, old: str, new: str) -> None:
    """Delete links that would be there twice."""
    table = str(child._meta.table_name)
    others = " AND ".join(f"x.{name} = {table}.{name}" for name in tables.key_columns(child) if name != column)
    connection.execute(
        f"DELETE FROM {table} WHERE {column} = ?1 AND EXISTS"
        f" (SELECT 1 FROM {table} x WHERE x.{column} = ?2 AND {others})",
        (old, new),
    )


def _make_room(connection: Connection, table: str, column: str, old: str, new: str) -> None:
    """A row that cannot move, for another holds its place, sits on the item and names the text."""
    connection.execute(
        f"UPDATE {table} SET {column} = NULL, meta_data = json_set(meta_data, '$.{column}', ?2),"
        f" item_id = COALESCE(item_id, (SELECT item_id FROM contents WHERE id = ?2))"
        f" WHERE {column} = ?1 AND EXISTS (SELECT 1 FROM {table} x WHERE x.{column} = ?2)",
        (old, new),
    )
