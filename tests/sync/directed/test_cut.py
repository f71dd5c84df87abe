"""The connection breaks at every message in turn, or goes by way of a pooler: nothing is lost, nothing doubled.

``LOCALSTORE_LONG=1`` cuts at every message, a run without it at some.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from localstore import Store
from sync import sync
from sync.postgres.connection import Connection
from tests.sync.cuts import AfterCommit
from tests.sync.directed.rows import asked, item, marks, server_titles, texts, titles, waiting
from tests.sync.directed.test_killed import both_sides_busy, judged
from tests.sync.proxy import Cut, Proxy, proxied
from tests.sync.trio import BEA, World, one

LONG = bool(os.environ.get("LOCALSTORE_LONG"))
OURS = list(range(1, 121)) if LONG else [1, 2, 3, 5, 8, 12, 17, 23, 31]
SERVERS = list(range(1, 161)) if LONG else [1, 4, 9, 20, 40]


@pytest.fixture
def proxy(trio: World) -> Iterator[Proxy]:
    with proxied(trio.url) as found:
        yield found


def through(trio: World, proxy: Proxy, name: str = "ada") -> Store:
    """A store whose device reaches the server by way of the proxy."""
    return trio.store(name, url=trio.invite(name, url=proxy.address("localstore_device")))


def cut_once(trio: World, proxy: Proxy, cut: Cut, *, stops: bool) -> None:
    """Run a busy round whose connection is cut; with *stops* the round ends there, else it goes on by itself."""
    store = through(trio, proxy)
    edited, _ = both_sides_busy(store, trio)
    proxy.forget()
    proxy.cut = cut
    sync(store, cancelled=lambda: stops and proxy.cuts_done > 0)
    proxy.cut = None
    judged(store, trio, edited)
    assert one(trio.plain(), "SELECT count(*) FROM items") == 3


@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("number", OURS)
def test_a_cut_before_a_message_of_ours_loses_and_doubles_nothing(
    trio: World, proxy: Proxy, number: int, stops: bool
) -> None:
    cut_once(trio, proxy, Cut("client", number), stops=stops)


@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_cut_after_a_commit_was_forwarded_loses_and_doubles_nothing(
    trio: World, proxy: Proxy, number: int, stops: bool
) -> None:
    cut_once(trio, proxy, AfterCommit(number=number), stops=stops)


@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("number", SERVERS)
def test_a_cut_before_a_message_of_the_server_loses_and_doubles_nothing(
    trio: World, proxy: Proxy, number: int, stops: bool
) -> None:
    cut_once(trio, proxy, Cut("server", number), stops=stops)


@pytest.mark.parametrize("number", OURS)
def test_a_cut_after_a_message_of_ours_loses_and_doubles_nothing(trio: World, proxy: Proxy, number: int) -> None:
    cut_once(trio, proxy, Cut("client", number, after=True), stops=True)


def unacknowledged(proxy: Proxy, store: Store, server: Connection) -> None:
    """Run a round whose batch the server commits and whose acknowledgement is lost."""
    proxy.forget()
    proxy.cut = AfterCommit(number=1, of=b"push_end")
    sync(store, cancelled=lambda: proxy.cuts_done > 0)
    proxy.cut = None
    assert asked(store, "SELECT count(*) FROM sync_outbox WHERE acknowledged_at IS NULL") == [(1,)]
    deadline = time.monotonic() + 10
    while not one(server, "SELECT count(*) FROM localstore_sync.batch"):  # it is forwarded, not yet done
        assert time.monotonic() < deadline


def test_a_batch_that_the_server_has_is_not_carried_out_again_over_what_others_did_since(
    trio: World, proxy: Proxy
) -> None:
    store, server = through(trio, proxy), trio.plain()
    pk = item(server, "title")
    sync(store)
    store.items.edit(pk, title="mine")
    new = store.items.add("deleted by a program").id
    unacknowledged(proxy, store, server)
    assert server_titles(server) == {"mine", "deleted by a program"}
    server.execute("UPDATE items SET title = 'by a program who saw mine' WHERE id = %s", (pk,))
    server.execute("DELETE FROM items WHERE id = %s", (new,))
    trio.quiet(store)
    assert titles(store) == server_titles(server) == {"by a program who saw mine"}
    assert waiting(store) == []


def test_a_network_that_fails_for_long_fails_the_round_and_the_next_one_goes_on(trio: World, proxy: Proxy) -> None:
    from localstore import LocalstoreError

    store = through(trio, proxy)
    edited, _ = both_sides_busy(store, trio)
    proxy.cut = AfterCommit(number=1, times=1_000)
    with pytest.raises(LocalstoreError):
        sync(store)
    proxy.cut = None
    judged(store, trio, edited)


def test_devices_share_the_sessions_of_a_transaction_pooler(trio: World) -> None:
    with proxied(trio.url, pooled=True) as pooler:
        address = pooler.address("localstore_device")
        ada = trio.store("ada", url=trio.invite("ada", url=address))
        bea = trio.store("bea", BEA, url=trio.invite("bea", BEA, url=address))
        trio.quiet()
        item = ada.items.add("by Ada", text="her text", organization="lab").id
        bea.items.add("by Bea", organization="lab")
        trio.quiet()
        bea.items.edit(item, title="by both")
        trio.quiet()
        server = trio.plain()
        before = marks(server, ada, bea)
        assert [sync(store).quiet for store in (ada, bea) * 2] == [True] * 4
        assert marks(server, ada, bea) == before
        assert titles(ada) == titles(bea) == server_titles(server) == {"by both", "by Bea"}
        assert texts(bea) == {"her text"}
        assert waiting(ada) == waiting(bea) == []
        assert pooler.sessions > 1
        assert asked(bea, "SELECT count(*) FROM sync_dirty") == [(0,)]
