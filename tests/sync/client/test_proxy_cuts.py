"""The connection cut at every message, and a transaction pooler between: everything is done once, and all of it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from sync import errors
from sync.postgres import pull
from sync.postgres.address import Address, read
from sync.postgres.connection import Connection
from sync.postgres.session import Session
from sync.shapes import Image, PushResult
from tests.sync.client.desk import Desk, address_of, edit, image, key, new, stored
from tests.sync.proxy import Cut, Proxy, Side, proxied

pytestmark = pytest.mark.postgres
TOKEN = "00000000-0000-7000-8000-000000000001"
SENT, ANSWERED = 37, 50
"""Messages of a client that pushes one row over a connection it has; and of the server."""
CUTS: list[tuple[Side, int, bool]] = [
    *[("client", number, after) for number in range(1, SENT + 1) for after in (False, True)],
    *[("server", number, False) for number in range(1, ANSWERED + 1)],
]


def through(proxy: Proxy, address: Address) -> Address:
    """A device's address through a proxy."""
    assert address.device_id is not None and address.secret is not None
    return read(proxy.address(address.user)).with_secrets(address.hidden, address.device_id, address.secret)


@pytest.fixture
def proxy(ready: str) -> Iterator[Proxy]:
    """A proxy in front of the prepared database."""
    with proxied(ready) as between:
        yield between


@pytest.fixture
def far(ready: str, proxy: Proxy) -> Iterator[Desk]:
    """A device behind the proxy, connected."""
    desk = Desk(through(proxy, address_of(ready)))
    with desk.server:
        desk.server.whoami()
        proxy.forget()
        yield desk


@pytest.fixture
def item(far: Desk, proxy: Proxy) -> Image:
    """An item in step."""
    row = image("items")
    far.push(new("items", row))
    proxy.forget()
    return row


def test_the_proxy_goes_to_the_same_database(ready: str, proxy: Proxy) -> None:
    assert urlsplit(proxy.url).path == urlsplit(ready).path


def test_one_changed_row_takes_five_round_trips(far: Desk, proxy: Proxy, item: Image) -> None:
    far.push(edit("items", item, title="ours"))
    assert proxy.round_trips == 5
    assert (proxy.count("client"), proxy.count("server")) == (SENT, ANSWERED)


def test_five_hundred_rows_of_three_tables_take_one_more_for_each_table(far: Desk, proxy: Proxy) -> None:
    item, tag = image("items"), image("tags")
    contents = [image("contents", item_id=item["id"]) for _ in range(500)]
    far.push(new("items", item), new("tags", tag), *[new("contents", each) for each in contents])
    assert proxy.round_trips == 4 + 3


@pytest.mark.parametrize(("side", "number", "after"), CUTS)
def test_a_push_that_is_cut_anywhere_is_done_once(
    far: Desk, proxy: Proxy, admin: Connection, item: Image, side: Side, number: int, after: bool
) -> None:
    admin.execute("UPDATE items SET description = 'theirs'")
    proxy.cut = Cut(side, number, after)
    result = far.push(edit("items", item, title="ours"))
    assert proxy.cuts_done == 1
    assert result == PushResult({key("items", item): {**item, "title": "ours", "description": "theirs"}})
    assert stored(admin, "items", item["id"], "title, description") == ("ours", "theirs")
    assert admin.execute("SELECT count(*) FROM localstore_sync.log WHERE device IS NOT NULL").fetchone() == (2,)


def test_a_push_whose_commit_was_done_and_not_heard_of_is_answered_again(
    far: Desk, proxy: Proxy, admin: Connection, item: Image
) -> None:
    proxy.cut = Cut("client", 1, after=True, text="COMMIT")
    far.push(edit("items", item, title="ours"))
    assert (proxy.cuts_done, proxy.said("COMMIT")) == (1, 2)
    assert admin.execute("SELECT count(*) FROM localstore_sync.log WHERE device IS NOT NULL").fetchone() == (2,)


@pytest.mark.parametrize("number", range(1, 25))
@pytest.mark.parametrize("side", ["client", "server"])
def test_a_pull_that_is_cut_anywhere_is_the_same_when_repeated(
    far: Desk, proxy: Proxy, item: Image, side: Side, number: int
) -> None:
    far.push(*[new("items", image("items")) for _ in range(20)])
    proxy.forget()
    proxy.cut = Cut(side, number, times=1)
    assert far.server.run("repeatable read", all_items) == 21


def all_items(session: Session) -> int:
    """How many items a first pull gives."""
    pull.begin(session, None, TOKEN, 0, None, ())
    return sum(len(page.rows) for page in pull.everything(session, "items"))


def test_a_server_that_always_cuts_is_given_up(far: Desk, proxy: Proxy, item: Image) -> None:
    proxy.cut = Cut("client", 3, times=99)
    with pytest.raises(errors.ConnectionLost, match="nothing was lost"):
        far.push(edit("items", item, title="ours"))
    assert len(far.pauses) == 4


def test_a_proxy_that_is_gone_is_a_server_that_is_unreachable(far: Desk, proxy: Proxy, item: Image) -> None:
    proxy.close()
    with pytest.raises(errors.ServerUnreachable):
        far.push(edit("items", item, title="ours"))


# -- a transaction pooler ---------------------------------------------------------------------------------------


@pytest.fixture
def pooler(ready: str) -> Iterator[Proxy]:
    """A pooler in front of the prepared database."""
    with proxied(ready, pooled=True) as between:
        yield between


@pytest.fixture
def pooled(ready: str, pooler: Proxy) -> Iterator[Desk]:
    """A device behind the pooler."""
    desk = Desk(through(pooler, address_of(ready)))
    with desk.server:
        yield desk


def test_each_transaction_may_run_in_another_session(pooled: Desk, pooler: Proxy) -> None:
    asked = [pooled.server.run("read committed", lambda s: s.value("SELECT pg_backend_pid()")) for _ in range(4)]
    assert len(set(asked)) > 1
    assert pooler.sessions == len(set(asked)) or pooler.sessions == len(set(asked)) + 1


def test_pushes_and_pulls_go_through_a_pooler(pooled: Desk, admin: Connection) -> None:
    item = image("items", meta_data='{"x":0.1}')
    pooled.push(new("items", item))
    pooled.push(edit("items", item, title="ours"))
    assert pooled.server.run("repeatable read", all_items) == 1
    assert stored(admin, "items", item["id"], "title") == ("ours",)


def test_two_devices_share_sessions_and_stay_apart(ready: str, pooler: Proxy, pooled: Desk) -> None:
    with Desk(through(pooler, address_of(ready, name="second"))).server as second:
        names = [server.whoami().device_name for server in (pooled.server, second, pooled.server, second)]
    assert names == ["desk", "second", "desk", "second"]
