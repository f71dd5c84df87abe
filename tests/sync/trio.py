"""A server that is ready for devices, with people on it, and their stores: what the tests of both sides start from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from localstore import Store
from sync import link, sync
from sync.postgres.connection import Connection, connect
from sync.postgres.server import devices, install
from sync.rounds import Round
from tests.postgres import Server

ADA, BEA = "00000000-0000-7000-8000-0000000000aa", "00000000-0000-7000-8000-0000000000bb"
LAB, DEN = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
EMAILS = {ADA: "ada@example.org", BEA: "bea@example.org"}
PEOPLE = f"""
INSERT INTO users (id, email, full_name) VALUES ('{ADA}', '{EMAILS[ADA]}', 'Ada'), ('{BEA}', '{EMAILS[BEA]}', 'Bea');
INSERT INTO organizations (id, name, slug) VALUES ('{LAB}', 'Lab', 'lab'), ('{DEN}', 'Den', 'den');
INSERT INTO organization_memberships (user_id, organization_id, role)
VALUES ('{ADA}', '{LAB}', 'owner'), ('{BEA}', '{LAB}', 'member'), ('{ADA}', '{DEN}', 'owner')
"""
"""Ada and Bea share the lab; the den is Ada's."""


class World:
    """One database that is ready for devices, and the stores linked with it."""

    def __init__(self, url: str, folder: Path, stack: ExitStack) -> None:
        self.url, self.folder, self._stack = url, folder, stack
        self.stores: dict[str, Store] = {}

    def invite(self, name: str, user: str = ADA, url: str | None = None) -> str:
        """Make a device for a person; the URL that lets it in, through another address when *url* is given."""
        made = devices.add(self.url, EMAILS[user], name).url
        if url is None:
            return made
        place, direct = urlsplit(url), urlsplit(made)
        # another database of this server may have had the usual name first
        through = f"{direct.username}@{place.netloc.rpartition('@')[2]}"
        return place._replace(netloc=through, fragment=direct.fragment).geturl()

    def store(self, name: str, user: str = ADA, *, share: str = "all", url: str | None = None) -> Store:
        """Make a new store and link it as a person's device."""
        store = self.unlinked(name, user)
        link(store, url or self.invite(name, user), share=share)
        return store

    def unlinked(self, name: str, user: str = ADA) -> Store:
        """Make a new store of a person."""
        store = self._stack.enter_context(Store.open(self.folder / f"{name}.db", email=EMAILS[user]))
        self.stores[name] = store
        return store

    def plain(self) -> Connection:
        """Open a connection for a program that writes plain SQL, in autocommit."""
        connection = self._stack.enter_context(connect(self.url, autocommit=True))
        connection.execute("SET TimeZone = 'UTC'")
        return connection

    def quiet(self, *stores: Store, passes: int = 8) -> list[Round]:
        """Sync the stores, in turn, until nobody has anything to carry; the rounds it took."""
        rounds: list[Round] = []
        for _ in range(passes):
            latest = [sync(store) for store in stores or self.stores.values()]
            rounds += latest
            if all(each.quiet for each in latest):
                return rounds
        raise AssertionError(f"never quiet: {rounds[-len(self.stores) :]}")


def prepare(url: str) -> None:
    """Make a database with the thirteen tables ready for devices, with people on it."""
    install.init(url)
    with connect(url, autocommit=True) as connection:
        connection.execute(PEOPLE)


@contextmanager
def world(server: Server, template: str, folder: Path) -> Iterator[World]:
    """A new copy of the prepared database; its stores are closed and their secrets stay in the folder."""
    before = os.environ.get("XDG_CONFIG_HOME")
    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    try:
        with server.database(template) as url, ExitStack() as stack:
            yield World(url, folder, stack)
    finally:
        if before is None:
            del os.environ["XDG_CONFIG_HOME"]
        else:
            os.environ["XDG_CONFIG_HOME"] = before


def one(connection: Connection, sql: str, *values: Any) -> Any:
    """The first value that a query gives."""
    row = connection.execute(sql, values).fetchone()
    return row[0] if row else None


@pytest.fixture(scope="session")
def prepared(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """The name of a database that is ready for devices, to copy from."""
    with postgres_server.database(postgres_template) as url:
        prepare(url)
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def trio(postgres_server: Server, prepared: str, tmp_path: Path) -> Iterator[World]:
    """A prepared server of its own for one test."""
    with world(postgres_server, prepared, tmp_path) as found:
        yield found
