"""On a database of other names and types the same functions give and take the same values."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.postgres.connection import connect
from sync.postgres.server import install
from tests.postgres import Server as Cluster
from tests.sync.functions.people import ADA, LAB, PEOPLE, Device, Server, a_row

pytestmark = pytest.mark.postgres

WHOLE = "2026-01-02T03:04:05.000000Z"
"""A moment that a server keeps whose times have whole seconds."""
CHANGES = """
CREATE TYPE rank AS ENUM ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER');
CREATE TYPE kind AS ENUM ('note', 'Note', 'prompt');
CREATE DOMAIN short AS varchar(8);
ALTER TABLE organization_memberships ALTER role DROP DEFAULT, ALTER role TYPE rank USING upper(role)::rank;
ALTER TABLE items ALTER type DROP DEFAULT, ALTER type TYPE kind USING type::kind,
  ALTER title TYPE varchar(10), ALTER meta_data DROP DEFAULT, ALTER meta_data TYPE json,
  ALTER created_at TYPE timestamp USING created_at AT TIME ZONE 'UTC', ALTER updated_at TYPE timestamptz(0);
ALTER TABLE tags ALTER color TYPE short;
ALTER TABLE file_assets ALTER size_bytes TYPE integer, ALTER path TYPE varchar(60);
ALTER TABLE embeddings ALTER vector TYPE json, ALTER dim TYPE smallint;
ALTER TABLE items RENAME TO item;
CREATE SCHEMA app;
ALTER TABLE item SET SCHEMA app;
"""


@pytest.fixture
def adopted(postgres_server: Cluster, postgres_template: str) -> Iterator[Server]:
    """A server with other types, enums and names."""
    with postgres_server.database(postgres_template) as url:
        with connect(url, autocommit=True) as connection:
            connection.execute(PEOPLE.encode())
            connection.execute(CHANGES.encode())
        install.init(url, naive_timestamps="utc")
        found = Server(url)
        found.run("SET search_path = public, app")
        yield found
        found.close()


@pytest.fixture
def ada(adopted: Server) -> Device:
    return adopted.device(ADA)


def test_labels_are_read_in_lower_case_and_ranks_known(adopted: Server, ada: Device) -> None:
    assert {row["role"] for row in ada.page("organization_memberships").values()} == {"owner", "member"}
    assert ada.write("update", "organizations", {"id": LAB, "name": "B"}) == []


def test_labels_are_taken_in_any_case(adopted: Server, ada: Device) -> None:
    good = a_row("organization_memberships", user_id=ADA, organization_id=LAB, role="Viewer")
    bad = a_row("organization_memberships", user_id=ADA, organization_id=LAB, role="guest")
    (answer,) = ada.write("insert", "organization_memberships", good, bad)
    assert answer["reason"] == "role takes only OWNER, ADMIN, MEMBER, VIEWER on the server, not guest"
    assert adopted.rows("SELECT role::text FROM organization_memberships WHERE id = %s", good["id"]) == [("VIEWER",)]


def test_labels_that_differ_by_case_alone_are_taken_as_they_are(adopted: Server, ada: Device) -> None:
    rows = [a_row("items", owner_id=ADA, type=label, updated_at=WHOLE) for label in ("Note", "note", "NOTE")]
    (answer,) = ada.write("insert", "items", *rows)
    assert (answer["id"], answer["reason"][:30]) == (rows[2]["id"], "type takes only note, Note, pr")
    assert ada.page("items")[rows[0]["id"]]["type"] == "Note"


def test_a_text_that_is_too_long_is_refused_with_the_column_and_its_length(adopted: Server, ada: Device) -> None:
    good, bad = (a_row("items", owner_id=ADA, title=title, updated_at=WHOLE) for title in ("ten chars!", "eleven char"))
    (answer,) = ada.write("insert", "items", good, bad)
    assert answer["reason"] == "title may have at most 10 characters on the server, this has 11"
    (answer,) = ada.write("update", "items", {"id": good["id"], "title": "a longer title"})
    assert answer["reason"] == "title may have at most 10 characters on the server, this has 14"
    (answer,) = ada.write("insert", "tags", a_row("tags", color="ultramarine"))
    assert answer["reason"] == "color may have at most 8 characters on the server, this has 11"


def test_a_number_that_is_too_large_is_refused(adopted: Server, ada: Device) -> None:
    (answer,) = ada.write("insert", "file_assets", a_row("file_assets", owner_id=ADA, size_bytes=2**31))
    assert answer["reason"] == "size_bytes is at most 2147483647 on the server, this is 2147483648"


def test_times_without_a_zone_are_utc_whatever_the_session_says(adopted: Server, ada: Device) -> None:
    ada.connection.execute("SET TimeZone = 'Asia/Kolkata'")
    row = a_row("items", owner_id=ADA)
    ada.write("insert", "items", row)
    assert adopted.rows("SELECT created_at::text FROM item") == [("2026-01-02 03:04:05.000006",)]
    assert ada.page("items")[row["id"]]["created_at"] == "2026-01-02 03:04:05.000006+00"


def test_a_time_that_the_server_rounds_is_answered(adopted: Server, ada: Device) -> None:
    row = a_row("items", owner_id=ADA, updated_at="2026-01-02T03:04:05.600000Z")
    (answer,) = ada.write("insert", "items", row)
    assert (answer["state"], answer["updated_at"]) == ("row", "2026-01-02 03:04:06+00")


def test_json_keeps_its_text_and_is_compared_by_meaning(adopted: Server, ada: Device) -> None:
    row = a_row("items", owner_id=ADA, updated_at=WHOLE, meta_data={"b": 1.5, "a": [1]})
    assert ada.write("insert", "items", row) == []
    assert ada.page("items")[row["id"]]["meta_data"] == '{"b": 1.5, "a": [1]}'
    assert ada.write("update", "items", {"id": row["id"], "meta_data": {"a": [1], "b": 1.5}}) == []


def test_a_vector_in_json_is_read_changed_and_hashed(adopted: Server, ada: Device) -> None:
    item = a_row("items", owner_id=ADA)
    ada.write("insert", "items", item)
    model = adopted.insert("ai_models", name="m", provider="p")
    row = a_row("embeddings", model_id=model, item_id=item["id"])
    assert ada.write("insert", "embeddings", row, vectors=[0.1, 2.0]) == []
    assert ada.write("update", "embeddings", {"id": row["id"], "_at": 1, "_n": 2}, vectors=[0.2, 2.0]) == []
    assert ada.page("embeddings")[row["id"]]["vector"].replace(" ", "") == "[0.2,2]"
    (locked,) = ada.lock("embeddings", row["id"])
    assert locked["vector"] is not None
    assert ada.pull("embeddings", ada.snapshot()) == ({}, set())


def test_a_json_that_jsonb_refuses_is_hashed_all_the_same(adopted: Server, ada: Device) -> None:
    adopted.run(
        "INSERT INTO item (owner_id, title, type, meta_data) VALUES (%s, 'x', 'note', %s::json)",
        ADA,
        '{"a": "\\u0000"}',
    )
    with ada.transaction() as session:
        (row,) = session.call("hashes_items", "", 10)
    assert row["hash"]


def test_two_paths_are_exchanged_in_a_column_of_few_characters(adopted: Server, ada: Device) -> None:
    files = [adopted.insert("file_assets", owner_id=ADA, filename="x", path=path) for path in "ab"]
    given = [{"id": key, "path": path} for key, path in zip(files, "ba", strict=True)]
    assert ada.write("update", "file_assets", *given) == []
