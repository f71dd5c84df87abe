"""When a transaction commits, and where the server stops, hides no change from anyone."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from localstore import Store
from sync import link, sync
from sync.errors import ServerUnreachable
from sync.postgres.connection import connect
from sync.postgres.server import devices
from tests.postgres import Server
from tests.sync.directed.cluster import Cluster
from tests.sync.directed.rows import content, item, texts, titles
from tests.sync.trio import ADA, EMAILS, World, one, prepare


def test_a_transaction_that_commits_late_is_pulled_once_it_has(trio: World) -> None:
    store, late, early = trio.store("ada"), trio.plain(), trio.plain()
    sync(store)
    late.execute("BEGIN")
    item(late, "late")
    item(early, "early")
    sync(store)
    before = titles(store)
    late.execute("COMMIT")
    sync(store)
    assert (before, titles(store)) == ({"early"}, {"early", "late"})


def test_while_one_transaction_stays_open_later_ones_arrive(trio: World) -> None:
    store, held, others = trio.store("ada"), trio.plain(), trio.plain()
    held.execute("BEGIN")
    item(held, "held")
    sync(store)
    content(others, item(others, "first"), "first text")
    sync(store)
    content(others, item(others, "second"), "second text")
    sync(store)
    assert (titles(store), texts(store)) == ({"first", "second"}, {"first text", "second text"})


def test_an_open_transaction_in_another_database_freezes_nothing(trio: World, postgres_server: Server) -> None:
    store, plain = trio.store("ada"), trio.plain()
    with postgres_server.database() as other, connect(other) as elsewhere:
        elsewhere.execute("CREATE TABLE t (x int)")
        sync(store)
        item(plain, "here")
        sync(store)
    assert titles(store) == {"here"}


def test_a_number_that_a_crashed_server_gives_again_is_not_taken_for_one_seen(cluster: Cluster, folder: Path) -> None:
    prepare(cluster.url())
    with Store.open(folder / "ada.db", email=EMAILS[ADA]) as store:
        link(store, devices.add(cluster.url(), EMAILS[ADA], "ada").url)
        sync(store)
        aborted = _numbers_given_and_taken_back(cluster)
        sync(store)
        cluster.kill()
        cluster.start()
        with connect(cluster.url(), autocommit=True) as server:
            item(server, "after the crash")
        sync(store)
        assert aborted
        assert titles(store) == {"after the crash"}


def _numbers_given_and_taken_back(cluster: Cluster) -> bool:
    with connect(cluster.url()) as server:
        server.execute("SELECT pg_current_xact_id()")
        server.rollback()
        server.execute("SELECT pg_current_xact_id()")
        server.rollback()
    return True


def test_a_number_lost_by_commits_that_are_not_waited_for_is_not_taken_for_one_seen(
    cluster: Cluster, folder: Path
) -> None:
    prepare(cluster.url())
    with connect(cluster.url(), autocommit=True) as server:
        server.execute("ALTER DATABASE shared SET synchronous_commit = off")
    with Store.open(folder / "ada.db", email=EMAILS[ADA]) as store:
        link(store, devices.add(cluster.url(), EMAILS[ADA], "ada").url)
        sync(store)
        with connect(cluster.url(), autocommit=True) as server:
            server.execute("CHECKPOINT")
            os.kill(one(server, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"), signal.SIGSTOP)
            sync(store)
            cluster.kill()
        cluster.start()
        with connect(cluster.url(), autocommit=True) as server:
            item(server, "after the crash")
        state = sync(store).state
        assert (state, titles(store)) == ("next", {"after the crash"})


def test_a_server_that_is_killed_between_rounds_loses_nothing_that_was_acknowledged(
    cluster: Cluster, folder: Path
) -> None:
    prepare(cluster.url())
    with (
        Store.open(folder / "ada.db", email=EMAILS[ADA]) as one,
        Store.open(folder / "desk.db", email=EMAILS[ADA]) as two,
    ):
        link(one, devices.add(cluster.url(), EMAILS[ADA], "one").url, share="all")
        link(two, devices.add(cluster.url(), EMAILS[ADA], "two").url, share="all")
        one.items.add("acknowledged")
        sync(one)
        cluster.kill()
        with pytest.raises(ServerUnreachable):
            sync(two)
        cluster.start()
        sync(two)
        assert titles(two) == {"acknowledged"}
        assert sync(one).state == "next"
