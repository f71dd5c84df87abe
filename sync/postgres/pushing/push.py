"""Pushing a batch: one transaction of the server that locks, merges, writes and answers.

The server keeps the answer with the batch's number, so that a batch whose acknowledgement was lost is answered again
and not done again. A row that cannot go, for whatever reason, never stops the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import psycopg

from localstore import tables
from localstore.models import BY_NAME, CASCADE, SET_NULL, TABLES, User
from localstore.models import Row as Model
from localstore.sync_rules import RULES, Writes
from sync.local.images import differing, hashed, name_of, unmasked, unsent
from sync.merge import merge
from sync.postgres.pull import tombstones
from sync.postgres.pushing import push_locks
from sync.postgres.pushing.push_locks import Locked
from sync.postgres.pushing.push_results import decode_result, encode_result
from sync.postgres.pushing.push_steps import Statement, carry_out, is_busy, is_taken, reason
from sync.postgres.pushing.push_uniques import Plan, settle_uniques
from sync.postgres.pushing.push_vectors import changed_vectors
from sync.postgres.pushing.sending import encoded, refusals
from sync.postgres.reading import Images
from sync.postgres.session import Session
from sync.shapes import Batch, Change, Conflict, Image, Key, Kind, PushResult

__all__ = ["decode_result", "encode_result", "push"]

Fits = Callable[[Image], bool]
HIDDEN = "another row of the server, which you may not see, has the same id"
LOST = "you may no longer see it on the server"


def push(session: Session, batch: Batch, fits: Fits | None = None) -> PushResult:
    """Carry a batch out in the open transaction; a batch that the server knows is answered with its stored result.

    *fits* tells whether an embedding was made of its text as it is now. The answer is kept when the transaction ends,
    in one message with its COMMIT. Raises the errors of ``sync.errors``; the transaction is then to be rolled back.
    """
    with session.told():
        return Pushing(session, batch, fits).run()


class Pushing:
    """One batch on its way: what was found, what is to be done, what became of it."""

    def __init__(self, session: Session, batch: Batch, fits: Fits | None) -> None:
        self.session, self.batch, self.fits = session, batch, fits
        self.result = PushResult()
        self.locked: dict[str, Locked] = {}
        self.stuck: set[Key] = set()
        """Rows of this batch that are not on the server: what belongs to them waits."""
        self.later: list[Plan] = []
        self.named: set[tuple[str, str]] = set()
        """(column, value) of rows that were renamed in this batch."""
        self._by_table: dict[str, list[Change]] = {}
        self._rows: dict[Key, Image] = {}
        for change in batch.changes:
            self._by_table.setdefault(change.key.tbl, []).append(change)
            if change.ours is not None:
                self._rows[change.key] = change.ours
        self._deleting = {tbl: {c.key.pk for c in each if c.ours is None} for tbl, each in self._by_table.items()}

    def run(self) -> PushResult:
        """Lock and compare, write parents first, delete children first, keep the answer."""
        stored = self._begin()
        if stored is not None:
            return decode_result(stored)
        for model in TABLES:
            tbl = name_of(model)
            if tbl in self._by_table:
                self._write(tbl)
        self._delete()
        self._write_late()
        text = encode_result(self.result)
        kept = ("SELECT localstore_sync.push_end(%s::bigint, %s::text)", (self.batch.number, text))
        self.session.closing.append(kept)
        return self.result

    # -- what becomes of a row --------------------------------------------------------------------------------

    def deleting(self, tbl: str) -> set[str]:
        """Return the keys of a table that this batch deletes."""
        return self._deleting.get(tbl, set())

    def batch_row(self, key: Key) -> Image | None:
        """Return a row of this batch."""
        return self._rows.get(key)

    def put_off(self, plan: Plan) -> None:
        """Write a row once the batch's deletions have made room for it."""
        self.later.append(plan)
        self.stuck.add(plan.key)

    def wait(self, key: Key) -> None:
        """Leave a row for the next batch."""
        self.result.busy.append(key)
        self.stuck.add(key)

    def move(self, key: Key, pk: str) -> None:
        """Answer that a row of ours is another row of the server."""
        self.result.moved[key] = pk
        self.stuck.add(key)

    def refuse(self, key: Key, why: str, conflict: Conflict | None = None) -> None:
        """Set a row aside."""
        self.result.refused[key] = why
        self.stuck.add(key)
        if conflict is not None:
            self.result.conflicts.append(conflict)

    def refuse_taken(self, plan: Plan, column: str, holder: Image | None) -> None:
        """Set a row aside whose unique value another row of the server has."""
        whose = "" if holder else ", by a row that you may not see"
        why = f"{column} {str(plan.sent[column])[:80]!r} is taken on the server{whose}"
        self.refuse(plan.key, why, Conflict(plan.key, Kind.TAKEN, plan.change.base, plan.change.ours, holder, why))

    def replace(self, change: Change, sent: Image) -> None:
        """Update a row of the server that is not in the batch."""
        plan = Plan(change, change.base, sent, {**(change.base or {}), **sent})
        self._carry("update", change.key.tbl, [plan])
        if change.key not in self.stuck:
            self.result.rows[change.key] = hashed(BY_NAME[change.key.tbl], plan.expected)

    # -- locks and merge --------------------------------------------------------------------------------------

    def _begin(self) -> str | None:
        """Register the batch and lock its rows: one round trip, however many tables."""
        connection, number = self.session.connection, self.batch.number
        self.session.check()
        with connection.pipeline():
            begun = connection.execute(
                "SELECT localstore_sync.push_begin(%s::bigint, %s)", (number, bytes.fromhex(self.batch.sha256))
            )
            asked = {tbl: self._ask(tbl, changes) for tbl, changes in self._by_table.items()}
        row = begun.fetchone()
        if row is not None and row[0] is not None:
            return str(row[0])
        self.locked = {tbl: push_locks.answered(tbl, cursor.fetchall()) for tbl, cursor in asked.items()}
        return None

    def _ask(self, tbl: str, changes: Sequence[Change]) -> psycopg.Cursor[Any]:
        keys = sorted(change.key.pk for change in changes)
        return push_locks.ask(self.session, tbl, keys, sorted(self._deleting[tbl]), push_locks.wanted(tbl, changes))

    def _plans(self, tbl: str) -> Iterator[Plan]:
        """Merge the rows of a table that are written; those that cannot be are answered."""
        locked = self.locked[tbl]
        for change in self._by_table[tbl]:
            if change.ours is None or self._is_out(change, locked):
                continue
            plan = self._merged(change, locked.rows.get(change.key.pk))
            if plan is None:
                continue
            if self._waits(plan):
                self.wait(plan.key)
            else:
                yield plan

    def _is_out(self, change: Change, locked: Locked) -> bool:
        """Answer a row that the server does not let us look at."""
        key = change.key
        if key.pk in locked.busy:
            self.wait(key)
        elif key.pk in locked.unseen:
            self.refuse(key, HIDDEN if change.base is None else LOST)
        elif key.pk in locked.unreadable:
            self.refuse(key, f"the server's row cannot be read here: {locked.unreadable[key.pk]}")
        else:
            return False
        return True

    def _merged(self, change: Change, theirs: Image | None) -> Plan | None:
        """Merge one row; None when nothing is to be written."""
        model, key, ours = BY_NAME[change.key.tbl], change.key, change.ours
        assert ours is not None
        if theirs is None and change.base is None:
            return Plan(change, None, dict(ours), dict(ours))
        me = self.session.identity.user_id
        if theirs is not None:
            theirs = unmasked(model, key.pk, me, theirs, ours)
        merged = merge(model, change.base, ours, theirs, self.fits)
        if merged.row is None or theirs is None:
            self._note(key, None, merged.conflicts)
            return None
        row, left = merged.row, unsent(model, key.pk, me)
        emptied = _emptied(model, row)
        names = [name for name in differing(model, row, theirs) if name not in left and name not in emptied]
        expected = {**theirs, **{name: row[name] for name in (*names, *emptied)}}
        if not names:
            self._note(key, expected if differing(model, expected, ours) else ours, merged.conflicts)
            return None
        sent = {name: row[name] for name in (*tables.key_columns(model), *names)}
        return Plan(change, theirs, sent, expected, list(merged.conflicts))

    def _waits(self, plan: Plan) -> bool:
        """Tell whether a row belongs to one of this batch that did not go."""
        model = BY_NAME[plan.key.tbl]
        return any(
            Key(name_of(parent), plan.sent[column]) in self.stuck
            for column, parent, _ in tables.references(model)
            if plan.sent.get(column) is not None
        )

    def _note(self, key: Key, row: Image | None, conflicts: Sequence[Conflict]) -> None:
        """Answer what the server has now, where that is not what was pushed."""
        if row is not self._rows.get(key):
            self.result.rows[key] = hashed(BY_NAME[key.tbl], row)
        self.result.conflicts += conflicts

    # -- writing ----------------------------------------------------------------------------------------------

    def _write(self, tbl: str) -> None:
        plans = list(self._plans(tbl))
        for pk, why in refusals(tbl, {plan.key.pk: plan.sent for plan in plans}).items():
            self.refuse(Key(tbl, pk), why)
        sendable = [plan for plan in plans if plan.key not in self.stuck]
        plans = settle_uniques(self, tbl, sendable, self.locked[tbl])
        self._carry("update", tbl, [plan for plan in plans if plan.theirs is not None])
        self._carry("insert", tbl, [plan for plan in plans if plan.theirs is None])

    def _write_late(self) -> None:
        """Write what waited for the batch's deletions; what belongs to it waits for the next batch."""
        plans, self.later = self.later, []
        for tbl, some in groupby(plans, key=lambda plan: plan.key.tbl):
            late = list(some)
            self.stuck -= {plan.key for plan in late}
            self._carry("update", tbl, [plan for plan in late if plan.theirs is not None], last=True)
            self._carry("insert", tbl, [plan for plan in late if plan.theirs is None], last=True)

    def _carry(self, name: str, tbl: str, plans: Sequence[Plan], last: bool = False) -> None:
        """Insert or update rows, set-based; answer those that were refused and those that became different."""
        outcome = carry_out(self.session, plans, partial(_statement, name, tbl))
        lost = {plan.key for plan, _ in outcome.failed}
        again = [plan for plan, error in outcome.failed if self._failed(plan, error, last)]
        refused = {self._key(tbl, row[2:]): row[1] for row in outcome.found if row[0] == "refused"}
        rows = [row[2:] for row in outcome.found if row[0] == "row"]
        stored = {self._key(tbl, row): image for row, image in zip(rows, Images(tbl).read(rows), strict=True)}
        stored |= changed_vectors(self.session, tbl, plans, stored)
        for plan in plans:
            if plan.key in refused:
                if _freed(plan):
                    again.append(plan)
                else:
                    self.refuse(plan.key, refused[plan.key])
            elif plan.key not in lost:
                image = stored.get(plan.key)
                self._done(plan, image if isinstance(image, dict) else None)
        if again:
            self._carry(name, tbl, again, last)

    def _key(self, tbl: str, cells: Sequence[Any]) -> Key:
        model = BY_NAME[tbl]
        names = tables.columns(model)
        return Key(tbl, "/".join(str(cells[names.index(name)]) for name in tables.key_columns(model)))

    def _done(self, plan: Plan, stored: Image | None) -> None:
        model, ours = BY_NAME[plan.key.tbl], self._rows.get(plan.key)
        if ours is not None:
            row = unmasked(model, plan.key.pk, self.session.identity.user_id, stored or plan.expected, ours)
            self._note(plan.key, row if differing(model, row, ours) else ours, plan.conflicts)
            if stored and any(isinstance(stored[name], bytes) for name in tables.blobs(model)):
                self.result.rows[plan.key] = row  # nobody else tells us this vector: we wrote the row

    def _failed(self, plan: Plan, error: psycopg.Error, last: bool) -> bool:
        """Answer a row that failed alone; True when it is to be tried again as it is now."""
        if is_busy(error):
            self.wait(plan.key)
        elif is_taken(error) and not last and self.deleting(plan.key.tbl):
            self.put_off(plan)
        elif error.sqlstate == "23503" and plan.sent.get(error.diag.column_name or "") is not None:
            return self._without_parent(plan, str(error.diag.column_name))
        else:
            self.refuse(plan.key, reason(error))
        return False

    def _without_parent(self, plan: Plan, column: str) -> bool:
        """Answer a row whose parent the server does not have: the key is emptied where it may be, and kept."""
        above = next(each for each in tables.references(BY_NAME[plan.key.tbl]) if each[0] == column)
        why = f"its {tables.noun(above[1])} is not on the server"
        if above[2] == SET_NULL:
            lost, why = {column: plan.sent[column]}, f"{column}: {why}"
            if RULES[plan.key.tbl].writes is not Writes.ACTOR:  # an event tells in its payload what it was about
                plan.conflicts.append(Conflict(plan.key, Kind.COLUMNS, None, lost, {column: None}, why))
            plan.put(column, None)
            return True
        ours, base = plan.change.ours, plan.change.base
        self.refuse(plan.key, why, Conflict(plan.key, Kind.PARENT_GONE, base, ours, None, why))
        return False

    # -- deleting ---------------------------------------------------------------------------------------------

    def _delete(self) -> None:
        gone = [change for change in self.batch.changes if change.ours is None]
        for tbl, some in groupby(gone, key=lambda change: change.key.tbl):
            ready = [change for change in some if self._is_deletable(change)]
            outcome = carry_out(self.session, [change.key.pk for change in ready], partial(_deletion, tbl))
            for pk, error in outcome.failed:
                self._kept(Key(tbl, pk), None if is_busy(error) else reason(error))
            for _, why, pk in outcome.found:
                self._kept(Key(tbl, pk), why)
            for change in ready:
                if change.key not in self.stuck:
                    theirs = self.locked[tbl].rows[change.key.pk]
                    merged = merge(BY_NAME[tbl], change.base, None, theirs, self.fits)
                    self.result.conflicts += merged.conflicts
        if any(_takes_along(change.key.tbl) for change in gone):
            self._keep_below()

    def _keep_below(self) -> None:
        """Keep rows whole that others made below what we deleted; vectors are derived, and are not kept."""
        unseen: dict[str, list[str]] = {}
        for tbl, pk in self.session.execute("SELECT tbl, pk FROM localstore_sync.deleted()").fetchall():
            if pk not in self.deleting(tbl) and not tables.blobs(BY_NAME[tbl]):
                unseen.setdefault(tbl, []).append(pk)
        for tbl, keys in unseen.items():
            for pk, image in tombstones(self.session, tbl, keys).items():
                why = f"made on the server, deleted here with its {_noun_above(tbl)}"
                self.result.conflicts.append(Conflict(Key(tbl, pk), Kind.DELETED_HERE, None, None, image, why))

    def _is_deletable(self, change: Change) -> bool:
        locked = self.locked[change.key.tbl]
        if not RULES[change.key.tbl].deletes_travel or self._is_out(change, locked):
            return False
        return change.key.pk in locked.rows

    def _kept(self, key: Key, why: str | None) -> None:
        """Answer a deletion that the server did not take; its row is there still."""
        if why is None:
            self.wait(key)
        else:
            self.refuse(key, why)
            self.result.rows[key] = self.locked[key.tbl].rows.get(key.pk)


def _emptied(model: type[Model], row: Image) -> list[str]:
    """Return an event's keys to rows that were deleted here: the server empties them with the deletion."""
    if RULES[name_of(model)].writes is not Writes.ACTOR:
        return []
    return [column for column, _, _ in tables.references(model) if row.get(column) is None]


def _freed(plan: Plan) -> bool:
    """Take from an event what it is about, where the server refuses it: somebody deleted that, or hid it from us."""
    if RULES[plan.key.tbl].writes is not Writes.ACTOR:
        return False
    above = [
        column
        for column, parent, action in tables.references(BY_NAME[plan.key.tbl])
        if action == SET_NULL and parent is not User and plan.sent.get(column) is not None
    ]
    for column in above:
        plan.put(column, None)
    return bool(above)


def _takes_along(tbl: str) -> bool:
    """Tell whether other rows are deleted with a row of this table."""
    return any(action == CASCADE for _, _, action in tables.children(BY_NAME[tbl]))


def _noun_above(tbl: str) -> str:
    """Return what a person calls the row that rows of a table go along with."""
    above = next(parent for _, parent, action in tables.references(BY_NAME[tbl]) if action == CASCADE)
    return tables.noun(above)


def _statement(name: str, tbl: str, plans: Sequence[Plan]) -> Statement:
    rows, vectors = encoded(tbl, [plan.sent for plan in plans])
    return f"SELECT * FROM localstore_sync.{name}_{tbl}(%s::json, %s)", (rows, vectors)


def _deletion(tbl: str, keys: Sequence[str]) -> Statement:
    return f"SELECT * FROM localstore_sync.delete_{tbl}(%s::text[])", (list(keys),)
