"""Who writes in a history: stores of people, and programs with plain SQL on the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from localstore import LocalstoreError, Store
from localstore.models import BY_NAME
from sync.postgres.connection import Connection, connect
from tests.sync.oracle.tokens import Ledger, found_in
from tests.sync.sides import Postgres, Side, Sqlite

TABLES = [table for table in BY_NAME if table not in ("events", "organization_memberships")]
"""Events repeat titles, and memberships have no room for a token."""

Deed = Callable[[Side], object]


class Refused(Exception):
    """A deed that cannot be done where it was tried; nothing was written."""


class Person:
    """A person at a store, who has seen all of it before each write."""

    def __init__(self, name: str, store: Store, ledger: Ledger) -> None:
        self.name, self.store, self.ledger = name, store, ledger

    @property
    def user(self) -> str:
        return self.store.local_user_id

    def tokens(self) -> set[str]:
        """The tokens that are live in the file."""
        with self.store.reading() as connection:
            return found_in(row for table in TABLES for row in connection.execute(f"SELECT * FROM {table}"))

    def kept(self) -> set[str]:
        """The tokens in the file's conflicts, open or resolved, and in its trash."""
        with self.store.reading() as connection:
            return found_in(connection.execute("SELECT ours, theirs FROM sync_conflict")) | found_in(
                connection.execute("SELECT image FROM trash_rows")
            )

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with self.store.reading() as connection:
            return Sqlite(connection).run(sql)

    def do(self, deed: str, act: Deed) -> bool:
        """Write plain SQL, as any tool may; tell whether it went."""

        def write() -> None:
            with self.store.database.writing() as connection:
                connection.pragma("defer_foreign_keys", True)
                act(Sqlite(connection))

        return self.call(deed, write)

    def call(self, deed: str, act: Callable[[], object]) -> bool:
        """Write through the store's own methods; tell whether it went."""
        before = self.tokens()
        try:
            act()
        except (LocalstoreError, Refused) as error:
            assert self.tokens() == before, f"{self.name}: {deed} was refused, and left something: {error}"
            return False
        except Exception as error:
            if not type(error).__module__.startswith("apsw"):
                raise
            assert self.tokens() == before, f"{self.name}: {deed} failed, and left something: {error}"
            return False
        self.ledger.note(self.name, deed, before, self.tokens())
        return True


class Program:
    """A program of the server's owner: it reads what it is about to change, then writes, in one transaction."""

    def __init__(self, name: str, url: str, ledger: Ledger) -> None:
        self.name, self.url, self.ledger = name, url, ledger
        self.connection: Connection | None = None
        self.open: list[tuple[str, set[str], set[str]]] = []

    def session(self) -> Connection:
        """Its connection; a new one after the server went away."""
        if self.connection is None or self.connection.closed:
            self.connection = connect(self.url, autocommit=True)
            self.connection.execute("SET lock_timeout = '60ms'; SET TimeZone = 'UTC'")
            self.open = []
        return self.connection

    def close(self) -> None:
        if self.connection:
            self.connection.close()

    def tokens(self) -> set[str]:
        """The tokens that this session sees live."""
        sql = " UNION ALL ".join(f"SELECT row_to_json({table}.*)::text FROM {table}" for table in TABLES)
        return found_in(row[0] for row in self.session().execute(sql))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return Postgres(self.session()).run(sql)

    def do(self, deed: str, act: Deed, *, leave_open: bool = False) -> bool:
        """Write; with *leave_open* the transaction stays open, and later deeds join it until ``finish``."""
        session = self.session()
        if not self.open:
            session.execute("BEGIN")
        session.execute("SAVEPOINT deed")
        before = self.tokens()
        try:
            act(Postgres(session))
            session.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except (psycopg.Error, Refused):
            session.execute("ROLLBACK TO deed")
            if not self.open:
                session.execute("COMMIT")
            return False
        self.open.append((deed, before, self.tokens()))
        if leave_open:
            self.ledger.say(f"{self.name}: {deed}, not committed yet")
        else:
            self.finish()
        return True

    def finish(self, *, commit: bool = True) -> None:
        """End the open transaction."""
        if not self.open:
            return
        try:
            self.session().execute("COMMIT" if commit else "ROLLBACK")
        except psycopg.Error:
            commit = False
        if commit:
            for deed, before, after in self.open:
                self.ledger.note(self.name, deed, before, after)
        else:
            self.ledger.say(f"{self.name}: rolled back")
        self.open = []
