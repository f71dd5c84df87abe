"""Locking shows rows as they are, waits for nobody, and holds nothing that is not the user's."""

from __future__ import annotations

import psycopg
import pytest

from sync.postgres.connection import Connection
from tests.sync.functions.people import ADA, BEA, CAL, LAB, Device, Record, Server, a_row, an_id

pytestmark = pytest.mark.postgres


def states(answer: list[Record]) -> dict[str, str]:
    return {row["id"]: row["state"] for row in answer}


@pytest.fixture
def program(server: Server) -> Connection:
    """A program of the owner's in the middle of a transaction."""
    other = server.program()
    other.execute("BEGIN")
    return other


def locks(program: Connection, sql: str) -> bool:
    """Tell whether the program gets a lock without waiting."""
    try:
        program.execute(sql.encode())
    except psycopg.errors.LockNotAvailable:
        program.execute("ROLLBACK")
        return False
    return True


def test_rows_are_shown_as_they_are(server: Server, ada: Device) -> None:
    item = server.item(ADA, description="d")
    (row,) = ada.lock("items", item, an_id(99))
    assert (row["state"], row["id"], row["description"]) == ("row", item, "d")


def test_a_vector_is_shown_as_its_hash(server: Server, ada: Device) -> None:
    model = server.insert("ai_models", name="m", provider="p")
    key = server.insert("embeddings", model_id=model, item_id=server.item(ADA), vector="[1, 2]", dim=2)
    (row,) = ada.lock("embeddings", key)
    assert len(row["vector"]) == 32


def test_secrets_of_others_are_not_shown(ada: Device) -> None:
    assert {row["id"]: row["hashed_password"] for row in ada.lock("users", ADA, BEA)} == {ADA: "ada's hash", BEA: ""}


def test_a_row_of_two_keys_is_locked_by_both(server: Server, ada: Device) -> None:
    tag = server.insert("tags", name="red")
    item = server.item(ADA)
    link = server.insert("item_tag_links", item_id=item, tag_id=tag)
    (row,) = ada.lock("item_tag_links", link, f"{item}/{an_id(99)}")
    assert (row["state"], row["item_id"], row["tag_id"]) == ("row", item, tag)


def test_what_is_hidden_is_named_and_not_shown(server: Server, ada: Device) -> None:
    hidden = server.item(CAL)
    (row,) = ada.lock("items", hidden)
    assert (row["state"], row["id"], row["title"]) == ("unseen", hidden, None)


def test_what_another_transaction_holds_is_busy(server: Server, ada: Device, program: Connection) -> None:
    held, free = server.item(ADA), server.item(ADA)
    program.execute("UPDATE items SET title = 'B' WHERE id = %s", [held])
    answer = ada.lock("items", held, free)
    assert states(answer) == {held: "busy", free: "row"}
    assert {row["id"]: row["title"] for row in answer} == {held: None, free: "Item"}


def test_a_lock_is_held_until_the_end(server: Server, ada: Device, program: Connection) -> None:
    item = server.item(ADA)
    with ada.transaction() as session:
        session.lock("items", item)
        assert not locks(program, "SELECT FROM items FOR UPDATE NOWAIT")
    program.execute("BEGIN")
    assert locks(program, "SELECT FROM items FOR UPDATE NOWAIT")


def test_rows_to_be_changed_may_be_referred_to(server: Server, ada: Device, program: Connection) -> None:
    item = server.item(ADA)
    with ada.transaction() as session:
        session.lock("items", item)
        assert locks(program, "SELECT FROM items FOR KEY SHARE NOWAIT")


def test_rows_to_be_deleted_may_not(server: Server, ada: Device, program: Connection) -> None:
    item = server.item(ADA)
    with ada.transaction() as session:
        session.lock("items", item, deletes=[item])
        assert not locks(program, "SELECT FROM items FOR KEY SHARE NOWAIT")


@pytest.mark.parametrize("table", ["contents", "embeddings", "file_assets", "events", "item_tag_links"])
def test_what_is_deleted_along_is_locked_along(server: Server, ada: Device, program: Connection, table: str) -> None:
    item = tree(server)
    with ada.transaction() as session:
        session.lock("items", item, deletes=[item])
        assert not locks(program, f"SELECT FROM {table} FOR NO KEY UPDATE NOWAIT")


@pytest.mark.parametrize("table", ["contents", "embeddings", "file_assets", "events", "item_tag_links"])
def test_a_row_is_busy_while_somebody_holds_what_it_would_delete(
    server: Server, ada: Device, program: Connection, table: str
) -> None:
    item, other = tree(server), server.item(ADA)
    program.execute(f"SELECT FROM {table} FOR UPDATE".encode())
    assert states(ada.lock("items", item, other, deletes=[item, other])) == {item: "busy", other: "row"}


def tree(server: Server) -> str:
    """An item with a row of each table below it; the vector hangs on the text."""
    item = server.item(ADA)
    text = server.insert("contents", item_id=item)
    model, tag = server.insert("ai_models", name="m", provider="p"), server.insert("tags", name="red")
    server.insert("embeddings", model_id=model, content_id=text, vector="[1]", dim=1)
    server.insert("file_assets", owner_id=ADA, item_id=item, filename="x", path="x")
    server.insert("events", actor_id=ADA, item_id=item, event_type="x")
    server.insert("item_tag_links", item_id=item, tag_id=tag)
    return item


def test_who_only_reads_a_row_holds_nobody_up(server: Server, bea: Device, program: Connection) -> None:
    item = server.item(ADA, LAB)
    server.run("UPDATE organization_memberships SET role = 'viewer' WHERE user_id = %s", BEA)
    with bea.transaction() as session:
        assert states(session.lock("items", item, deletes=[item])) == {item: "row"}
        assert locks(program, "SELECT FROM items FOR UPDATE NOWAIT")


def test_a_hidden_row_is_not_locked(server: Server, bea: Device, program: Connection) -> None:
    item = server.item(CAL)
    with bea.transaction() as session:
        session.lock("items", item, deletes=[item])
        assert locks(program, "SELECT FROM items FOR UPDATE NOWAIT")


# -- unique values -------------------------------------------------------------------------------------------


def test_a_value_of_a_row_that_is_seen_is_taken_and_shown(ada: Device) -> None:
    (row,) = ada.lock("organizations", slug={an_id(99): "lab"})
    assert (row["state"], row["id"], row["name"]) == ("taken:slug", LAB, "Lab")


def test_a_value_of_a_hidden_row_is_taken_by_nobody(ada: Device) -> None:
    (row,) = ada.lock("organizations", slug={an_id(99): "den"})
    assert (row["state"], row["id"], row["name"], row["slug"]) == ("hidden:slug", None, None, "den")


def test_ones_own_value_is_free(ada: Device) -> None:
    assert ada.lock("organizations", slug={LAB: "lab", an_id(99): "free"}) == []


def test_a_text_that_has_a_vector_is_told(server: Server, ada: Device) -> None:
    model = server.insert("ai_models", name="m", provider="p")
    text = server.insert("contents", item_id=server.item(ADA))
    key = server.insert("embeddings", model_id=model, content_id=text, vector="[1]", dim=1)
    (row,) = ada.lock("embeddings", content_id={an_id(99): text})
    assert (row["state"], row["id"]) == ("taken:content_id", key)


# -- parents ---------------------------------------------------------------------------------------------------


def test_a_parent_that_is_being_deleted_is_not_waited_for(server: Server, ada: Device, program: Connection) -> None:
    item = server.item(ADA)
    program.execute("DELETE FROM items")
    with pytest.raises(psycopg.errors.LockNotAvailable, match=f"items {item}"), ada.transaction() as session:
        session.execute("SET LOCAL lock_timeout = 0")
        session.write("insert", "contents", a_row("contents", item_id=item))


def test_a_parent_that_is_being_changed_is_no_hindrance(server: Server, ada: Device, program: Connection) -> None:
    item = server.item(ADA)
    program.execute("UPDATE items SET title = 'B'")
    assert ada.write("insert", "contents", a_row("contents", item_id=item)) == []


def test_a_parent_that_is_not_there_is_named(server: Server, ada: Device) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as error:
        ada.write("insert", "contents", a_row("contents", item_id=an_id(99)))
    assert error.value.diag.column_name == "item_id"
    assert error.value.diag.message_detail == f'Key (item_id)=({an_id(99)}) is not present in table "items".'


def test_deleting_waits_for_nobody(server: Server, ada: Device, program: Connection) -> None:
    item = server.item(ADA)
    program.execute("UPDATE items SET title = 'B'")
    with pytest.raises(psycopg.errors.LockNotAvailable), ada.transaction() as session:
        session.execute("SET LOCAL lock_timeout = 0")
        session.call("delete_items", [item])
