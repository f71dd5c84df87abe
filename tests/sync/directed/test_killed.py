"""A client that is killed, at any step, loses nothing and doubles nothing; nor does a server in trouble."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localstore import Store
from sync import link, sync
from sync.errors import ServerReadOnly, ServerUnreachable
from sync.postgres.connection import connect
from sync.postgres.server import devices
from tests.sync.directed.cluster import Cluster
from tests.sync.directed.rows import asked, content, item, kept, server_titles, texts, titles, waiting
from tests.sync.trio import ADA, DEN, EMAILS, LAB, World, prepare

LONG = bool(os.environ.get("LOCALSTORE_LONG"))
MOMENTS = list(range(60)) if LONG else [1, 5, 9, 13, 18, 24, 30]
"""A round has fewer than sixty; ``LOCALSTORE_LONG=1`` tries each."""
only_long = pytest.mark.skipif(not LONG, reason="takes minutes: LOCALSTORE_LONG=1 runs it")


def both_sides_busy(store: Store, trio: World) -> tuple[str, str]:
    """Give a round something of everything to do; the items that both sides know."""
    server = trio.plain()
    edited, gone = item(server, "both edit"), item(server, "deleted here")
    content(server, gone, "its text")
    sync(store)
    store.items.edit(edited, title="by Ada", description="described by Ada")
    store.items.delete(gone, cascade=True)
    store.items.add("new here", text="text of the new", tags=["todo"])
    server.execute("UPDATE items SET title = 'by a program', meta_data = '{\"a\": 1}' WHERE id = %s", (edited,))
    content(server, item(server, "new there"), "text of the other")
    server.execute("UPDATE organizations SET slug = 'x' WHERE id = %s", (LAB,))
    server.execute("UPDATE organizations SET slug = 'lab' WHERE id = %s", (DEN,))
    return edited, gone


def killed(store: Store, moment: int) -> bool:
    """Sync in another process that is killed at that moment; whether the round was over before."""
    command = [sys.executable, "-m", "tests.sync.directed.programs", str(store.path), str(moment)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == 0


def judged(store: Store, trio: World, edited: str) -> None:
    server = trio.plain()
    trio.quiet(store)
    everything = {"by a program", "new here", "new there"}
    assert titles(store) == server_titles(server) == everything
    assert texts(store) == {"text of the new", "text of the other"}
    assert asked(store, "SELECT description FROM items WHERE id = ?", edited) == [("described by Ada",)]
    assert "by Ada" in kept(store)
    assert waiting(store) == [("items", "columns")]
    assert asked(store, "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_client_killed_in_a_round_loses_and_doubles_nothing(trio: World, moment: int) -> None:
    store = trio.store("ada")
    edited, _ = both_sides_busy(store, trio)
    killed(store, moment)
    judged(store, trio, edited)


def test_a_client_killed_again_and_again_comes_to_the_end(trio: World) -> None:
    store = trio.store("ada")
    edited, _ = both_sides_busy(store, trio)
    assert not all([killed(store, moment) for moment in (3, 9, 15, 21)])
    judged(store, trio, edited)


def test_a_first_round_that_was_killed_goes_on(trio: World) -> None:
    server = trio.plain()
    content(server, item(server, "there"), "text")
    store = trio.store("ada")
    store.items.add("here")
    killed(store, 8)
    trio.quiet(store)
    assert titles(store) == server_titles(server) == {"there", "here"}


# -- the server in trouble --------------------------------------------------------------------------------------


def test_a_server_that_may_not_be_written_says_so_and_later_all_goes_on(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    store.items.add("waits")
    name = server.execute("SELECT current_database()").fetchone()
    assert name is not None
    server.execute(f"ALTER DATABASE {name[0]} SET default_transaction_read_only = on".encode())
    with pytest.raises(ServerReadOnly):
        sync(store)
    server.execute("SET default_transaction_read_only = off")
    server.execute(f"ALTER DATABASE {name[0]} RESET default_transaction_read_only".encode())
    sync(store)
    assert server_titles(server) == {"waits"}


def test_a_server_that_restarts_between_rounds_is_found_again(cluster: Cluster, folder: Path) -> None:
    prepare(cluster.url())
    with Store.open(folder / "ada.db", email=EMAILS[ADA]) as store:
        link(store, devices.add(cluster.url(), EMAILS[ADA], "ada").url)
        sync(store)
        cluster.stop()
        store.items.add("waits", organization="lab")
        with pytest.raises(ServerUnreachable):
            sync(store)
        cluster.start()
        sync(store)
        with connect(cluster.url(), autocommit=True) as server:
            assert server_titles(server) == {"waits"}


def test_a_device_follows_its_server_to_the_standby_that_took_over(cluster: Cluster, folder: Path) -> None:
    prepare(cluster.url())
    with connect(cluster.url(), autocommit=True) as server, cluster.standby() as second:
        server.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        server.execute("SELECT pg_reload_conf()")
        both = devices.add(cluster.url(), EMAILS[ADA], "ada").url.replace(
            f"127.0.0.1:{cluster.port}", f"127.0.0.1:{cluster.port},127.0.0.1:{second.port}"
        )
        with Store.open(folder / "ada.db", email=EMAILS[ADA]) as store:
            link(store, both, share="all")
            store.items.add("before")
            sync(store)
            item(server, "by a program")
            sync(store)
            cluster.kill()
            second.promote()
            store.items.add("after")
            state = sync(store).state
            with connect(second.url(), autocommit=True) as promoted:
                item(promoted, "by a program, after")
                sync(store)
                assert server_titles(promoted) == {"before", "after", "by a program", "by a program, after"}
            assert (state, titles(store)) == ("next", {"before", "after", "by a program", "by a program, after"})
            assert sync(store).quiet


@pytest.mark.slow
@only_long
def test_a_hundred_thousand_conflicts_are_paged_and_resolved_in_bulk(trio: World) -> None:
    from sync import resolve_all
    from sync.conflicts import conflicts

    store, server = trio.store("ada"), trio.plain()
    server.execute(
        "INSERT INTO items (owner_id, organization_id, title)"
        " SELECT %s, %s, 'old ' || n FROM generate_series(1, 100000) n",
        (ADA, LAB),
    )
    sync(store)
    with store.database.writing() as connection:
        connection.execute("UPDATE items SET title = 'mine ' || title")
    server.execute("UPDATE items SET title = 'theirs ' || title")
    done = sync(store)
    assert done.conflicts == 100_000
    first = conflicts(store, limit=50)
    assert len(first.rows) == 50
    resolve_all(store, "mine")
    sync(store)
    assert asked(store, "SELECT count(*) FROM sync_conflict WHERE resolved_at IS NULL") == [(0,)]
    found = server.execute("SELECT count(*) FROM items WHERE title LIKE 'mine old %'").fetchone()
    assert found == (100_000,)
