"""Rules that every written row obeys, checked before SQLite would refuse it less clearly."""

from __future__ import annotations

import apsw

from localstore import ids, tables, times
from localstore.connection import Connection
from localstore.errors import EditConflict, InvalidValue, Taken
from localstore.events import SECRET
from localstore.models import Row
from localstore.tables import Stored


def touch(connection: Connection, item: str) -> None:
    """Move an item's ``updated_at`` to now, or a microsecond on."""
    row = connection.execute("SELECT updated_at FROM items WHERE id = ?", (item,)).fetchone()
    if row:
        stamp = times.after(times.now(), row[0])
        connection.execute("UPDATE items SET updated_at = ? WHERE id = ?", (stamp, item))


def check_references(connection: Connection, model: type[Row], stored: Stored, path: str = "") -> None:
    """Raise InvalidValue for a foreign key that points to nothing."""
    for column, parent, _ in tables.references(model):
        value = stored.get(column)
        if value is not None and tables.fetch(connection, parent, value) is None:
            raise InvalidValue(f"there is no {tables.noun(parent)} {value}", f"{path}{column}")


def check_unique(connection: Connection, model: type[Row], stored: Stored, path: str = "", own: str = "") -> None:
    """Raise Taken for a unique value that another row holds, naming that row."""
    table = model._meta.table_name
    for field in model._meta.sorted_fields:
        name = field.column_name
        if not (field.unique or field.primary_key) or stored.get(name) is None or model._meta.composite_key:
            continue
        sql = f"SELECT id FROM {table} WHERE {name} = ? AND id <> ?"
        holder = connection.execute(sql, (stored[name], own)).fetchone()
        if holder:
            shown = "this value" if name in SECRET else repr(stored[name])
            message = f"{shown} is taken by the {tables.noun(model)} {ids.short(holder[0])}"
            raise Taken(f"{message}: choose another", f"{path}{name}", holder[0])


def conflict(model: type[Row], pk: str, ours: Stored, theirs: Stored) -> EditConflict:
    """Return the error that carries both versions of a row, without its secrets."""
    label = f"{tables.noun(model)} {ids.short(pk)}"
    return EditConflict(
        f"The {label} was changed meanwhile: look at both versions, then save again or keep theirs.",
        {name: value for name, value in tables.decode(model, ours).items() if name not in SECRET},
        {name: value for name, value in tables.decode(model, theirs).items() if name not in SECRET},
    )


def refused(model: type[Row], stored: Stored, error: apsw.ConstraintError) -> InvalidValue:
    """Return the error for a row that SQLite refused."""
    if "UNIQUE" in str(error):
        pair = ", ".join(ids.short(str(stored[name])) for name in tables.key_columns(model) if name in stored)
        return Taken(f"the {tables.noun(model)} {pair} is there already")
    return InvalidValue(f"the {tables.noun(model)} is refused ({error})")
