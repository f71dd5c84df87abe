"""Which dirty rows go next: read in push order, as many as a batch takes; the cost is that of the ready ones.

Rows that are as the server has them are dropped, rows that are not shared are kept, both for good: no row is judged
twice without a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from localstore import tables, values
from localstore.connection import Connection
from localstore.models import TABLES, Item
from localstore.models import Row as Model
from localstore.sync_rules import RULES, Writes
from sync.local import sharing
from sync.local.images import differing, image_of, joined, name_of, unpacked, unsent
from sync.local.shared_rows import Rules, is_kept
from sync.shapes import Change, Image, Key, Kind

CHUNK = 1_000


class _Read(NamedTuple):
    """A dirty row that is there, as its statement gives it."""

    pk: str
    base: str | None
    vector: bytes | None
    generation: int
    kept: int
    goes: int
    home: int
    unreadable: int
    row: tuple[Any, ...]


def choose(connection: Connection, limit_rows: int, limit_bytes: int) -> list[Change]:
    """Return the next changes to push, parents first, deletions last."""
    return _Choice(connection, limit_rows, limit_bytes).run()


class _Choice:
    """One batch in the making; ``passed`` are new rows that wait, and with them what refers to them."""

    def __init__(self, connection: Connection, limit_rows: int, limit_bytes: int) -> None:
        self.connection = connection
        self.rows_left = limit_rows
        self.bytes_left = limit_bytes
        self.rules: Rules = sharing.rules(connection, sharing.Share.read(connection))
        self.user_id = self.rules.user_id
        self.chosen: dict[str, list[Change]] = {name_of(model): [] for model in TABLES}
        self.deletions: list[Change] = []
        self.passed: set[Key] = set()
        self._keeps = self._any("SELECT 1 FROM sync_kept LIMIT 1")
        self._waits = self._any("SELECT 1 FROM sync_dirty WHERE held IS NOT NULL LIMIT 1")

    def run(self) -> list[Change]:
        """Read upserts, then deletions while there is room."""
        for model in TABLES:
            if self._room():
                self._upserts(model)
        for model in reversed(TABLES):
            if self._room():
                self._deletions(model)
        return [change for each in self.chosen.values() for change in each] + self.deletions

    def _room(self) -> bool:
        return self.rows_left > 0 and self.bytes_left > 0

    def _any(self, sql: str) -> bool:
        return self.connection.execute(sql).fetchone() is not None

    # -- rows that are there --------------------------------------------------------------------------------

    def _upserts(self, model: type[Model]) -> None:
        last = ""
        while self._room():
            size = min(CHUNK, self.rows_left)
            found = list(self._read(model, last, size))
            if found:
                self._take(model, found)
            if len(found) < size:
                return
            last = found[-1].pk

    def _read(self, model: type[Model], last: str, size: int) -> Iterator[_Read]:
        """Yield ready rows after a key; rows of which all is known to the server are not asked whether they go."""
        table = name_of(model)
        kept = is_kept(table, "d.pk")
        unreadable = (
            f"EXISTS (SELECT 1 FROM sync_conflict c WHERE c.tbl = '{table}' AND c.pk = d.pk"
            f" AND c.kind = '{Kind.UNREADABLE}' AND c.resolved_at IS NULL)"
        )
        columns = ", ".join(f"t.{name}" for name in tables.columns(model))
        sql = (
            f"SELECT d.pk, d.base, d.base_vector, d.generation, {kept},"
            f" CASE WHEN d.base IS NULL OR {kept} THEN {self.rules.goes(model)} END, {self.rules.home(model) or 0},"
            f" {unreadable}, {columns} FROM sync_dirty d CROSS JOIN {table} t ON {joined(model, 'd.pk')}"
            f" WHERE d.tbl = '{table}' AND d.held IS NULL AND d.pk > ? ORDER BY d.pk LIMIT ?"
        )
        for row in self.connection.execute(sql, (last, size)):
            yield _Read._make((*row[:8], row[8:]))

    def _take(self, model: type[Model], found: list[_Read]) -> None:
        table = name_of(model)
        going: list[tuple[_Read, Image | None]] = []
        private: list[str] = []
        same: list[str] = []
        for read in found:
            if read.unreadable:
                self._hold(table, read, "unreadable")
            elif read.base is None or read.kept:
                if read.goes:
                    going.append((read, None))
                else:
                    private.append(read.pk)
            elif read.home:
                self._hold(table, read, sharing.HOME)
            elif (base := self._changed(model, read)) is None:
                same.append(read.pk)
            else:
                going.append((read, base))
        if private:
            sharing.keep(self.connection, table, private)
            self._keeps = True
        if same:
            rows = [(table, pk) for pk in same]
            self.connection.executemany("DELETE FROM sync_dirty WHERE tbl = ? AND pk = ?", rows)
        ready = self._unblocked(model, [read for read, _ in going])
        self._bring(model, ready)
        bases = {read.pk: base for read, base in going}
        for read in self._unblocked(model, ready):
            self._add(model, Change(Key(table, read.pk), bases[read.pk], image_of(model, read.row), read.generation))

    def _changed(self, model: type[Model], read: _Read) -> Image | None:
        """Return the base of a row that differs from it in what is pushed, else None."""
        ours = image_of(model, read.row)
        base = unpacked(model, str(read.base), read.vector, ours)
        return base if differing(model, base, ours, unsent(model, read.pk, self.user_id)) else None

    def _hold(self, table: str, read: _Read, reason: str) -> None:
        sql = "UPDATE sync_dirty SET held = ? WHERE tbl = ? AND pk = ?"
        self.connection.execute(sql, (reason, table, read.pk))

    def _add(self, model: type[Model], change: Change) -> None:
        self.chosen[change.key.tbl].append(change)
        self.rows_left -= 1
        self.bytes_left -= sum(len(v) for v in (change.ours or {}).values() if isinstance(v, str | bytes))

    # -- what they refer to ---------------------------------------------------------------------------------

    def _references(
        self, model: type[Model], found: Iterable[_Read]
    ) -> Iterator[tuple[type[Model], dict[str, list[str]]]]:
        """Yield, for each foreign key, its parent and the rows by the parent's key."""
        names = tables.columns(model)
        rows = list(found)
        for column, parent, _ in tables.references(model):
            at = names.index(column)
            by_parent: dict[str, list[str]] = {}
            for read in rows:
                if read.row[at] is not None:
                    by_parent.setdefault(read.row[at], []).append(read.pk)
            if by_parent:
                yield parent, by_parent

    def _bring(self, model: type[Model], going: list[_Read]) -> None:
        """Take kept rows along that going ones refer to, and let everything go that hangs on a newly shared item."""
        if not self._keeps:
            return
        brought = [read.pk for read in going if read.kept]
        if brought:
            sharing.bring_back(self.connection, name_of(model), brought)
            if model is Item:
                sharing.bring_back_below(self.connection, model, brought)
        for parent, by_parent in self._references(model, going):
            wanted = self._kept(parent, by_parent)
            if wanted:
                self._bring_parents(parent, wanted)

    def _kept(self, model: type[Model], keys: Iterable[str]) -> list[str]:
        sql = "SELECT pk FROM sync_kept WHERE tbl = ? AND pk IN (SELECT value FROM json_each(?))"
        return [pk for (pk,) in self.connection.execute(sql, (name_of(model), values.to_json(list(keys))))]

    def _bring_parents(self, model: type[Model], keys: list[str]) -> None:
        """Add parents to the batch: others' labels and models always, what hangs on items when it goes itself."""
        table = name_of(model)
        follows = RULES[table].writes is Writes.DEPENDENTS
        goes = "1" if follows else self.rules.goes(model)
        columns = ", ".join(f"t.{name}" for name in tables.columns(model))
        sql = (
            f"SELECT t.id, NULL, NULL, 0, 1, 1, 0, 0, {columns} FROM json_each(?) j CROSS JOIN {table} t"
            f" ON t.id = j.value WHERE {goes}"
        )
        rows = self.connection.execute(sql, (values.to_json(keys),)).fetchall()
        found = self._unblocked(model, [_Read._make((*row[:8], row[8:])) for row in rows])
        if not found:
            return
        self._bring(model, found)
        generations = self._generations(table, [read.pk for read in found])
        for read in found:
            change = Change(Key(table, read.pk), None, image_of(model, read.row), generations[read.pk])
            self._add(model, change)

    def _generations(self, table: str, keys: list[str]) -> dict[str, int]:
        sql = "SELECT pk, generation FROM sync_dirty WHERE tbl = ? AND pk IN (SELECT value FROM json_each(?))"
        return dict(self.connection.execute(sql, (table, values.to_json(keys))).fetchall())

    def _unblocked(self, model: type[Model], going: list[_Read]) -> list[_Read]:
        """Pass rows over that refer to a new row which is held, or was passed over itself; return the others."""
        if not (self._waits or self.passed):
            return going
        found: set[str] = set()
        for parent, by_parent in self._references(model, going):
            waiting = {key.pk for key in self.passed if key.tbl == name_of(parent)} & by_parent.keys()
            sql = (
                "SELECT pk FROM sync_dirty WHERE tbl = ? AND pk IN (SELECT value FROM json_each(?))"
                " AND base IS NULL AND held IS NOT NULL"
            )
            rows = self.connection.execute(sql, (name_of(parent), values.to_json(list(by_parent))))
            waiting |= {pk for (pk,) in rows}
            found.update(pk for key in waiting for pk in by_parent[key])
        self.passed |= {Key(name_of(model), pk) for pk in found}
        return [read for read in going if read.pk not in found]

    # -- rows that are gone ---------------------------------------------------------------------------------

    def _deletions(self, model: type[Model]) -> None:
        """Add deletions; what the server never had, or does not hear of, is forgotten."""
        table = name_of(model)
        kept, there = is_kept(table, "d.pk"), f"EXISTS (SELECT 1 FROM {table} t WHERE {joined(model, 'd.pk')})"
        sql = (
            f"SELECT d.pk, CASE WHEN {kept} THEN NULL ELSE d.base END, d.base_vector, d.generation FROM sync_dirty d"
            f" WHERE d.tbl = '{table}' AND d.held IS NULL AND d.pk > ? AND NOT {there} ORDER BY d.pk LIMIT ?"
        )
        last = ""
        while self._room():
            size = min(CHUNK, self.rows_left)
            found = self.connection.execute(sql, (last, size)).fetchall()
            forgotten = {row[0] for row in found if row[1] is None or not RULES[table].deletes_travel}
            for note in ("sync_dirty", "sync_kept"):
                rows = [(table, pk) for pk in forgotten]
                self.connection.executemany(f"DELETE FROM {note} WHERE tbl = ? AND pk = ?", rows)
            for pk, base, vector, generation in found:
                if pk not in forgotten:
                    self.deletions.append(Change(Key(table, pk), unpacked(model, base, vector, None), None, generation))
                    self.rows_left -= 1
            if len(found) < size:
                return
            last = found[-1][0]
