"""Reconciling: both sides compared row by row, and what differs brought together again; nothing is reset.

After a long absence the server is right about every row that was not changed here. After a restore from an old dump
the server's values are live again, but nothing that this file knows is lost: rows that the server forgot are sent
again, values it forgot wait as conflicts. Rows changed here go through the merge of every pull, whatever happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from localstore import tables
from localstore.connection import Connection, opened
from localstore.models import TABLES
from localstore.models import Row as Model
from localstore.sync_rules import RULES, Merge
from sync import state
from sync.comparing.differences import Difference, chunked, differences, local_hashes
from sync.conflicts import note
from sync.errors import Cancelled
from sync.local import applying, dirty
from sync.local.images import same
from sync.postgres import pull
from sync.shapes import Cancelled as Asked
from sync.shapes import Conflict, Image, Key, Kind, Page, Progress, Report, Row, ServerState

if TYPE_CHECKING:
    from localstore.store import Store
    from sync.postgres.session import Server, Session

CHUNK = 2_000
"""Rows fetched and applied at a time."""
EVERY = 5_000
"""Rows compared between two reports."""
_SETTLED = frozenset({Merge.LATER, Merge.EARLIER, Merge.DERIVED})
"""Columns that merge without a person: nothing of them is kept."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What becomes of clean rows that differ: *reason* keeps ours as a conflict; *again* sends what is not there."""

    reason: str | None = None
    again: bool = False


LATE = Policy()
RESTORED = Policy("the server was restored", again=True)
REPAIR = Policy("the two sides differed without a change that was noted")
_POLICIES = {ServerState.LATE: LATE, ServerState.RESTORED: RESTORED}


@dataclass(slots=True)
class Reconciled:
    """What was brought together: rows that came, went, are sent again; conflicts noted."""

    changed: int = 0
    deleted: int = 0
    again: int = 0
    conflicts: int = 0


class Found:
    """The keys that differ, outside memory: SQLite's own temporary file."""

    def __init__(self) -> None:
        self._file = opened("")
        self._file.execute("CREATE TABLE found (tbl TEXT, pk TEXT, there INTEGER, PRIMARY KEY (tbl, there, pk))")

    def close(self) -> None:
        """Forget all."""
        self._file.close()

    def put(self, tbl: str, found: Iterable[Difference]) -> None:
        """Keep keys, grouped by whether the server has them."""
        with self._file:
            self._file.executemany("INSERT INTO found VALUES (?, ?, ?)", ((tbl, d.pk, int(d.there)) for d in found))

    def put_gone(self, tbl: str, keys: Iterable[str]) -> None:
        """Note that the server no longer has rows that it had when they were compared."""
        rows = [(tbl, pk) for pk in keys]
        self._file.executemany("INSERT OR IGNORE INTO found VALUES (?, ?, 0)", rows)

    def drop(self, tbl: str) -> None:
        """Forget a table, which is compared anew."""
        self._file.execute("DELETE FROM found WHERE tbl = ?", (tbl,))

    def chunks(self, tbl: str, *, there: bool) -> Iterator[list[str]]:
        """Yield keys in order, some at a time."""
        sql = "SELECT pk FROM found WHERE tbl = ? AND there = ? AND pk > ? ORDER BY pk LIMIT ?"
        last = ""
        while keys := [pk for (pk,) in self._file.execute(sql, (tbl, int(there), last, CHUNK))]:
            yield keys
            last = keys[-1]


def reconcile(
    store: Store, server: Server, found: ServerState, *, report: Report | None = None, cancelled: Asked | None = None
) -> Reconciled:
    """Bring both sides together after LATE or RESTORED; may be repeated, and stopped between two chunks."""
    keys = Found()
    try:
        for model in TABLES:
            _compare(store, server, model, keys, report, cancelled)
        return settle(store, server, _POLICIES[found], keys, report=report, cancelled=cancelled)
    finally:
        keys.close()


def _compare(
    store: Store, server: Server, model: type[Model], keys: Found, report: Report | None, cancelled: Asked | None
) -> None:
    tbl = str(model._meta.table_name)

    def compare(session: Session) -> None:
        keys.drop(tbl)
        with store.reading() as connection:
            here = local_hashes(connection, model, state.get(connection, "user_id"))
            counted = told(here, "compare", tbl, report, cancelled)
            for chunk in chunked(differences(counted, pull.hashes(session, tbl)), CHUNK):
                keys.put(tbl, chunk)

    server.run("repeatable read", compare)


def told(
    rows: Iterator[tuple[str, str]], phase: str, tbl: str, report: Report | None, cancelled: Asked | None
) -> Iterator[tuple[str, str]]:
    """Pass rows on, telling how many now and then."""
    for number, row in enumerate(rows):
        if number % EVERY == 0:
            step(phase, tbl, number, report, cancelled)
        yield row


def step(phase: str, tbl: str, rows: int, report: Report | None, cancelled: Asked | None) -> None:
    """Tell how far it is; raise Cancelled when somebody asked to stop."""
    if cancelled and cancelled():
        raise Cancelled("Stopped: what was brought together stays, the next round goes on.")
    if report:
        report(Progress(phase, tbl, rows, None))


def settle(
    store: Store,
    server: Server,
    policy: Policy,
    keys: Found,
    *,
    report: Report | None = None,
    cancelled: Asked | None = None,
) -> Reconciled:
    """Bring the rows of *keys* together, parents first: those the server has, then what it does not have."""
    done = Reconciled()
    for model in TABLES:
        tbl = str(model._meta.table_name)
        for chunk in keys.chunks(tbl, there=True):
            step("reconcile", tbl, done.changed, report, cancelled)
            page = server.run("repeatable read", partial(pull.fetch, tbl=tbl, keys=chunk))
            keys.put_gone(tbl, page.gone)
            _take(store, model, page, policy, done)
    for model in TABLES:  # parents first: what hangs on a row goes to the trash with it
        tbl = str(model._meta.table_name)
        for chunk in keys.chunks(tbl, there=False):
            step("reconcile", tbl, done.changed + done.deleted, report, cancelled)
            _settle_missing(store, model, chunk, policy, done)
    return done


def _take(store: Store, model: type[Model], page: Page, policy: Policy, done: Reconciled) -> None:
    """Take the server's rows; what they replace of clean rows is kept where the policy says so."""
    with store.database.writing() as connection:
        if policy.reason:
            kept = list(_replaced(connection, model, page.rows, policy.reason))
            note(connection, kept, None)
            done.conflicts += len(kept)
        applied = applying.apply_page(store, Page(page.tbl, page.rows, [], page.unreadable, page.size))
    done.changed += applied.changed
    done.conflicts += applied.conflicts


def _replaced(connection: Connection, model: type[Model], rows: Iterable[Row], reason: str) -> Iterator[Conflict]:
    """Yield, for each row that the server has otherwise, our values of the columns that a person merges.

    Of a row that was changed here too, these are the values that came from the server once: the merge would take the
    server's for newer.
    """
    tbl, names = str(model._meta.table_name), tables.columns(model)
    rule, user_id = RULES[tbl], state.get(connection, "user_id")
    for row in rows:
        theirs: Image = dict(zip(names, row, strict=True))
        pk = tables.key_of(model, theirs)
        ours = tables.fetch(connection, model, pk)
        change = dirty.read(connection, Key(tbl, pk))
        if ours is None or (change and change.base is None):
            continue
        shown = [n for n in names if pk == user_id or n not in rule.masked]
        columns = [n for n in shown if rule.merges.get(n) not in _SETTLED and _differ(model, n, ours, theirs)]
        if change and change.base:
            came = change.base
            columns = [n for n in columns if came.get(n) == ours[n]]
        if columns:
            kept, live = ({n: image[n] for n in columns} for image in (ours, theirs))
            yield Conflict(Key(tbl, pk), Kind.COLUMNS, None, kept, live, reason)


def _differ(model: type[Model], name: str, ours: Image, theirs: Image) -> bool:
    """Tell whether a column means something else; a key that is empty here for want of its row does not."""
    if ours[name] is None and any(column == name for column, _, _ in tables.references(model)):
        return False
    return not same(model, name, ours[name], theirs[name])


def _settle_missing(store: Store, model: type[Model], keys: list[str], policy: Policy, done: Reconciled) -> None:
    """Settle rows that are here and not there; ``apply_gone`` leaves alone those that the server never had."""
    tbl = str(model._meta.table_name)
    with store.database.writing() as connection:
        if policy.again:
            done.again += _send_again(connection, tbl, keys)
            return
        if not RULES[tbl].deletes_travel:
            return
        if policy.reason:
            kept = list(_whole(connection, model, keys, policy.reason))
            note(connection, kept, None)
            done.conflicts += len(kept)
        applied = applying.apply_gone(store, tbl, keys)
    done.deleted += applied.deleted
    done.conflicts += applied.conflicts


def _send_again(connection: Connection, tbl: str, keys: list[str]) -> int:
    """Note rows as new to the server; those that are noted so may be on their way, and stay as they are."""
    left = [key for key in (Key(tbl, pk) for pk in keys) if not _is_new(connection, key)]
    for key in left:
        dirty.rebase(connection, key, None)
        dirty.release(connection, key)
    return len(left)


def _is_new(connection: Connection, key: Key) -> bool:
    change = dirty.read(connection, key)
    return change is not None and change.base is None


def _whole(connection: Connection, model: type[Model], keys: list[str], reason: str) -> Iterator[Conflict]:
    for pk in keys:
        key = Key(str(model._meta.table_name), pk)
        ours = tables.fetch(connection, model, pk)
        if ours and not dirty.read(connection, key):
            yield Conflict(key, Kind.DELETED_THERE, ours, ours, None, reason)
