"""Store: the one door to a file.

::

    with Store.open("notes.db") as store:
        item = store.items.add(title="Reading list", tags=["todo"], text="Attention is all you need")
        for row in store.items.page(Filter.parse("#todo")).rows:
            print(row.title)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstore import events, freshness, text
from localstore.connection import Connection
from localstore.database import TIMEOUT, Database
from localstore.deeds import undo
from localstore.deeds.actions import Action
from localstore.errors import InvalidValue, StoreBusy, StoreGone
from localstore.local_state import LocalState
from localstore.nouns import Nouns

if TYPE_CHECKING:
    from localstore.backup import BackupReport
    from localstore.bulk import Bulk
    from localstore.checking.finding import Finding
    from localstore.deeds.traces import Trace
    from localstore.deeds.undo import UndoEntry
    from localstore.filters import Filter
    from localstore.models import User
    from localstore.rows import Page
    from localstore.search import Hit
    from localstore.stats import Stats

FILE_VARIABLE = "LOCALSTORE"


def default_path() -> Path:
    """Return where the store lives when nobody says: ``$LOCALSTORE``, else the platform's data folder."""
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("localstore", appauthor=False)) / "store.db"


class Store(Nouns):
    """One file, opened. Every method may be called from any thread; several processes may hold one file."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.path = database.path
        self.read_only = database.read_only
        self.state = LocalState(self)
        self._actor_id: str | None = None
        database.before_commit += [text.index_pending, freshness.look_again]

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        create: bool = True,
        read_only: bool = False,
        email: str | None = None,
        name: str | None = None,
        timeout: float = TIMEOUT,
    ) -> Store:
        """Open the store at *path* (``default_path()`` when None), making it when *create*.

        A new store gets its local user (*email*, else ``login@host``). A writer waits *timeout* seconds for its
        turn. Raises the errors of ``localstore.database.Database``.
        """
        where = Path(path).expanduser() if path is not None else default_path()
        create = create and not read_only
        store = cls(Database(where.absolute(), read_only=read_only, create=create, timeout=timeout))
        try:
            if not read_only and store.state.get("local_user") is None:
                store.state.initialise(email or default_email(), name)
        except BaseException:
            store.close()
            raise
        return store

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; harmless twice."""
        self.database.close()

    def gone(self) -> StoreGone | None:
        """Return why this file is no longer at its path (deleted, replaced, written over), None while it is."""
        return self.database.place.gone()

    @property
    def made(self) -> bool:
        """Whether opening made the file."""
        return self.database.made

    # -- who --------------------------------------------------------------------------------------------

    @cached_property
    def local_user_id(self) -> str:
        """The id of the person whose machine this is; owner of what is made here."""
        found = self.state.get("local_user")
        if found is None:
            raise InvalidValue(f"{self.path} has no user yet: open it once for writing")
        return found

    @property
    def local_user(self) -> User:
        """The person whose machine this is."""
        return self.users.get(self.local_user_id)

    @property
    def actor_id(self) -> str | None:
        """Who acts, for events and undo: the local user unless ``acting`` says otherwise."""
        return self._actor_id or self.state.get("local_user")

    @contextmanager
    def acting(self, user: str) -> Iterator[None]:
        """Let another user be the actor of what happens in the block."""
        before, self._actor_id = self._actor_id, self.users.resolve(user)
        try:
            yield
        finally:
            self._actor_id = before

    # -- reading and writing ----------------------------------------------------------------------------

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a block whose reads, through any method, see one state of the file."""
        return self.database.reading()

    def action(self, kind: str, label: str = "") -> Action:
        """Open one action: its writes, its event and its undo entry are one transaction."""
        return Action(self, kind, label)

    def bulk(self, **options: Any) -> Bulk:
        """Open the bulk writer, for millions of items; its options are those of ``localstore.bulk.Bulk``."""
        from localstore.bulk import Bulk

        return Bulk(self, **options)

    def check(
        self,
        *,
        repair: bool = False,
        deep: bool = False,
        copy: bool = True,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> list[Finding]:
        """Return what is wrong with the store; mend what can be mended when *repair*, after a *copy* of the file."""
        from localstore.checks import check

        return check(self, repair=repair, deep=deep, copy=copy, progress=progress)

    def backup(
        self,
        dest: str | Path,
        progress: Callable[[int, int], None] | None = None,
        *,
        overwrite: bool = False,
        files: bool = False,
    ) -> BackupReport:
        """Copy the store, in use or not, to a new private file that passed SQLite's check."""
        from localstore.backup import backup

        return backup(self, dest, files=files, overwrite=overwrite, progress=progress)

    def stats(self) -> Stats:
        """Return how much there is of everything, and how large the file is."""
        from localstore.stats import stats

        return stats(self)

    def note_event(self, kind: str, payload: dict[str, Any]) -> None:
        """Leave an event within the open transaction, unless they are switched off."""
        with self.database.writing() as connection:
            if events.enabled(connection):
                events.write(connection, kind, self.actor_id, payload)

    def catch_up(self) -> bool:
        """Index what other programs wrote; tell whether all is in step.

        A reading never waits for it: when the file is read-only or another process holds the lock, it is left
        for the next writer.
        """
        with self.database.reading() as connection:
            if not (text.has_pending(connection) or freshness.has_pending(connection)):
                return True
        if self.read_only:
            return False
        try:
            with self.database.writing(timeout=0.05):
                pass  # committing settles what is pending
        except StoreBusy:
            return False
        return True

    def search(
        self, words: str, where: Filter | None = None, *, limit: int = 20, after: str | None = None
    ) -> Page[Hit]:
        """Return the items in which all *words* occur, best first; see ``localstore.search``."""
        from localstore.search import search

        return search(self, words, where, limit=limit, after=after)

    def interrupt(self, thread: int | None = None) -> None:
        """Stop what this store's readers are doing, in one thread or in all; they raise ``Interrupted``."""
        self.database.interrupt(thread)

    def data_version(self) -> int:
        """Return a number that moves when another process wrote to the file."""
        return self.database.data_version()

    def trace(self) -> Trace:
        """Return what the last changes left, to tell changed rows from what other windows keep for themselves."""
        from localstore.deeds.traces import trace

        return trace(self)

    # -- undo -------------------------------------------------------------------------------------------

    def undo(self) -> str:
        """Take the last action back; return its label. Raises NothingToUndo or EditConflict."""
        return undo.step(self, redo=False)

    def redo(self) -> str:
        """Do the action that was undone last again; return its label. Raises NothingToUndo or EditConflict."""
        return undo.step(self, redo=True)

    def history(self) -> list[UndoEntry]:
        """Return the undo log, newest first."""
        return undo.entries(self)


def default_email() -> str:
    """Return ``login@host``: who somebody is before they say."""
    import getpass
    import socket

    try:
        login = getpass.getuser()
    except (KeyError, OSError):
        login = "user"
    return f"{login}@{socket.gethostname() or 'localhost'}"
