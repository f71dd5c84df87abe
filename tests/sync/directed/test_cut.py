"""The connection breaks at every message in turn, or goes by way of a pooler: nothing is lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localstore import Store
from sync import sync
from tests.sync.directed.rows import asked, marks, server_titles, texts, titles, waiting
from tests.sync.directed.test_killed import both_sides_busy, judged
from tests.sync.proxy import Cut, Proxy, proxied
from tests.sync.trio import BEA, World, one

SOME = [1, 2, 3, 5, 8, 11, 14, 18, 22, 27, 33, 40]


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
@pytest.mark.parametrize("number", SOME)
def test_a_cut_before_a_message_of_ours_loses_and_doubles_nothing(
    trio: World, proxy: Proxy, number: int, stops: bool
) -> None:
    cut_once(trio, proxy, Cut("client", number), stops=stops)


@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_cut_after_a_commit_was_forwarded_loses_and_doubles_nothing(
    trio: World, proxy: Proxy, number: int, stops: bool
) -> None:
    cut_once(trio, proxy, Cut("client", number, after=True, text="COMMIT"), stops=stops)


@pytest.mark.slow
@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize("number", range(1, 121))
def test_a_cut_at_any_message_loses_and_doubles_nothing(
    trio: World, proxy: Proxy, number: int, side: str, stops: bool
) -> None:
    cut_once(trio, proxy, Cut("server" if side == "server" else "client", number), stops=stops)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 121))
def test_a_cut_after_any_message_of_ours_loses_and_doubles_nothing(trio: World, proxy: Proxy, number: int) -> None:
    cut_once(trio, proxy, Cut("client", number, after=True), stops=True)


def test_a_network_that_fails_for_long_fails_the_round_and_the_next_one_goes_on(trio: World, proxy: Proxy) -> None:
    from localstore import LocalstoreError

    store = through(trio, proxy)
    edited, _ = both_sides_busy(store, trio)
    proxy.cut = Cut("client", 1, text="COMMIT", after=True, times=1_000)
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
