"""One batch: its records sorted into new, known and refused, and written set-wise in the caller's transaction.

Triggers are silent meanwhile (``local_state.applying``, which holds ``import``); full text and the states of
vectors are brought up to date here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import apsw

from localstore import ids, item_records, text, values
from localstore.bulk.changes import Changes
from localstore.bulk.decision import Decision, decide
from localstore.bulk.names import Names
from localstore.bulk.paths import Paths
from localstore.bulk.report import BatchReport
from localstore.bulk.rows import Named, NewRows
from localstore.bulk.seen import Seen
from localstore.bulk.settled import Settled
from localstore.connection import Connection
from localstore.deeds.trash import Trash
from localstore.errors import InvalidValue
from localstore.records import BadRecord, ItemRecord

APPLYING = "import"


class Batch:
    """Writes records within one transaction and counts what became of them in ``report``."""

    def __init__(
        self, connection: Connection, names: Names, seen: Seen, report: BatchReport, on_conflict: str, trash: Trash
    ) -> None:
        self.connection = connection
        self.names = names
        self.seen = seen
        self.report = report
        self.on_conflict = on_conflict
        self.trash = trash
        self._places: dict[str, str] = {}
        self._fresh: list[tuple[Named, bool]] = []

    def write(self, came: Sequence[Settled]) -> None:
        """Write them all; a bad one is reported and the others go in."""
        self.names.begin(self.connection)
        with silenced(self.connection):
            stored = self._stored(came)
            self.paths = Paths(self.connection, came, self.report)
            self.changes = Changes(self.connection, self.paths, self.report, self.on_conflict)
            for item in came:
                if not self._is_twice(item):
                    self._sort(item, stored.get(item.id))
            self._insert()
            self.changes.write(self.trash)
        self.seen.add((item.id, item.place) for item in came)
        self.names.end()

    def _stored(self, came: Sequence[Settled]) -> dict[str, ItemRecord]:
        """Return the items that are there already."""
        among = values.to_json([item.id for item in came])
        sql = "SELECT j.value FROM json_each(?) j JOIN items i ON i.id = j.value"
        known = [row[0] for row in self.connection.execute(sql, (among,))]
        return {str(record.id): record for record in item_records.load(self.connection, known)} if known else {}

    def _is_twice(self, item: Settled) -> bool:
        """Report a record whose id stood before in this import."""
        before = self._places.get(item.id) or self.seen.place(item.id)
        self._places.setdefault(item.id, item.place)
        if before is not None:
            reason = f"it has the same id as {before}: only the first went in"
            self.report.note_duplicate(BadRecord(item.place, reason))
        return before is not None

    def _sort(self, item: Settled, stored: ItemRecord | None) -> None:
        """Plan what becomes of a record."""
        decision = decide(item, stored, self.on_conflict) if stored else None
        if decision is Decision.KEEP:
            self.report.note_kept(BadRecord(item.place, f"{_shown(item)} was changed here too: ours stays"))
        elif decision is Decision.COPY:
            self._copy(item.copied())
        elif named := self._named(item):
            if stored and decision:
                self.changes.plan(named, stored, decision)
            else:
                self._fresh.append((named, False))

    def _copy(self, copy: Settled) -> None:
        if self.connection.execute("SELECT 1 FROM items WHERE id = ?", (copy.id,)).fetchone():
            self.report.skipped += 1
        elif named := self._named(copy):
            self._fresh.append((named, True))

    def _named(self, item: Settled) -> Named | None:
        """Find what the record names; report it when something is not there."""
        try:
            found = Named(item, self.names.owner(item.owner), self.names.organization(item.organization))
            vectors = [*item.vectors, *(vector for one in item.texts for vector in one.vectors)]
            found.models = {vector.model: self.names.model(vector) for vector in vectors}
            found.tags = self.names.tags(item.tags)
        except InvalidValue as error:
            self.report.note_bad(BadRecord(item.place, str(error)))
            return None
        return found

    # -- new items ----------------------------------------------------------------------------------------

    def _insert(self) -> None:
        """Insert all new items together; when SQLite refuses a row, one by one."""
        for named, _ in self._fresh:
            self.paths.leave_taken(named.item)
        try:
            written = self._written(*(named for named, _ in self._fresh))
            self._count(self._fresh)
        except apsw.ConstraintError:
            written = [pk for named, copied in self._fresh for pk in self._insert_one(named, copied)]
        self._index(written)

    def _written(self, *several: Named) -> list[str]:
        """Insert items within a savepoint; return the ids that full text is about."""
        rows = NewRows()
        for named in several:
            rows.add(named)
        with self.connection:
            rows.write(self.connection)
        return list(rows.text_ids)

    def _insert_one(self, named: Named, copied: bool) -> list[str]:
        try:
            written = self._written(named)
        except apsw.ConstraintError as error:
            self.report.note_bad(BadRecord(named.item.place, self._reason(named.item, error)))
            return []
        self._count([(named, copied)])
        return written

    def _count(self, written: Sequence[tuple[Named, bool]]) -> None:
        copied = sum(copy for _, copy in written)
        self.report.copied += copied
        self.report.added += len(written) - copied

    def _reason(self, item: Settled, error: apsw.ConstraintError) -> str:
        """Say which part of an item SQLite refused."""
        among = values.to_json([one.id for one in item.texts])
        sql = (
            "SELECT c.id, i.title, i.id FROM json_each(?) j JOIN contents c ON c.id = j.value"
            " JOIN items i ON i.id = c.item_id"
        )
        row = self.connection.execute(sql, (among,)).fetchone()
        if row is None:
            return f"the store refuses it ({error})"
        where = self._places.get(row[2]) or self.seen.place(row[2])
        holder = f"{row[1][:60]!r} ({ids.short(row[2])}{f', {where}' if where else ''})"
        return f"its text {ids.short(row[0])} belongs to the item {holder} already"

    def _index(self, written: list[str]) -> None:
        if not written:
            return
        self.connection.execute("CREATE TEMP TABLE IF NOT EXISTS written (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self.connection.executemany("INSERT INTO temp.written VALUES (?)", [(pk,) for pk in written])
        text.add_rows(self.connection, "SELECT id FROM temp.written")
        self.connection.execute("DELETE FROM temp.written")


def _shown(item: Settled) -> str:
    return f"{item.title[:60]!r} ({ids.short(item.id)})"


@contextmanager
def silenced(connection: Connection) -> Iterator[None]:
    """Keep the triggers silent for the block; the flag never outlives its transaction."""
    connection.execute(
        "INSERT INTO local_state (key, value) VALUES ('applying', ?) ON CONFLICT (key) DO UPDATE SET value = value",
        (APPLYING,),
    )
    try:
        yield
    except BaseException:
        with suppress(apsw.Error):
            connection.execute("DELETE FROM local_state WHERE key = 'applying'")
        raise
    connection.execute("DELETE FROM local_state WHERE key = 'applying'")
