"""Another store as a source: its people, organizations, tags, models and settings by id, its items as records.

It is opened for reading only; one of an older schema is copied and the copy migrated. Passwords and API keys are
secrets of that store and stay there; so do its trash and its undo log. Rights do not travel: who was a superuser
there is an ordinary user here, its local user too.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import apsw

from localstore import ids, item_records, migrations, tables
from localstore.attached import file_bytes
from localstore.attached.file_paths import kept_digest
from localstore.bulk import Bulk
from localstore.bulk.pace import GAP
from localstore.connection import Connection
from localstore.connection import opened as open_file
from localstore.database import APPLICATION_ID
from localstore.errors import StoreError, TransferError
from localstore.models import (
    TABLES,
    AIModel,
    Event,
    FileAsset,
    Organization,
    OrganizationMembership,
    Row,
    Setting,
    Tag,
    User,
)
from localstore.place import MAGIC, head
from localstore.recovery.copying import copy_file
from localstore.sqlite_errors import translated
from localstore.transfer.titles import printable

if TYPE_CHECKING:
    from localstore.importing import ImportReport
    from localstore.store import Store

LEFT_OUT = "passwords, API keys, trash and undo log of {} were left out: they stay with that store"
BATCH = 500
STEPS = 100_000
"""Steps of SQLite between two moments in which Ctrl-C is heard."""


def is_store(path: Path) -> bool:
    """Tell whether a file is a store; the header alone does not say it while its log has not reached the file."""
    return _pragma(path, "application_id") == APPLICATION_ID


def _pragma(path: Path, name: str) -> int:
    try:
        if head(path, len(MAGIC)) != MAGIC:
            return 0
        connection = open_file(f"file:{quote(str(path.absolute()))}?{_mode(path)}", _FLAGS)
    except (OSError, apsw.Error):
        return 0
    try:
        return int(connection.pragma(name))
    except apsw.Error:
        return 0
    finally:
        connection.close()


_FLAGS = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI


def _mode(path: Path) -> str:
    """A folder that may not be written has no place for the shared memory of a log."""
    return "mode=ro" if os.access(path.parent, os.W_OK) else "immutable=1"


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """Open another store for reading; an older one is migrated in a copy that is thrown away."""
    from localstore.store import Store

    if not is_store(path):
        raise TransferError(f"{path} is not a store: say its format with --format, or let it be recognised")
    if _pragma(path, "user_version") >= migrations.LATEST:
        with Store.open(path, read_only=True) as store:
            yield store
        return
    with tempfile.TemporaryDirectory(prefix="localstore-") as folder:
        migrated = Path(folder) / "store.db"
        with translated(path):
            copy_file(path, migrated)
        with Store.open(migrated) as store:
            yield store


def _check_pages(connection: Connection, path: Path) -> None:
    """Refuse a damaged file before anything of it is here: what is met half-way could not be told from the whole."""
    from localstore.checking.pages import problems

    connection.set_progress_handler(lambda: False, STEPS)  # Ctrl-C is heard
    try:
        said = problems(connection, quick=True)
    finally:
        connection.set_progress_handler(None)
    if said:
        raise TransferError(
            f"{path} is damaged ({printable(said[0])[:200]}), and nothing of it was imported: 'localstore --store"
            f" {path} check --repair' mends what can be mended, 'localstore recover {path} DEST' salvages the rest"
        )


def _check_tables(connection: Connection, path: Path) -> None:
    """Refuse a file in which something else has the name of a table: a view can be made that never ends."""
    named = {model._meta.table_name for model in TABLES}
    for name, kind in connection.execute("SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view')"):
        if kind == "view" and name in named:
            raise TransferError(f"{path}: its {name} is a view, which no store has: it was not made by localstore")


@contextmanager
def scratch_copy(store: Store) -> Iterator[Store]:
    """Lend a copy of a store that is thrown away."""
    from localstore.store import Store

    with tempfile.TemporaryDirectory(prefix="localstore-") as folder:
        path = Path(folder) / "store.db"
        with translated(store.path):
            copy_file(store.path, path)
        with Store.open(path) as copied:
            yield copied


def copy(path: Path, bulk: Bulk, report: ImportReport, *, bytes_too: bool = True) -> None:
    """Copy another store into the bulk writer's; what is there already is left as it is, or as ``on_conflict`` says.

    With *bytes_too* the files it keeps are copied as well.
    """
    if path.resolve() == bulk.store.path.resolve():
        raise TransferError(f"{path} is this store itself: name another one")
    before = report.records
    try:
        with opened(path) as source, source.reading() as connection:
            _check_tables(connection, path)
            _check_pages(connection, path)
            people = World(connection, bulk.store)
            counts = people.copy()
            for record in item_records.stream(connection, "1", ()):
                record.owner = people.emails.get(record.owner or "", record.owner)
                record.organization = people.slugs.get(record.organization or "", record.organization)
                record.files = []  # copied as rows: an owner of their own may have them
                record.place = f"{path.name}: item {ids.short(record.id or '')}"
                bulk.put(record)
            bulk.flush()
            counts |= people.copy_rest()
            counts["kept files"] = copy_bytes(source, bulk.store) if bytes_too else 0
    except StoreError as error:
        raise TransferError(f"{path}: cannot be imported: {error}") from error
    counts = {"items": report.records - before, **counts}
    shown = ", ".join(f"{number:,} {table}" for table, number in counts.items() if number)
    report.seen.append(f"{path}: read as store: {shown or 'nothing'}")
    report.notes.append(LEFT_OUT.format(path.name))


def copy_bytes(source: Store, store: Store) -> int:
    """Copy the kept bytes that files of this store refer to and that it does not have yet; return how many."""
    with store.reading() as connection:
        paths = connection.execute(
            "SELECT path FROM file_assets WHERE path >= 'sha256:' AND path < 'sha256;'"
        ).fetchall()
    copied = 0
    for digest in filter(None, (kept_digest(str(path)) for (path,) in paths)):
        place, target = source.files.kept(digest), store.files.kept(digest)
        if place.is_file() and not target.exists():
            draft = file_bytes.draft(store.files.folder)
            try:
                if file_bytes.read(place, draft).sha256 != digest:
                    continue  # damaged there: nothing is better than wrong bytes under this name
                file_bytes.settle(draft, target)
            finally:
                draft.unlink(missing_ok=True)
            copied += 1
    return copied


class World:
    """What items refer to: copied row by row, keyed by what the rows mean, so that nothing doubles."""

    def __init__(self, source: Connection, store: Store) -> None:
        self.source = source
        self.store = store
        self.ids: dict[str, str] = {}
        self.emails: dict[str, str] = {}
        self.slugs: dict[str, str] = {}

    def copy(self) -> dict[str, int]:
        """Copy users, organizations, memberships, models, tags and settings; return how many were new."""
        with self.store.database.writing() as connection:
            self.target = connection
            counts = {
                "users": self._table(User, ("email",), {"hashed_password": "", "is_superuser": 0}),
                "organizations": self._table(Organization, ("slug",)),
                "memberships": self._table(OrganizationMembership, ("user_id", "organization_id")),
                "models": self._table(AIModel, ("provider", "name", "version")),
                "tags": self._tags(),
                "settings": self._table(Setting, ("scope", "key", "user_id", "organization_id")),
            }
            self._translate(connection)
        return counts

    def copy_rest(self) -> dict[str, int]:
        """Copy files and events; return how many were new."""
        return {"files": self._batches(FileAsset, ("path",)), "events": self._batches(Event, ())}

    def _translate(self, target: Connection) -> None:
        """Note what people and organizations that are known here by another name are called here."""
        for table, column, names in (("users", "email", self.emails), ("organizations", "slug", self.slugs)):
            here: dict[Any, Any] = dict(target.execute(f"SELECT id, {column} FROM {table}"))
            for pk, name in self.source.execute(f"SELECT id, {column} FROM {table}"):
                names[name] = here[self.ids.get(pk, pk)]

    def _rows(self, model: type[Row]) -> Iterator[dict[str, Any]]:
        names = tables.columns(model)
        sql = f"SELECT {', '.join(names)} FROM {model._meta.table_name} ORDER BY created_at, id"
        for row in self.source.execute(sql):
            yield dict(zip(names, row, strict=True))

    def _table(self, model: type[Row], natural: tuple[str, ...], instead: dict[str, Any] | None = None) -> int:
        return sum(self._copy_row(model, row | (instead or {}), natural) for row in self._rows(model))

    def _copy_row(self, model: type[Row], row: dict[str, Any], natural: tuple[str, ...]) -> bool:
        """Insert a row unless its id or its natural key is there; note under which id it stands here."""
        for column, parent, _ in tables.references(model):
            row[column] = self._here(parent, row[column])
        known = self._known(model, row, natural)
        if known is not None:
            self.ids[row["id"]] = known
        elif all(row[name] is not None for name in _needed(model)):
            tables.insert(self.target, model, row)
            return True
        return False

    def _here(self, parent: type[Row], pk: str | None) -> str | None:
        """Return a parent's id here; None when it is not here."""
        if pk is None:
            return None
        found = self.ids.get(pk, pk)
        return found if tables.fetch(self.target, parent, found) else None

    def _known(self, model: type[Row], row: dict[str, Any], natural: tuple[str, ...]) -> str | None:
        table = model._meta.table_name
        sql = f"SELECT id FROM {table} WHERE id = ?"
        found = self.target.execute(sql, (row["id"],)).fetchone()
        if found is None and natural:
            same = " AND ".join(f"{name} IS ?" for name in natural)
            sql = f"SELECT id FROM {table} WHERE {same} ORDER BY created_at, id"
            found = self.target.execute(sql, tuple(row[name] for name in natural)).fetchone()
        return str(found[0]) if found else None

    def _tags(self) -> int:
        here = {ids.fold(name) for (name,) in self.target.execute("SELECT name FROM tags")}
        new = 0
        for row in self._rows(Tag):
            if ids.fold(row["name"]) not in here:
                here.add(ids.fold(row["name"]))
                new += self._copy_row(Tag, row, ())
        return new

    def _batches(self, model: type[Row], natural: tuple[str, ...]) -> int:
        """Copy many rows in short transactions."""
        rows, new = self._rows(model), 0
        while chunk := [row for _, row in zip(range(BATCH), rows, strict=False)]:
            with self.store.database.writing() as connection:
                self.target = connection
                new += sum(self._copy_row(model, row, natural) for row in chunk)
            time.sleep(GAP)
        return new


def _needed(model: type[Row]) -> list[str]:
    """Return the columns of parents without which there is no row."""
    return [column for column, _, _ in tables.references(model) if not tables.field_of(model, column).null]
