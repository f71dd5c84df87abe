"""What differs between the file and the server, found by two sorted streams of hashes: memory for one row of each.

A row of the file stands as the server would have it: with the foreign keys that had to be emptied here
(``sync_loose``), and without what other people's rows do not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple, TypeVar

from localstore import tables
from localstore.connection import Connection
from localstore.models import Row as Model
from localstore.sync_rules import RULES
from sync.comparing.row_hash import hasher
from sync.shapes import Row

T = TypeVar("T")
Hashed = tuple[str, str]


class Difference(NamedTuple):
    """A row that is not the same on both sides: where it is."""

    pk: str
    here: bool
    there: bool


def local_hashes(connection: Connection, model: type[Model], user_id: str | None) -> Iterator[Hashed]:
    """Yield (key, hash) of the file's rows in key order, without those that are kept from the server."""
    columns = ", ".join(tables.columns(model))
    key = tables.key_sql(model)
    table = model._meta.table_name
    sql = (
        f"SELECT {key}, {columns} FROM {table} WHERE NOT EXISTS"
        f" (SELECT 1 FROM sync_kept k WHERE k.tbl = '{table}' AND k.pk = {tables.key_sql(model, table)})"
        f" ORDER BY {', '.join(tables.key_columns(model))}"
    )
    tighten = _tightened(connection, model)
    hashed = row_hasher(model, user_id)
    for pk, *row in connection.execute(sql):
        yield pk, hashed(pk, tighten(pk, tuple(row)))


def row_hasher(model: type[Model], user_id: str | None) -> Callable[[str, Row], str]:
    """Return what hashes a row as its key tells to: somebody else's row without what is masked."""
    masked = RULES[str(model._meta.table_name)].masked
    whole, bare = hasher(model), hasher(model, masked)
    if not masked:
        return lambda _, row: whole(row)
    return lambda pk, row: whole(row) if pk == user_id else bare(row)


def _tightened(connection: Connection, model: type[Model]) -> Callable[[str, Row], Row]:
    """Return what puts the foreign keys back that are empty here; called in key order."""
    sql = "SELECT pk, col, value FROM sync_loose WHERE tbl = ? ORDER BY pk"
    loose: Iterator[tuple[str, str, str]] = iter(connection.execute(sql, (model._meta.table_name,)))
    ahead = next(loose, None)
    names = tables.columns(model)

    def tighten(pk: str, row: Row) -> Row:
        nonlocal ahead
        while ahead and ahead[0] <= pk:
            at = names.index(ahead[1])
            if ahead[0] == pk and row[at] is None:
                row = (*row[:at], ahead[2], *row[at + 1 :])
            ahead = next(loose, None)
        return row

    return tighten


def differences(here: Iterator[Hashed], there: Iterator[Hashed]) -> Iterator[Difference]:
    """Walk two streams that are sorted by key; yield the keys of rows that only one has, or that differ."""
    ours, theirs = next(here, None), next(there, None)
    while ours or theirs:
        if theirs is None or (ours and ours[0] < theirs[0]):
            assert ours
            yield Difference(ours[0], True, False)
            ours = next(here, None)
        elif ours is None or theirs[0] < ours[0]:
            yield Difference(theirs[0], False, True)
            theirs = next(there, None)
        else:
            if ours[1] != theirs[1]:
                yield Difference(ours[0], True, True)
            ours, theirs = next(here, None), next(there, None)


def chunked(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most *size*."""
    while chunk := list(islice(rows, size)):
        yield chunk
