"""Triggers of the server's owner change what devices push: every device has what the server has then."""

from __future__ import annotations

import pytest

from localstore import Store
from sync import sync
from sync.postgres.connection import Connection
from tests.sync.directed.rows import asked, waiting, written
from tests.sync.trio import BEA, World

HALVES, OURS, NEWER = "0000003F0000003F", [1.0, 0.0], "0000803F0000803F"
TRIGGER = """
CREATE FUNCTION halves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.vector := '[0.5, 0.5]'; RETURN NEW; END $$;
CREATE TRIGGER halves BEFORE INSERT OR UPDATE ON embeddings FOR EACH ROW EXECUTE FUNCTION halves()
"""


def embedded(store: Store) -> None:
    """Give a text of the lab a vector."""
    item = store.items.add("an item", text="its text", organization="lab")
    model = store.ai_models.add("m", "p").id
    store.embeddings.put_one(model, OURS, content=store.contents.of(item.id)[0].id)


def vectors(store: Store) -> list[str]:
    return [row[0] for row in asked(store, "SELECT hex(vector) FROM embeddings")]


@pytest.fixture
def server(trio: World) -> Connection:
    """A program on the server, whose owner changes every vector."""
    server = trio.plain()
    server.execute(TRIGGER)
    return server


def test_a_vector_that_the_server_changed_is_the_one_on_every_device(trio: World, server: Connection) -> None:
    one, two = trio.store("ada"), trio.store("bea", BEA)
    trio.quiet()
    embedded(one)
    trio.quiet()
    assert server.execute("SELECT vector FROM embeddings").fetchall() == [([0.5, 0.5],)]
    assert (vectors(one), vectors(two)) == ([HALVES], [HALVES])
    assert (waiting(one), asked(one, "SELECT * FROM sync_dirty")) == ([], [])


def test_a_vector_that_an_edit_brought_is_changed_too(trio: World, server: Connection) -> None:
    one, two = trio.store("ada"), trio.store("bea", BEA)
    trio.quiet()
    server.execute("ALTER TABLE embeddings DISABLE TRIGGER halves")
    embedded(one)
    trio.quiet()
    server.execute("ALTER TABLE embeddings ENABLE TRIGGER halves")
    written(one, "UPDATE embeddings SET vector = unhex(?)", NEWER)
    sync(one)
    assert vectors(one) == [HALVES]
    trio.quiet()
    assert vectors(two) == [HALVES]


def test_an_edit_that_left_the_vector_alone_brings_the_servers(trio: World, server: Connection) -> None:
    one, two = trio.store("ada"), trio.store("bea", BEA)
    trio.quiet()
    server.execute("ALTER TABLE embeddings DISABLE TRIGGER halves")
    embedded(one)
    trio.quiet()
    server.execute("ALTER TABLE embeddings ENABLE TRIGGER halves")
    written(one, "UPDATE embeddings SET meta_data = '{\"a\":1}'")
    sync(one)
    assert vectors(one) == [HALVES]
    trio.quiet()
    assert vectors(two) == [HALVES]
