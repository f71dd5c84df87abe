"""A server that is unwell in the middle of a round: one sentence, nothing lost, and the next round goes on."""

from __future__ import annotations

import pytest

from localstore import Store
from sync import sync
from sync.errors import ConnectionLost, ProtocolDiffers, ServerFull, ServerUnreachable, SyncError
from sync.postgres.connection import Connection
from tests.sync.directed.rows import item, server_titles, titles, waiting
from tests.sync.trio import World

FAULT = """CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN {does}; RETURN NEW; END $$;
CREATE TRIGGER fault BEFORE INSERT ON items FOR EACH ROW WHEN (NEW.title = 'second') EXECUTE FUNCTION fault()"""


def failing(store: Store) -> SyncError:
    """The error of a round."""
    with pytest.raises(SyncError) as raised:
        sync(store)
    return raised.value


def check_goes_on(store: Store, server: Connection) -> None:
    """Everything of both sides arrives once, and nothing waits for a person."""
    sync(store)
    assert server_titles(server) == titles(store) == {"first", "second", "theirs"}
    assert waiting(store) == [] and sync(store).quiet


@pytest.mark.parametrize(
    ("does", "kind"),
    [
        ("RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'", ServerFull),
        ("PERFORM pg_terminate_backend(pg_backend_pid())", ConnectionLost),
    ],
    ids=["its disk is full", "it is being restarted"],
)
def test_a_server_that_gives_up_in_a_round_gets_everything_in_a_later_one(
    trio: World, does: str, kind: type[SyncError]
) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    item(server, "theirs")
    store.items.add("first")
    store.items.add("second")
    server.execute(FAULT.format(does=does).encode())
    assert type(failing(store)) is kind
    assert titles(store) >= {"first", "second"}
    server.execute("DROP TRIGGER fault ON items")
    check_goes_on(store, server)


def test_a_server_without_a_free_connection_is_told_and_tried_again_later(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    item(server, "theirs")
    store.items.add("first")
    store.items.add("second")
    name = server.info.dbname
    server.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0".encode())
    assert type(failing(store)) is ServerUnreachable
    server.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1".encode())
    check_goes_on(store, server)


@pytest.mark.parametrize("spoken", [-1, 99], ids=["newer there", "older there"])
def test_a_server_of_another_protocol_is_told_and_costs_nothing(
    trio: World, spoken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    item(server, "theirs")
    store.items.add("first")
    store.items.add("second")
    with monkeypatch.context() as patched:
        patched.setattr("sync.postgres.session.PROTOCOL", spoken)
        assert type(failing(store)) is ProtocolDiffers
    check_goes_on(store, server)
