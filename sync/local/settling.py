"""The acknowledgement of a batch: what the server made of it, merged into what the rows are by now.

The base of this merge is what was pushed: an edit made while the batch was on its way is an edit of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from localstore import tables, values
from localstore.connection import Connection
from localstore.models import Row as Model
from localstore.repointing import repoint
from localstore.sync_rules import RULES, Writes
from sync.conflicts import note
from sync.conflicts import settle as settle_conflicts
from sync.local import deleting, dirty, sharing
from sync.local.above import above
from sync.local.arrivals import Arrivals
from sync.local.capture import silent
from sync.local.images import differing, hashed, same, unmasked, unsent
from sync.merge import merge
from sync.resolution.reviving import ABOVE
from sync.shapes import Batch, Change, Conflict, Image, Key, Kind, PushResult

if TYPE_CHECKING:
    from localstore.store import Store

REFUSED = "refused"


def settle(store: Store, batch: Batch, result: PushResult) -> None:
    """Take the server's answer to a batch in; taking it in twice changes nothing."""
    with store.database.writing() as connection, silent(connection):
        connection.pragma("defer_foreign_keys", True)
        arrivals = Arrivals(store, connection, batch.number)
        found = [_with_above(connection, each) for each in result.conflicts]  # what they hung on may go now
        _Settling(store, arrivals, batch, result).run()
        arrivals.finish()
        note(connection, found, batch.number)


def _with_above(connection: Connection, conflict: Conflict) -> Conflict:
    """Return the conflict of a row that is not on the server with what it hung on, as it is here."""
    if conflict.kind not in ABOVE or conflict.theirs is not None or conflict.ours is None:
        return conflict
    model = tables.model_of(conflict.key.tbl)
    return replace(conflict, theirs=above(connection, model, conflict.ours))


class _Settling:
    """One batch and its result, in the caller's transaction."""

    def __init__(self, store: Store, arrivals: Arrivals, batch: Batch, result: PushResult) -> None:
        self.store = store
        self.arrivals = arrivals
        self.connection: Connection = arrivals.connection
        self.changes = {change.key: change for change in batch.changes}
        self.result = result

    def run(self) -> None:
        """Settle every row of the batch."""
        busy, result = set(self.result.busy), self.result
        plain = [
            change
            for key, change in self.changes.items()
            if key not in busy and key not in result.refused and key not in result.moved and key not in result.rows
        ]
        accepted = self._clear(plain)
        for key, pk in result.moved.items():
            self._move(key, pk)
        for change in accepted:
            self._merge(change, change.ours)
        for key, theirs in result.rows.items():
            if key not in busy and key not in result.refused and key not in result.moved:
                self._settle_row(key, theirs)
        for key, reason in result.refused.items():
            self._refuse(key, reason)
        _close(self.connection, [key for key in self.changes if key not in busy and key not in result.refused])

    def _clear(self, changes: list[Change]) -> list[Change]:
        """Forget rows that are as they were pushed, and that the server took so; return those to be merged."""
        if self.connection.execute("SELECT 1 FROM sync_loose LIMIT 1").fetchone():
            for change in changes:
                self._untie(change, None)
        notes = [(*change.key, change.generation) for change in changes]
        # Rarely some were touched meanwhile: then all are looked at, and merging one that was not changes nothing.
        return [] if dirty.clear_all(self.connection, notes) else changes

    def _untie(self, change: Change, theirs: Image | None) -> None:
        """A new row whose key was empty for want of its row has an empty one on the server too: what it was is kept."""
        if change.base is not None or change.ours is None:
            return
        key, model = change.key, tables.model_of(change.key.tbl)
        for column, value in self.arrivals.loose.emptied(key).items():
            told = RULES[key.tbl].writes is Writes.ACTOR  # an event tells in its payload what it was about
            if told or change.ours[column] is not None or (theirs and theirs[column] is not None):
                continue
            parent = next(parent for name, parent, _ in tables.references(model) if name == column)
            why = f"{column}: its {tables.noun(parent)} was not here when this was sent"
            self.arrivals.conflicts.append(Conflict(key, Kind.COLUMNS, None, {column: value}, {column: None}, why))
        self.arrivals.loose.forget(key)

    def _settle_row(self, key: Key, theirs: Image | None) -> None:
        change = self.changes.get(key)
        if change is not None:
            if theirs is not None:
                self._untie(change, theirs)
            self._merge(change, theirs)
        elif theirs is not None:
            self.arrivals.take(tables.model_of(key.tbl), key.pk, theirs)

    def _merge(self, change: Change, theirs: Image | None) -> None:
        """Merge a row: it was pushed as *change* says, is as the file has it, and is *theirs* on the server."""
        model, key = tables.model_of(change.key.tbl), change.key
        ours = tables.fetch(self.connection, model, key.pk)
        user = self.arrivals.user_id
        if ours is None and change.ours is not None and not RULES[key.tbl].deletes_travel:
            dirty.forget(self.connection, key)
            return
        if theirs is not None:
            theirs = _with_vector(model, unmasked(model, key.pk, user, theirs, ours), ours, change.ours)
        if ours is None and theirs is not None and any(not isinstance(theirs[n], bytes) for n in tables.blobs(model)):
            dirty.forget(self.connection, key)  # it lives again; the next pull brings its vector
            return
        if ours is not None and theirs is None and change.ours is not None:
            self._lose(model, change, ours)
            return
        if _alike(model, key, ours, change.ours, user):
            row, found = theirs, tuple[Conflict, ...]()
        else:
            merged = merge(model, hashed(model, change.ours), ours, theirs, self.arrivals.fits)
            row, found = merged.row, merged.conflicts
        self.arrivals.conflicts += found
        if row is not None:
            row = dict(row)
        if self.arrivals.write(model, key, row, ours, theirs):
            self.arrivals.in_step(model, key, row, theirs, new=False)

    def _lose(self, model: type[Model], change: Change, ours: Image) -> None:
        """Delete a row that is gone on the server, with care for what hangs on it here; keep what was edited since."""
        key = change.key
        if not _alike(model, key, ours, change.ours, self.arrivals.user_id):
            merged = merge(model, hashed(model, change.ours), ours, None, self.arrivals.fits)
            found = [_with_above(self.connection, each) for each in merged.conflicts]
            self.arrivals.conflicts += found
        dirty.forget(self.connection, key)  # the server's answer has the conflict of what was pushed
        deleting.delete(self.store, self.arrivals, model, [key.pk])

    # -- refused, moved -------------------------------------------------------------------------------------

    def _refuse(self, key: Key, reason: str) -> None:
        """Set a row aside as it is; of one that changed since, the new version is tried."""
        change = self.changes[key]
        if not dirty.hold(self.connection, key, change.generation, REFUSED):
            return
        model = tables.model_of(key.tbl)
        ours = None if change.ours is None else tables.image(model, change.ours)
        self.arrivals.conflicts.append(Conflict(key, Kind.REFUSED, change.base, ours, None, reason))

    def _move(self, key: Key, pk: str) -> None:
        """Our row is another one on the server: what refers to ours goes there."""
        model = tables.model_of(key.tbl)
        ours = tables.fetch(self.connection, model, key.pk)
        theirs = self.result.rows.get(Key(key.tbl, pk))
        if ours is None:
            dirty.forget(self.connection, key)
            return
        if theirs is not None:
            self.arrivals.take(model, pk, dict(theirs))  # its unique value is ours: they become one
        here = tables.fetch(self.connection, model, pk)
        still = tables.fetch(self.connection, model, key.pk)
        if still is not None:
            repoint(self.connection, model, key.pk, pk)
            self.arrivals.remove(model, key, still)
            dirty.forget(self.connection, key)
            sharing.bring_back_below(self.connection, model, [pk])
            if here is None:
                tables.insert(self.connection, model, still | {"id": pk})


def _with_vector(model: type[Model], theirs: Image, *known: Image | None) -> Image:
    """Return an image with bytes in place of its vector's hash; the next pull brings a vector that is not here."""
    found = dict(theirs)
    for name in tables.blobs(model):
        if not isinstance(found.get(name), bytes):
            present = [image[name] for image in known if image and isinstance(image.get(name), bytes)]
            alike = [vector for vector in present if same(model, name, vector, found.get(name))]
            if alike or present:
                found[name] = (alike or present)[0]
    return found


def _alike(model: type[Model], key: Key, ours: Image | None, pushed: Image | None, user: str) -> bool:
    """Tell whether a row is as it was pushed."""
    if ours is None or pushed is None:
        return ours is pushed
    return not differing(model, ours, pushed, unsent(model, key.pk, user))


def _close(connection: Connection, keys: Iterable[Key]) -> None:
    """Rows that the server took now have settled its refusal before."""
    if connection.execute(f"SELECT 1 FROM sync_conflict WHERE {_OPEN} LIMIT 1").fetchone() is None:
        return
    by_table: dict[str, list[str]] = {}
    for key in keys:
        by_table.setdefault(key.tbl, []).append(key.pk)
    for tbl, pks in by_table.items():
        rows = "json_each(?) j CROSS JOIN sync_conflict c ON c.tbl = ? AND c.pk = j.value"
        sql = f"SELECT c.pk FROM {rows} WHERE c.{_OPEN}"
        for (pk,) in connection.execute(sql, (values.to_json(pks), tbl)).fetchall():
            settle_conflicts(connection, Key(tbl, pk), "went through", (Kind.REFUSED,))


_OPEN = f"kind = '{Kind.REFUSED}' AND resolved_at IS NULL"
