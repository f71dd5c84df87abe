"""Taking in a change file: the files of a store in order, each change merged with what is here.

What comes in is written as an ordinary change of this store: a linked one pushes it on, one with a chain of its own
hands it on. Of the file and this store the file plays the server: where both changed the same, its value is live
and ours waits in a conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstore import tables
from localstore.connection import Connection
from localstore.deeds.closure import closure
from localstore.errors import InvalidValue, TransferError
from localstore.models import Row as Model
from localstore.transfer.titles import printable
from sync.comparing.differences import chunked
from sync.conflicts import note
from sync.errors import Cancelled
from sync.files import change_lines, file_chain
from sync.files.change_lines import ChangeFile, Header
from sync.files.file_changes import bare, is_person, refuse_secret
from sync.files.file_collisions import Refused, settle_unique
from sync.local.fitting import fits
from sync.local.images import name_of, same
from sync.local.loose import Loose
from sync.merge import merge
from sync.round_lock import round_lock
from sync.shapes import Cancelled as Asked
from sync.shapes import Change, Conflict, Image, Key, Kind, Progress, Report

if TYPE_CHECKING:
    from localstore.store import Store

AT_ONCE = 5_000
"""Changes of one transaction."""
NAMED = 1_000
"""Rows left out that are named one by one."""


@dataclass(slots=True)
class Imported:
    """What came in: changed and deleted rows by table, conflicts noted, rows left out with line and reason."""

    path: Path
    number: int
    again: bool = False
    """Whether the file was here already."""
    rows: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0
    refused: list[str] = field(default_factory=list)
    found: list[dict[str, Any]] = field(default_factory=list)
    """Conflicts of a file that was pushed to a server, which this store does not keep."""


def import_changes(
    store: Store, path: str | Path, *, report: Report | None = None, cancelled: Asked | None = None
) -> Imported:
    """Take in the next change file of another store; one that was taken in already changes nothing.

    An import that was stopped goes on where it stopped. Raises TransferError for a file that is damaged, of another
    version, or not the next one of its store, which is named; Cancelled.
    """
    file = change_lines.read(Path(path).expanduser())
    done = Imported(file.path, file.header.number)
    with round_lock(store.path):
        with store.reading() as connection:
            taken = file_chain.progress(connection, file.header.store).files
            done.again = not is_next(file, taken, file_chain.own(connection))
        if not done.again:
            _Import(store, file, done).run(report, cancelled)
    return done


def is_next(file: ChangeFile, taken: Sequence[str], own: Sequence[str] = ()) -> bool:
    """Tell whether a file is new and follows those that were taken in; TransferError names what is missing.

    *own* are the files that this store wrote: a copy of the store goes on from those.
    """
    known = {*taken, *own}
    if file.sha256 in known:
        return False
    previous = file.header.previous
    if previous is not None and previous not in known:
        raise TransferError(f"{file.path} is change file {_missing(file.header, len(taken))}: import it first.")
    return True


def _missing(header: Header, taken: int) -> str:
    last = header.number - 1
    which = f"file {last} is" if last - taken <= 1 else f"files {taken + 1} to {last} are"
    of_store = f"of the store {header.store}"
    return f"{header.number} {of_store}, and {which} not here; the one before it has the sha256 {header.previous}"


class _Import:
    """One file on its way in."""

    def __init__(self, store: Store, file: ChangeFile, done: Imported) -> None:
        self.store, self.file, self.done = store, file, done
        self.fits = fits(store)
        self._found: list[Conflict] = []

    def run(self, report: Report | None, cancelled: Asked | None) -> None:
        """Take in chunk by chunk, each with how far it is."""
        with self.store.reading() as connection:
            self.made = file_chain.progress(connection, self.file.header.store)
        if self.made.under_way != self.file.sha256:
            self.made.under_way, self.made.done = self.file.sha256, 0
        for chunk in chunked(self.file.changes(self.made.done), AT_ONCE):
            if cancelled and cancelled():
                raise Cancelled("Stopped: what was taken in stays, the same import goes on there.")
            self._take_chunk(chunk)
            if report:
                report(Progress("import", chunk[-1][1].key.tbl, self.made.done, self.file.rows))
        with self.store.database.writing() as connection:
            self.made.files.append(self.file.sha256)
            self.made.under_way, self.made.done = None, 0
            file_chain.advance(connection, self.file.header.store, self.made)

    def _take_chunk(self, chunk: list[tuple[int, Change]]) -> None:
        with self.store.database.writing() as connection:
            self._found = []
            for number, change in chunk:
                before = len(self._found)
                try:
                    with self.store.database.writing():
                        self._take(connection, change)
                except InvalidValue as error:
                    del self._found[before:]
                    if len(self.done.refused) < NAMED:
                        self.done.refused.append(f"line {number}, {change.key.tbl} {change.key.pk}: {error}")
            note(connection, self._found, None)
            self.done.conflicts += len(self._found)
            self.made.done += len(chunk)
            file_chain.advance(connection, self.file.header.store, self.made)

    # -- one change -----------------------------------------------------------------------------------------

    def _take(self, connection: Connection, change: Change) -> None:
        refuse_secret(change)
        model = tables.model_of(change.key.tbl)
        key, base, theirs = self._translated(model, bare(change))
        ours = tables.fetch(connection, model, key.pk)
        if is_person(change) and ours is not None:
            return
        if ours is None and not _was_deleted(connection, key):
            base = None  # it was never here: an edit brings the whole row
        merged = merge(model, base, ours, theirs and checked(model, theirs), self.fits)
        self._found += merged.conflicts
        if merged.row is None:
            if ours is not None:
                self._delete(connection, model, key)
        elif ours is None or merged.row is not ours:
            self._write(connection, model, key, ours, dict(merged.row))

    def _translated(self, model: type[Model], change: Change) -> tuple[Key, Image | None, Image | None]:
        """Return a change as it concerns the rows here: a person of the file may be another row."""
        pk = self.made.same.get(change.key.pk, change.key.pk)
        base, theirs = (image and self._pointed(model, image) for image in (change.base, change.ours))
        if pk != change.key.pk:
            base, theirs = base and base | {"id": pk}, theirs and theirs | {"id": pk}
        return Key(change.key.tbl, pk), base, theirs

    def _pointed(self, model: type[Model], image: Image) -> Image:
        """Return an image whose foreign keys name the rows here that theirs are."""
        same = self.made.same
        moved = {c: same[image[c]] for c, _, _ in tables.references(model) if image.get(c) in same}
        return image | moved

    def _write(self, connection: Connection, model: type[Model], key: Key, ours: Image | None, row: Image) -> None:
        if missing := Loose(connection).loosen(model, key, row):
            column, parent, value = missing
            reason = f"{column}: the {tables.noun(parent)} {value} is not here"
            self._found.append(Conflict(key, Kind.PARENT_GONE, None, row, None, reason))
            return
        try:
            self._found += settle_unique(connection, model, key, row, self.made.same, self.fits)
        except Refused as refused:
            self._found += refused.conflicts
            return
        changed = {n: v for n, v in row.items() if ours is None or not same(model, n, ours[n], v)}
        if ours is None:
            tables.insert(connection, model, row)
        elif changed:
            tables.update(connection, model, key.pk, changed)
        if changed:
            self.done.rows[key.tbl] = self.done.rows.get(key.tbl, 0) + 1

    def _delete(self, connection: Connection, model: type[Model], key: Key) -> None:
        """Delete a row; what hangs on it that the file does not know is kept before it goes too."""
        with closure(connection, [key], cascade=False):
            doomed = connection.execute("SELECT tbl, pk FROM temp.doomed WHERE level > 0 ORDER BY level").fetchall()
        reason = f"the {tables.noun(model)} {key.pk} it belongs to was deleted there"
        for tbl, pk in doomed:
            row = tables.need(connection, tables.model_of(tbl), pk)
            self._found.append(Conflict(Key(tbl, pk), Kind.PARENT_GONE, None, row, None, reason))
        tables.delete(connection, model, key.pk)
        self.done.deleted[key.tbl] = self.done.deleted.get(key.tbl, 0) + 1


def _was_deleted(connection: Connection, key: Key) -> bool:
    """Tell whether a row that is not here was, as far as notes and the trash know."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM sync_dirty WHERE tbl = ?1 AND pk = ?2)"
        " OR EXISTS (SELECT 1 FROM trash_rows WHERE tbl = ?1 AND pk = ?2 AND kind = 'row')"
    )
    return bool(connection.execute(sql, key).fetchone()[0])


def checked(model: type[Model], row: Image) -> Image:
    """Return a row as the door would store it; InvalidValue names the column."""
    try:
        return tables.encode(model, tables.decode(model, row))
    except InvalidValue:
        raise
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidValue(f"a value of {name_of(model)} cannot be read: {printable(str(error)[:200])}") from None
