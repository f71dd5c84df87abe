"""A server that went back in time is noticed, and gets back what it lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from localstore import Store
from sync import link, sync
from sync.postgres.connection import Connection, connect
from sync.postgres.server import devices
from tests.sync.directed.cluster import DATABASE, Cluster
from tests.sync.directed.rows import asked, content, item, kept, server_titles, titles, waiting
from tests.sync.trio import ADA, BEA, EMAILS, prepare


class Shared:
    """A server of one's own with two stores, dumped and restored at will."""

    def __init__(self, cluster: Cluster, folder: Path, stack: ExitStack) -> None:
        self.cluster, self.folder, self.stack = cluster, folder, stack
        prepare(cluster.url())
        self.ada, self.bea = self.store("ada", ADA), self.store("bea", BEA)

    def store(self, name: str, user: str) -> Store:
        store = self.stack.enter_context(Store.open(self.folder / f"{name}.db", email=EMAILS[user]))
        link(store, devices.add(self.cluster.url(), EMAILS[user], name).url, share="all")
        sync(store)
        return store

    @contextmanager
    def plain(self) -> Iterator[Connection]:
        with connect(self.cluster.url(), autocommit=True) as connection:
            yield connection

    def _admin(self, *statements: str) -> None:
        with connect(self.cluster.url("postgres"), autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement)

    def dump(self) -> None:
        self._admin(f"CREATE DATABASE dump TEMPLATE {DATABASE}")

    def restore(self) -> None:
        """Put the dump in the database's place, under its name."""
        self._admin(
            f"DROP DATABASE {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE} TEMPLATE dump", "DROP DATABASE dump"
        )


@pytest.fixture
def shared(cluster: Cluster, folder: Path) -> Iterator[Shared]:
    with ExitStack() as stack:
        yield Shared(cluster, folder, stack)


def test_what_a_restored_server_lost_comes_back_from_who_has_it(shared: Shared) -> None:
    shared.ada.items.add("before the dump")
    sync(shared.ada)
    shared.dump()
    shared.ada.items.add("after the dump", text="with a text")
    sync(shared.ada)
    sync(shared.bea)
    shared.restore()
    state = sync(shared.ada).state
    with shared.plain() as server:
        assert server_titles(server) == {"before the dump", "after the dump"}
    assert (state, titles(shared.ada)) == ("restored", {"before the dump", "after the dump"})
    assert sync(shared.ada).quiet


def test_an_edit_that_a_restored_server_lost_is_live_again(shared: Shared) -> None:
    with shared.plain() as server:
        pk = item(server, "old title")
    sync(shared.ada)
    shared.dump()
    shared.ada.items.edit(pk, title="edited after the dump")
    sync(shared.ada)
    shared.restore()
    sync(shared.ada)
    sync(shared.ada)
    with shared.plain() as server:
        assert server_titles(server) == {"edited after the dump"}
    assert waiting(shared.ada) == []


def test_a_value_that_came_from_another_and_the_server_lost_is_kept(shared: Shared) -> None:
    with shared.plain() as server:
        pk = item(server, "old title")
    sync(shared.ada)
    sync(shared.bea)
    shared.dump()
    shared.bea.items.edit(pk, title="edited by Bea")
    sync(shared.bea)
    sync(shared.ada)
    shared.restore()
    sync(shared.ada)
    assert "edited by Bea" in titles(shared.ada) or "edited by Bea" in kept(shared.ada)


def test_a_row_deleted_after_the_dump_is_deleted_on_the_restored_server(shared: Shared) -> None:
    with shared.plain() as server:
        pk = item(server, "deleted later")
        content(server, pk, "its text")
    sync(shared.ada)
    shared.dump()
    shared.ada.items.delete(pk, cascade=True)
    sync(shared.ada)
    shared.restore()
    sync(shared.ada)
    sync(shared.ada)
    with shared.plain() as server:
        assert titles(shared.ada) == server_titles(server) == set()


def test_a_dump_restored_into_a_server_a_million_transactions_ahead_is_noticed(shared: Shared) -> None:
    shared.ada.items.add("before the dump", organization="lab")
    sync(shared.ada)
    shared.dump()
    shared.ada.items.add("after the dump", organization="lab")
    sync(shared.ada)
    shared.restore()
    shared.cluster.ahead(1_000_000)
    with shared.plain() as server:
        item(server, "by a program")
    sync(shared.ada)
    sync(shared.bea)
    with shared.plain() as server:
        assert server_titles(server) == {"before the dump", "after the dump", "by a program"}
    assert titles(shared.ada) == titles(shared.bea) == {"before the dump", "after the dump", "by a program"}
    assert sync(shared.ada).quiet
    assert sync(shared.bea).quiet


def test_files_of_the_server_put_back_are_noticed_by_who_only_read(shared: Shared) -> None:
    with shared.plain() as server:
        item(server, "before the backup")
    sync(shared.bea)
    shared.cluster.keep()
    with shared.plain() as server:
        item(server, "read by Bea alone")
    sync(shared.bea)
    shared.cluster.put_back()
    shared.cluster.ahead(1_000_000)
    state = sync(shared.bea).state
    with shared.plain() as server:
        assert server_titles(server) == {"before the backup", "read by Bea alone"}
    assert (state, titles(shared.bea)) == ("restored", {"before the backup", "read by Bea alone"})


def test_a_batch_in_flight_when_the_server_is_restored_arrives(shared: Shared) -> None:
    shared.ada.items.add("first")
    sync(shared.ada)
    shared.dump()
    shared.ada.items.add("second")
    sync(shared.ada)
    shared.ada.items.add("third")
    shared.restore()
    sync(shared.ada)
    sync(shared.ada)
    with shared.plain() as server:
        assert server_titles(server) == {"first", "second", "third"}
    assert not waiting(shared.ada)
    assert not asked(shared.ada, "SELECT * FROM sync_dirty")
