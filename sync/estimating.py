"""What a round would carry: rows and bytes by table, up and down; nothing is changed on either side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from localstore.models import TABLES
from sync import outbox, state
from sync.errors import NotLinked
from sync.local import dirty
from sync.postgres import pull
from sync.rounds import Estimate
from sync.servers import opened

if TYPE_CHECKING:
    from localstore.store import Store
    from sync.postgres.session import Session

SAMPLE = 500
"""Rows whose size stands for the others'."""


def estimate(store: Store) -> Estimate:
    """Ask both sides what would go; bytes are worked out from a sample."""
    with store.reading() as connection:
        if not state.is_linked(connection):
            raise NotLinked(f"{store.path} is not linked with a server: 'localstore sync link URL' does it.")
    up = _up(store)
    with opened(store) as server:
        down = server.run("repeatable read", lambda session: _down(store, session))
    return Estimate(up, down)


def _up(store: Store) -> dict[str, tuple[int, int]]:
    with store.database.writing() as connection:  # rows that turn out not to be shared are put aside
        counts = dirty.count(connection)
        sample = dirty.changes(connection, SAMPLE, outbox.BYTES)
    found = {}
    for tbl, count in counts.items():
        sizes = [outbox.size(change) for change in sample if change.key.tbl == tbl]
        found[tbl] = (count, count * (sum(sizes) // len(sizes) if sizes else 200))
    return {tbl: each for tbl, each in found.items() if each[0]}


def _down(store: Store, session: Session) -> dict[str, tuple[int, int]]:
    with store.reading() as connection:
        cursor = state.get(connection, "cursor")
        organizations = json.loads(state.get(connection, "organizations") or "[]")
    found = {}
    for model in TABLES:
        tbl = str(model._meta.table_name)
        count = pull.count(session, tbl, cursor, organizations)
        if count:
            found[tbl] = (count, count * pull.row_size(session, tbl))
    return found
