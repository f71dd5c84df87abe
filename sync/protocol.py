"""One round: flush the outbox, pull, build, push, acknowledge; each step may be repeated and loses nothing.

The server's transaction is committed before its cursor is stored here: a snapshot whose own transaction a crash of
the server took back would be followed by other transactions of the same numbers. Between the two, rows that came are
already applied; pulling them again changes nothing.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localstore.connection import Connection
from localstore.errors import LocalstoreError
from localstore.models import TABLES, Organization
from sync import outbox, round_log, state
from sync.comparing import reconcile
from sync.conflicts import tidy
from sync.errors import Cancelled, NotLinked, ServerRestored
from sync.known import Known
from sync.local import applying, capture, dirty, settling
from sync.local.fitting import fits
from sync.noted import tables_to_ask
from sync.place import check_place
from sync.postgres import pull
from sync.postgres.pushing import push
from sync.round_lock import round_lock
from sync.rounds import Round
from sync.servers import opened
from sync.shapes import Batch, Key, Progress, PullStart, Report, ServerState
from sync.shapes import Cancelled as Asked

if TYPE_CHECKING:
    from localstore.store import Store
    from sync.postgres.session import Server, Session

TRIES_OF_BUSY = 3
TIDIED_EVERY = 3600.0


def sync(store: Store, *, report: Report | None = None, cancelled: Asked | None = None) -> Round:
    """Carry changes both ways between the store and its server; return what went.

    Edits go on meanwhile: the file is locked for a page or a batch at a time. Stopping it, by *cancelled* or by a
    signal, loses nothing; the next round goes on. Raises NotLinked, and the errors of ``sync.errors`` when the server
    cannot be used: then nothing is lost either.
    """
    done = Round()
    begun = time.monotonic()
    with round_lock(store.path):
        try:
            with _linked(store, cancelled) as server:
                _Steps(store, server, done, report, cancelled).run()
        except Cancelled:
            done.cancelled = True
        except LocalstoreError as error:
            done.seconds = time.monotonic() - begun
            if not isinstance(error, NotLinked):
                round_log.finish(store, done, str(error))
            raise
        done.seconds = time.monotonic() - begun
        round_log.finish(store, done)
    return done


@contextmanager
def _linked(store: Store, asked: Asked | None) -> Iterator[Server]:
    """Open the server of a linked store, its triggers looked after first."""
    with store.database.writing() as connection:
        if not state.is_linked(connection):
            raise NotLinked(f"{store.path} is not linked with a server: 'localstore sync link URL' does it.")
        check_place(connection, store)
        if capture.ensure(connection):  # somebody dropped a trigger: what changed since is found by comparing
            state.put(connection, "compare", "yes")
    with opened(store, asked) as server:
        yield server


class _Looked(Exception):
    """Ends a transaction that was a look alone."""

    def __init__(self, state: ServerState) -> None:
        self.state = state


@dataclass
class _Steps:
    """The steps of one round; what they count goes into ``done``."""

    store: Store
    server: Server
    done: Round
    report: Report | None
    asked: Asked | None
    gone: dict[str, list[str]] = field(default_factory=dict)

    def run(self) -> None:
        """Go through the steps; a server that went back in time gets what it lost before anything else."""
        try:
            self._flush()
        except ServerRestored:
            self._forget_pending()
        self._pull()
        self._compare()
        self._push()
        self._tidy()

    # -- flush, push ----------------------------------------------------------------------------------------

    def _flush(self) -> None:
        with self.store.reading() as connection:
            waiting = outbox.pending(connection)
        if waiting is None:
            return
        if self._is_restored():
            raise ServerRestored("The server went back in time while a batch was on its way.")
        self._carry(waiting, 0, len(waiting.changes))

    def _is_restored(self) -> bool:
        """Look how a pull would begin, and take the look back: a batch is not merged into a server of the past."""
        try:
            with self.server.transaction("repeatable read") as session:
                known = Known.read(self.store)
                found = known.begin(session).state
                raise _Looked(ServerState.RESTORED if known.is_elsewhere(session) else found)
        except _Looked as looked:
            return looked.state is ServerState.RESTORED

    def _forget_pending(self) -> None:
        """A batch that follows others the server lost is built anew once they are there again; its rows are dirty."""
        with self.store.database.writing() as connection:
            connection.execute("DELETE FROM sync_outbox WHERE acknowledged_at IS NULL")

    def _push(self) -> None:
        with self.store.reading() as connection:
            whole = sum(dirty.count(connection).values())
        sent = tries = 0
        while tries < TRIES_OF_BUSY and (batch := outbox.build(self.store)):
            busy = self._carry(batch, sent, max(whole, sent + len(batch.changes)))
            sent += len(batch.changes) - busy
            self.done.busy = busy
            if busy == len(batch.changes):
                tries += 1
                time.sleep(0.1 * tries)

    def _carry(self, batch: Batch, sent: int, whole: int) -> int:
        """Push one batch and take its result in; return how many of its rows were busy."""
        self._step("push", batch.changes[0].key.tbl, sent, whole)
        checks = fits(self.store)
        result = self.server.run("read committed", lambda session: push.push(session, batch, checks))
        with self.store.database.writing() as connection:
            settling.settle(self.store, batch, result)
            outbox.acknowledge(connection, batch)
            _see_new_organizations(connection, batch, {*result.rows, *result.busy, *result.refused, *result.moved})
        left = {*result.busy, *result.refused}
        self.done.bytes_up += batch.size
        for change in batch.changes:
            if change.key not in left:
                self.done.pushed[change.key.tbl] = self.done.pushed.get(change.key.tbl, 0) + 1
        self.done.refused += len(result.refused)
        self.done.conflicts += len(result.conflicts)
        return len(result.busy)

    # -- pull -----------------------------------------------------------------------------------------------

    def _pull(self) -> None:
        start = self.server.run("repeatable read", self._pull_once)
        with self.store.reading() as connection:
            torn = state.get(connection, "reconcile")
        if torn:
            self._reconcile(ServerState(torn))
        for model in TABLES:  # an item takes what hangs on it along, into one entry of the trash
            self._delete(str(model._meta.table_name))
        with self.store.database.writing() as connection:
            state.put(connection, "cursor", start.cursor)
            state.put(connection, "organizations", json.dumps(start.organizations))
            state.put(connection, "token", state.need(connection, "pending"))
            state.put(connection, "pending", str(uuid.uuid4()))
            state.forget(connection, "reconcile", "torn")

    def _pull_once(self, session: Session) -> PullStart:
        """Read and apply all tables in one transaction of the server, that is, as of one moment."""
        known = Known.read(self.store)
        start = known.begin(session)
        self.done.state = self._noted(session, start, known)
        if self.done.state in (ServerState.FIRST, ServerState.NEXT):
            self.gone = {}
            seen = known.organizations_before(start)
            names = tables_to_ask(None if known.torn else start.noted)
            counts: dict[str, int] = {}
            if start.noted is None:
                counts = pull.counts(session, names, known.cursor, seen)
            for tbl in names:  # an empty answer costs a round trip too
                if counts.get(tbl) != 0:
                    self._pull_table(session, tbl, known.cursor, seen, counts.get(tbl))
        return start

    def _noted(self, session: Session, start: PullStart, known: Known) -> ServerState:
        """Note what has to be reconciled before the server forgets that it was restored; return the state."""
        with self.store.database.writing() as connection:
            before = state.get(connection, "reconcile")
            found = ServerState(before) if before else start.state
            if known.is_elsewhere(session):
                found = ServerState.RESTORED
            elif found is ServerState.FIRST and known.torn:
                found = ServerState.LATE  # rows of the pull that broke may have been deleted since, unheard
            elif found is ServerState.NEXT and _was_put_back(connection, known.number, start.last_batch):
                found = ServerState.RESTORED
            if found in (ServerState.LATE, ServerState.RESTORED):
                state.put(connection, "reconcile", found)
            if found is ServerState.RESTORED and start.last_batch < known.number:
                outbox.take_back(connection, start.last_batch)
            state.put(connection, "system", session.identity.system)
            if start.noted is None or start.noted or known.torn:  # else nothing is about to be applied
                state.put(connection, "torn", known.with_seen(start.organizations))
        return found

    def _compare(self) -> None:
        """Compare both sides after a trigger was missing here, once the server's own changes are in."""
        with self.store.reading() as connection:
            wanted = state.get(connection, "compare")
        if wanted:
            self._reconcile(ServerState.RESTORED)
            with self.store.database.writing() as connection:
                state.forget(connection, "compare")

    def _pull_table(
        self, session: Session, tbl: str, cursor: str | None, organizations: list[str], whole: int | None
    ) -> None:
        seen = 0
        pages = pull.changes(session, tbl, cursor, organizations) if cursor else pull.everything(session, tbl)
        for page in pages:
            self.done.bytes_down += page.size
            if page.gone:
                self.gone.setdefault(tbl, []).extend(page.gone)
            if page.rows or page.unreadable:
                self._count(tbl, applying.apply_page(self.store, page))
            seen += len(page.rows) + len(page.gone)
            self._step("pull", tbl, seen, whole)

    def _delete(self, tbl: str) -> None:
        keys = self.gone.get(tbl, [])
        for at in range(0, len(keys), 2_000):
            self._step("delete", tbl, at, len(keys))
            self._count(tbl, applying.apply_gone(self.store, tbl, keys[at : at + 2_000]))

    def _count(self, tbl: str, applied: applying.Applied) -> None:
        for counts, number in ((self.done.pulled, applied.changed), (self.done.deleted_here, applied.deleted)):
            if number:
                counts[tbl] = counts.get(tbl, 0) + number
        self.done.conflicts += applied.conflicts
        self.done.parked += applied.parked

    def _reconcile(self, found: ServerState) -> None:
        self.gone = {}
        reconcile.reconcile(self.store, self.server, found, report=self.report, cancelled=self.asked)

    # -- afterwards -----------------------------------------------------------------------------------------

    def _tidy(self) -> None:
        """Let both sides forget what nobody needs any more."""
        with self.store.database.writing() as connection:
            tidy(connection)
            last = state.get(connection, "tidied")
        if last is None or abs(time.time() - float(last)) > TIDIED_EVERY:
            self.server.run("read committed", pull.tidy)
            with self.store.database.writing() as connection:
                state.put(connection, "tidied", str(time.time()))

    def _step(self, phase: str, tbl: str, rows: int, whole: int | None) -> None:
        if self.asked and self.asked():
            raise Cancelled("Stopped: what was carried stays, the next round goes on.")
        if self.report:
            self.report(Progress(phase, tbl, rows, whole))


def _see_new_organizations(connection: Connection, batch: Batch, others: set[Key]) -> None:
    """Count organizations that this device made as seen: the next pull would bring all that is in them back."""
    tbl = str(Organization._meta.table_name)
    made = [c.key.pk for c in batch.changes if c.key.tbl == tbl and c.base is None and c.key not in others]
    if made:
        seen = json.loads(state.get(connection, "organizations") or "[]")
        state.put(connection, "organizations", json.dumps(sorted({*seen, *made})))


def _was_put_back(connection: Connection, ours: int, theirs: int) -> bool:
    """Tell, once, whether this file is a backup from before batches that the server has.

    A pull leaves out what this device sent itself, so those rows would never come; only comparing both sides finds
    them. (A batch whose answer was lost is settled before any pull.)
    """
    if theirs <= ours or state.get(connection, "behind") == str(theirs):
        return False
    state.put(connection, "behind", str(theirs))
    return True
