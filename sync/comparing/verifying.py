"""Verify: is what is here what the server has? Every row of every table is compared, by hash, then by meaning.

The file is read as of one moment and the server as of a later one. What either side has still to send is no
difference: rows changed here, rows that the server noted since the last pull, rows that are set aside.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localstore import tables
from localstore.connection import Connection
from localstore.models import TABLES
from localstore.models import Row as Model
from localstore.sync_rules import RULES
from sync import state
from sync.comparing.differences import Difference, chunked, differences, local_hashes, row_hasher
from sync.comparing.reconcile import CHUNK, REPAIR, Found, settle, told
from sync.errors import NotLinked
from sync.postgres import pull
from sync.round_lock import round_lock
from sync.servers import opened
from sync.shapes import Cancelled, Kind, Report

if TYPE_CHECKING:
    from localstore.store import Store
    from sync.postgres.session import Server, Session

NAMED = 1_000
"""Ids of a table that a report names."""


@dataclass(slots=True)
class TableReport:
    """How a table stands: rows compared, the ids of those that differ, how many wait to go or come."""

    rows: int = 0
    differ: list[str] = field(default_factory=list)
    missing_here: list[str] = field(default_factory=list)
    missing_there: list[str] = field(default_factory=list)
    more: int = 0
    """Differences beyond those that are named."""
    waiting: int = 0

    @property
    def differences(self) -> int:
        """How many rows are not the same."""
        return len(self.differ) + len(self.missing_here) + len(self.missing_there) + self.more


@dataclass(slots=True)
class VerifyReport:
    """What was compared and found; ``references`` counts rows of the file whose foreign key points nowhere."""

    tables: dict[str, TableReport] = field(default_factory=dict)
    references: dict[str, int] = field(default_factory=dict)
    repaired: bool = False

    @property
    def rows(self) -> int:
        """How many rows were compared."""
        return sum(table.rows for table in self.tables.values())

    @property
    def differences(self) -> int:
        """How many rows are not the same."""
        return sum(table.differences for table in self.tables.values())

    @property
    def waiting(self) -> int:
        """How many rows the next round carries, or are set aside."""
        return sum(table.waiting for table in self.tables.values())

    @property
    def is_well(self) -> bool:
        """Whether both sides are the same and the file's keys all point to rows."""
        return not self.differences and not self.references


def verify(
    store: Store,
    server: Server | None = None,
    *,
    repair: bool = False,
    report: Report | None = None,
    cancelled: Cancelled | None = None,
) -> VerifyReport:
    """Compare every row of the store with the server; with *repair* make what differs here as it is there.

    Repairing loses nothing: what it replaces or takes away waits as a conflict. Raises NotLinked, Cancelled and what
    a round raises when the server cannot be used.
    """
    with store.reading() as connection:
        if not state.is_linked(connection):
            raise NotLinked(f"{store.path} is not linked with a server: 'localstore sync link URL' does it.")
    with opened(store) if server is None else nullcontext(server) as there:
        with round_lock(store.path) if repair else nullcontext():
            keys = Found()
            try:
                found = _compare(store, there, keys, report, cancelled)
                if repair and found.differences:
                    settle(store, there, REPAIR, keys, report=report, cancelled=cancelled)
                    found.repaired = True
            finally:
                keys.close()
        return found


def _compare(
    store: Store, server: Server, keys: Found, report: Report | None, cancelled: Cancelled | None
) -> VerifyReport:
    found = VerifyReport()
    # The file first: what the server gets meanwhile is then known as not pulled yet.
    with store.reading() as connection:
        found.references = dangling(connection)

        def compare(session: Session) -> None:
            for model in TABLES:
                tbl = str(model._meta.table_name)
                keys.drop(tbl)
                found.tables[tbl] = _Comparison(connection, session, model).run(keys, report, cancelled)

        server.run("repeatable read", compare)
    return found


def dangling(connection: Connection) -> dict[str, int]:
    """Count rows whose foreign key points nowhere, by table: a program without foreign keys left them."""
    tbls = {str(model._meta.table_name) for model in TABLES}
    return dict(Counter(str(row[0]) for row in connection.execute("PRAGMA foreign_key_check") if row[0] in tbls))


class _Comparison:
    """One table, both sides as of one moment each."""

    def __init__(self, connection: Connection, session: Session, model: type[Model]) -> None:
        self.connection, self.session, self.model = connection, session, model
        self.tbl = str(model._meta.table_name)
        self.user_id = state.get(connection, "user_id")
        self.found = TableReport()
        self._coming: set[str] | None = None

    def run(self, keys: Found, report: Report | None, cancelled: Cancelled | None) -> TableReport:
        """Compare; the keys of what differs go into *keys* too."""
        here = local_hashes(self.connection, self.model, self.user_id)
        counted = told(self._counted(here), "verify", self.tbl, report, cancelled)
        for chunk in chunked(differences(counted, pull.hashes(self.session, self.tbl)), CHUNK):
            real = self._real([each for each in chunk if not self._waits(each)])
            self._name(real)
            keys.put(self.tbl, real)
        return self.found

    def _counted(self, rows: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        for row in rows:
            self.found.rows += 1
            yield row

    def _waits(self, each: Difference) -> bool:
        """Tell whether a difference is known and on its way, or none at all."""
        if each.here != each.there and not RULES[self.tbl].deletes_travel:
            return True
        if self._is_noted(each.pk) or each.pk in self._changed_there():
            self.found.waiting += 1
            return True
        return False

    def _is_noted(self, pk: str) -> bool:
        """Tell whether a row is dirty, kept here, or set aside as it came."""
        sql = (
            "SELECT EXISTS (SELECT 1 FROM sync_dirty WHERE tbl = ?1 AND pk = ?2)"
            " OR EXISTS (SELECT 1 FROM sync_kept WHERE tbl = ?1 AND pk = ?2)"
            " OR EXISTS (SELECT 1 FROM sync_conflict WHERE tbl = ?1 AND pk = ?2 AND resolved_at IS NULL"
            " AND kind IN (?3, ?4))"
        )
        row = self.connection.execute(sql, (self.tbl, pk, Kind.UNREADABLE.value, Kind.PARKED.value)).fetchone()
        return bool(row[0])

    def _changed_there(self) -> set[str]:
        """Return the keys of what the server noted since the last pull; asked once, when something differs."""
        if self._coming is None:
            cursor = state.get(self.connection, "cursor")
            orgs = json.loads(state.get(self.connection, "organizations") or "[]")
            self._coming = set()
            for page in pull.changes(self.session, self.tbl, cursor, orgs) if cursor else ():
                self._coming.update(page_keys(self.model, page.rows), page.gone, (each.pk for each in page.unreadable))
        return self._coming

    def _real(self, found: list[Difference]) -> list[Difference]:
        """Drop rows that mean the same: what the server has is read as a pull would read it, and hashed here."""
        both = [each.pk for each in found if each.here and each.there]
        if not both:
            return found
        page = pull.fetch(self.session, self.tbl, both)
        hashed = row_hasher(self.model, self.user_id)
        keyed = zip(page_keys(self.model, page.rows), page.rows, strict=True)
        theirs = {pk: hashed(pk, row) for pk, row in keyed}
        same = {pk for pk, digest in self._ours(both) if theirs.get(pk) == digest}
        return [each for each in found if each.pk not in same]

    def _ours(self, keys: list[str]) -> Iterator[tuple[str, str]]:
        hashed = row_hasher(self.model, self.user_id)
        for pk in keys:
            stored = tables.fetch(self.connection, self.model, pk)
            assert stored is not None
            loose = self.connection.execute(
                "SELECT col, value FROM sync_loose WHERE tbl = ? AND pk = ?", (self.tbl, pk)
            )
            stored |= {col: value for col, value in loose if stored[col] is None}
            yield pk, hashed(pk, tuple(stored.values()))

    def _name(self, found: list[Difference]) -> None:
        for each in found:
            if self.found.differences >= NAMED:
                self.found.more += 1
            elif each.here and each.there:
                self.found.differ.append(each.pk)
            else:
                (self.found.missing_there if each.here else self.found.missing_here).append(each.pk)


def page_keys(model: type[Model], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    """Yield the keys of rows in the order of their columns."""
    names = tables.columns(model)
    at = [names.index(name) for name in tables.key_columns(model)]
    for row in rows:
        yield "/".join(str(row[each]) for each in at)
