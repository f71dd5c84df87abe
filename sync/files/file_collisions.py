"""Unique values of a file's rows that another row here holds: ours stay, theirs is settled as its rule says."""

from __future__ import annotations

import json
from collections.abc import Callable

from localstore import tables, values
from localstore.connection import Connection
from localstore.models import AIModel, Content, Item
from localstore.models import Row as Model
from localstore.sync_rules import RULES, Unique
from sync.local.images import name_of
from sync.shapes import Conflict, Image, Key, Kind


class Refused(Exception):
    """A row does not come in; ``conflicts`` keep it where it is not here under another key."""

    def __init__(self, *conflicts: Conflict) -> None:
        super().__init__()
        self.conflicts = conflicts


def settle_unique(
    connection: Connection,
    model: type[Model],
    key: Key,
    row: Image,
    same_rows: dict[str, str],
    fits: Callable[[Image], bool],
) -> list[Conflict]:
    """Give *row* values that nobody holds, and return what is to be noted of it; Refused when it cannot come in.

    A row that is ours under another key is entered into *same_rows*.
    """
    found: list[Conflict] = []
    for column, rule in RULES[name_of(model)].unique.items():
        holder = _holder(connection, model, column, row[column], key.pk)
        if holder is None:
            continue
        if rule is Unique.SAME_ROW or (rule is Unique.STAYS and _is_same_file(holder, row)):
            same_rows[key.pk] = holder["id"]
            raise Refused
        if rule is Unique.RENAME:
            wanted, row[column] = row[column], _free(connection, model, column, row[column])
            reason = f"{column} {wanted!r} is taken here: theirs is {row[column]!r} now"
            found.append(Conflict(key, Kind.TAKEN, None, {column: row[column]}, {column: wanted}, reason))
        elif rule is Unique.MOVES:
            _move(connection, model, column, row, holder, fits)
        else:
            shown = "this value" if "hash" in column else repr(row[column])
            reason = f"{column} {shown} belongs to another {tables.noun(model)} here"
            raise Refused(Conflict(key, Kind.TAKEN, None, dict(row), None, reason))
    return found


def _holder(connection: Connection, model: type[Model], column: str, value: object, pk: str) -> Image | None:
    if value is None:
        return None
    sql = f"SELECT id FROM {name_of(model)} WHERE {column} = ? AND id <> ?"
    found = connection.execute(sql, (value, pk)).fetchone()
    return tables.fetch(connection, model, found[0]) if found else None


def _is_same_file(holder: Image, row: Image) -> bool:
    return bool(row.get("checksum")) and holder.get("checksum") == row["checksum"]


def _free(connection: Connection, model: type[Model], column: str, value: str) -> str:
    number = 2
    while _holder(connection, model, column, f"{value}-{number}", ""):
        number += 1
    return f"{value}-{number}"


def _move(
    connection: Connection, model: type[Model], column: str, row: Image, holder: Image, fits: Callable[[Image], bool]
) -> None:
    """Another model's vector moves to the item and names the text; of one model's two the fitting one stays."""
    made_by, item = (
        next(name for name, parent, _ in tables.references(model) if parent is target) for target in (AIModel, Item)
    )
    if holder[made_by] == row[made_by]:
        if fits(row) and not fits(holder):
            better = {name: row[name] for name in (*tables.blobs(model), "dim", "meta_data", "updated_at")}
            tables.update(connection, model, holder["id"], better)
        raise Refused
    text = tables.need(connection, Content, row[column])
    meta = json.loads(row["meta_data"]) | {column: row[column]}
    row.update({column: None, item: row[item] or text[item], "meta_data": values.to_json(meta)})
