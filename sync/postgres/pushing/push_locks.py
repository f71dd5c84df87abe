"""Rows of the server as a push finds them: locked where nobody else holds them, and who has our unique values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from localstore import tables
from localstore.models import BY_NAME
from localstore.sync_rules import RULES
from sync.postgres.reading import Images
from sync.postgres.session import Session
from sync.shapes import Change, Image

Wanted = dict[str, dict[str, Any]]
"""Unique values asked for: column → key → value."""


@dataclass
class Locked:
    """What the server has of the rows asked for; a key named nowhere is not there."""

    rows: dict[str, Image] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    unreadable: dict[str, str] = field(default_factory=dict)
    taken: dict[tuple[str, Any], Image | None] = field(default_factory=dict)
    """(column, value) → the row that has it; None: one that this device does not see."""


def wanted(tbl: str, changes: Iterable[Change]) -> Wanted:
    """Return the unique values that changes bring: of new rows, and those that were edited."""
    found: Wanted = {}
    for change in changes:
        for column in RULES[tbl].unique:
            value = (change.ours or {}).get(column)
            if value is not None and (change.base is None or change.base.get(column) != value):
                found.setdefault(column, {})[change.key.pk] = value
    return found


def ask(
    session: Session, tbl: str, keys: Sequence[str], deletes: Sequence[str], uniques: Wanted
) -> psycopg.Cursor[Any]:
    """Send the statement that locks rows; within a pipeline, its rows are read later."""
    session.check()
    sent = f"SELECT * FROM localstore_sync.lock_{tbl}(%s::text[], %s::text[], %s)"
    return session.connection.execute(sent.encode(), (list(keys), list(deletes), Jsonb(uniques)))


def answered(tbl: str, rows: Sequence[Sequence[Any]]) -> Locked:
    """Sort the rows of ``ask``."""
    locked = Locked()
    model = BY_NAME[tbl]
    names = tables.columns(model)
    keys = [names.index(name) for name in tables.key_columns(model)]
    images = dict(_images(tbl, [(at, row) for at, row in enumerate(rows) if row[0] == "row" or "taken" in row[0]]))
    for at, row in enumerate(rows):
        state, _, column = row[0].partition(":")
        cells = row[1:]
        pk = "/".join(str(cells[each]) for each in keys)
        image = images.get(at)
        if state == "busy":
            locked.busy.add(pk)
        elif state == "unseen":
            locked.unseen.add(pk)
        elif state == "hidden":
            locked.taken.setdefault((column, cells[names.index(column)]), None)
        elif state == "taken":
            locked.taken[column, cells[names.index(column)]] = image if isinstance(image, dict) else None
        elif isinstance(image, dict):
            locked.rows[pk] = image
        else:
            locked.unreadable[pk] = str(image)
    return locked


def _images(tbl: str, rows: Sequence[tuple[int, Sequence[Any]]]) -> Iterable[tuple[int, Image | str]]:
    read = Images(tbl).read([row[1:] for _, row in rows])
    return zip([at for at, _ in rows], read, strict=True)


def lock(
    session: Session, tbl: str, keys: Sequence[str] = (), uniques: Mapping[str, Mapping[str, Any]] | None = None
) -> Locked:
    """Lock rows of one table, or ask who has unique values, and wait for the answer."""
    given = {column: dict(values) for column, values in (uniques or {}).items()}
    return answered(tbl, ask(session, tbl, keys, (), given).fetchall())
