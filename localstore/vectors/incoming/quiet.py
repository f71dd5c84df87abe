"""Triggers off while vectors are written set-wise: even silent ones take three quarters of an insert's time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import apsw

from localstore import triggers
from localstore.bulk.batch import silenced
from localstore.connection import Connection

_THERE = (
    "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    " AND tbl_name IN ('items', 'contents', 'embeddings', 'embedding_states')"
)


@contextmanager
def quiet(connection: Connection) -> Iterator[None]:
    """Switch the triggers of this connection off for the block, whose code does their work.

    Where a table has a trigger that is not the store's own, all stay on and the store's are silenced by the flag:
    what others note must not be missed.
    """
    if not {row[0] for row in connection.execute(_THERE)} <= _known():
        with silenced(connection):
            yield
        return
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    try:
        yield
    finally:
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 1)


@cache
def _known() -> frozenset[str]:
    return frozenset(re.findall(r"CREATE TRIGGER (\w+)", "\n".join(triggers.statements())))
