"""Rows that were moved here below one that is gone on the server: the server has them where they were before.

They go back there as the server has them, with what hangs on them; what was made of them here goes to a conflict.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from localstore import tables, values
from localstore.connection import Connection
from localstore.models import CASCADE, TABLES
from localstore.models import Row as Model
from sync.conflicts import settle
from sync.local import dirty
from sync.local.above import above
from sync.local.arrivals import Arrivals
from sync.local.images import name_of, unpacked
from sync.merge import META
from sync.merging.columns import derived
from sync.shapes import Conflict, Image, Key, Kind

Missing = tuple[str, type[Model], str]


class Homeless(NamedTuple):
    """A row whose place on the server is not here: it goes, and comes in again when that does."""

    model: type[Model]
    key: Key
    image: Image
    missing: Missing


def is_going(connection: Connection, key: Key) -> bool:
    """Tell whether a row is among those that are about to be deleted."""
    sql = "SELECT 1 FROM temp.going WHERE tbl = ? AND pk = ?"
    return connection.execute(sql, key).fetchone() is not None


def return_moved(arrivals: Arrivals) -> tuple[int, list[Homeless]]:
    """Put rows of ``temp.going`` back whose place on the server does not go; tell how many, and which have none here.

    Once some are back others may be: those that hung on them. ``temp.going`` is to be filled anew for that.
    """
    connection = arrivals.connection
    moved = [(model, pk) for model in TABLES for pk in _moved(connection, model)]
    kept = [_kept(connection, model, Key(name_of(model), pk)) for model, pk in moved]
    arrivals.conflicts += kept
    homeless = [found for model, pk in moved for found in _return(arrivals, model, Key(name_of(model), pk))]
    return len(moved), homeless


def _moved(connection: Connection, model: type[Model]) -> list[str]:
    """Return the rows of a table that the server knows below something else, which stays."""
    cascades = [(column, parent) for column, parent, action in tables.references(model) if action == CASCADE]
    if not cascades or not tables.is_stamped(model):  # a link's parents are its key
        return []
    table = name_of(model)
    was = {column: f"d.base ->> '$.{column}'" for column, _ in cascades}
    differs = " OR ".join(f"{was[column]} IS NOT t.{column}" for column, _ in cascades)
    goes = " OR ".join(f"(x.tbl = '{name_of(parent)}' AND x.pk = {was[column]})" for column, parent in cascades)
    sql = (
        f"SELECT g.pk FROM temp.going g CROSS JOIN sync_dirty d ON d.tbl = g.tbl AND d.pk = g.pk"
        f" CROSS JOIN {table} t ON t.id = g.pk WHERE g.tbl = '{table}' AND g.level > 0 AND d.base IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM sync_kept k WHERE k.tbl = g.tbl AND k.pk = g.pk)"
        f" AND ({differs}) AND NOT EXISTS (SELECT 1 FROM temp.going x WHERE {goes})"
    )
    return [pk for (pk,) in connection.execute(sql).fetchall()]


def _kept(connection: Connection, model: type[Model], key: Key) -> Conflict:
    """Return the conflict that keeps what was made of a row here."""
    ours, base, _ = _versions(connection, model, key)
    gone = above(connection, model, ours, lambda parent: is_going(connection, parent))
    noun = tables.noun(model)
    why = f"what this {noun} was moved to here was deleted on the server: it is where the server has it"
    return Conflict(key, Kind.PARENT_GONE, base, tables.image(model, ours), gone, why)


def _versions(connection: Connection, model: type[Model], key: Key) -> tuple[Image, Image, bytes | None]:
    """Return a row as it is here, as the server has it, and the vector there when it is another."""
    ours = tables.need(connection, model, key.pk)
    sql = "SELECT base, base_vector FROM sync_dirty WHERE tbl = ? AND pk = ?"
    base, vector = connection.execute(sql, key).fetchone() or (values.to_json({}), None)
    return ours, unpacked(model, base, vector, ours), vector


def _return(arrivals: Arrivals, model: type[Model], key: Key) -> Iterator[Homeless]:
    """Make a row what the server has; a vector that is known by its hash alone stays ours, and a change of ours."""
    connection = arrivals.connection
    if tables.fetch(connection, model, key.pk) is None:  # one that came back before took its place
        return
    ours, theirs, vector = _versions(connection, model, key)
    row = dict(theirs)
    for name in tables.blobs(model):
        same = vector is None and unpacked(model, values.to_json({}), None, ours)[name] == theirs[name]
        row[name] = ours[name] if vector is None else vector
        if vector is None and not same:
            row |= {each: ours[each] for each in (*derived(model), META)}
    settle(connection, key, "back where the server has it", (Kind.REFUSED,))
    missing = arrivals.loose.loosen(model, key, dict(row))
    if missing:
        arrivals.loose.forget(key)
        dirty.forget(connection, key)
        yield Homeless(model, key, row, missing)
    elif arrivals.write(model, key, row, ours, theirs):
        arrivals.in_step(model, key, row, theirs, new=False)
