"""Hashes of vectors and rows are those that a store computes from what it holds."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from localstore.fields import to_vector
from localstore.models import BY_NAME
from sync.comparing.differences import row_hasher
from sync.comparing.verifying import page_keys
from sync.postgres.reading import Reader
from sync.shapes import vector_hash
from tests.sync.functions.people import ADA, LAB, READ, Device, Server, a_row

pytestmark = pytest.mark.postgres
many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MISLEADING = 7.038531e-26


def on_server(server: Server, text: str) -> Any:
    return server.rows("SELECT localstore_sync.vector_hash(%s::jsonb)", text)[0][0]


@many
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@example([0.1, 1.0, -0.0, 1.401298464324817e-45, 3.4028234663852886e38])
@example([MISLEADING, -MISLEADING, 1e-300, -1e-46, 0.5])
@example([1e-300])
def test_a_vector_has_one_hash(server: Server, numbers: list[float]) -> None:
    text = "[" + ", ".join(map(repr, numbers)) + "]"
    assert on_server(server, text) == vector_hash(to_vector(numbers).tobytes())


@many
@given(st.lists(st.floats(-3e38, 3e38), min_size=1, max_size=20))
def test_numbers_of_other_programs_are_rounded_once(server: Server, numbers: list[float]) -> None:
    text = "[" + ", ".join(map(repr, numbers)) + "]"
    assert on_server(server, text) == vector_hash(to_vector(numbers).tobytes())


def test_a_vector_that_was_pushed_has_the_hash_of_its_bytes(server: Server, ada: Device) -> None:
    numbers = struct.unpack("<3f", bytes.fromhex("cdcccc3dffff7f7f01000080"))
    model = server.insert("ai_models", name="m", provider="p")
    row = a_row("embeddings", model_id=model, item_id=server.item(ADA), dim=3, _n=3)
    ada.write("insert", "embeddings", row, vectors=list(numbers))
    (locked,) = ada.lock("embeddings", row["id"])
    assert locked["vector"] == vector_hash(struct.pack("<3f", *numbers))


@pytest.mark.parametrize(
    "text",
    ["[]", "[[1, 2]]", "[[1], [2]]", '["1"]', "[1, null]", "[true]", "{}", "1", "null", "[1e39]", '"[1]"', "[1, {}]"],
)
def test_what_is_no_vector_has_none(server: Server, text: str) -> None:
    assert on_server(server, text) is None


def test_no_vector_has_none(server: Server) -> None:
    assert server.rows("SELECT localstore_sync.vector_hash(NULL)") == [(None,)]


def test_rows_have_the_hashes_that_a_store_gives_them(server: Server, ada: Device) -> None:
    item = server.item(ADA, LAB, description="é\n\t\\", meta_data='{"b": 1, "aa": [1.5, "ü"], "a": null}')
    model, tag = server.insert("ai_models", name="m", provider="p"), server.insert("tags", name="red")
    text = server.insert("contents", item_id=item, created_at="2026-01-02 03:04:05.6+05:30")
    server.insert("embeddings", model_id=model, content_id=text, vector="[0.1, 2]", dim=2)
    server.insert("file_assets", owner_id=ADA, item_id=item, filename="x", path="x", size_bytes=2**40)
    server.insert("events", actor_id=ADA, event_type="x")
    server.insert("item_tag_links", item_id=item, tag_id=tag)
    server.insert("settings", scope="global", key="k", value="null")
    server.insert("api_keys", user_id=ADA, key_hash="h", scopes='["a"]')
    assert {table: theirs(ada, table) for table in BY_NAME} == {table: ours(ada, table) for table in BY_NAME}


def theirs(device: Device, table: str) -> dict[str, str]:
    with device.transaction(READ) as session:
        found = {row["pk"]: row["hash"] for row in session.call(f"hashes_{table}", "", 100)}
    assert found
    return found


def ours(device: Device, table: str) -> dict[str, str]:
    """Hash the rows of a page as a store that took them in."""
    hashed = row_hasher(BY_NAME[table], device.user)
    with device.transaction(READ) as session:
        copied = f"COPY (SELECT * FROM localstore_sync.page_{table}('', 100)) TO STDOUT"
        with session.device.connection.cursor().copy(copied.encode()) as copy:
            raw = b"".join(bytes(block) for block in copy)
    page, _ = Reader(table, marked=False).page(raw)
    model = BY_NAME[table]
    return {pk: hashed(pk, row) for pk, row in zip(page_keys(model, page.rows), page.rows, strict=True)}


def test_pages_follow_each_other_in_the_order_of_keys(server: Server, ada: Device) -> None:
    items = sorted(server.item(ADA) for _ in range(5))
    with ada.transaction(READ) as session:
        pages = [session.call("page_items", after, 2) for after in ("", items[1], items[3], items[4])]
        hashes = [session.call("hashes_items", after, 2) for after in ("", items[1], items[3], items[4])]
    wanted = [items[:2], items[2:4], items[4:], []]
    assert [[row["id"] for row in page] for page in pages] == wanted
    assert [[row["pk"] for row in page] for page in hashes] == wanted


def test_pages_of_rows_that_are_seen_in_two_ways_follow_each_other(server: Server, ada: Device) -> None:
    item = server.item(ADA)
    owners = [ADA, ADA, ADA, server.insert("users", email="e")]
    files = sorted(
        server.insert("file_assets", owner_id=owner, item_id=item, filename="x", path=str(at))
        for at, owner in enumerate(owners)
    )
    with ada.transaction(READ) as session:
        pages = [session.call("page_file_assets", after, 3) for after in ("", files[2])]
    assert [[row["id"] for row in page] for page in pages] == [files[:3], files[3:]]


def test_pages_of_links_follow_each_other(server: Server, ada: Device) -> None:
    tags = [server.insert("tags", name="t") for _ in range(2)]
    items = [server.item(ADA) for _ in range(2)]
    links = sorted(server.insert("item_tag_links", item_id=item, tag_id=tag) for item in items for tag in tags)
    with ada.transaction(READ) as session:
        pages = [session.call("page_item_tag_links", after, 3) for after in ("", links[2])]
    assert [[f"{row['item_id']}/{row['tag_id']}" for row in page] for page in pages] == [links[:3], links[3:]]
