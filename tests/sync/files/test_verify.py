"""Verify finds what differs and nothing else, and repairs it without losing a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apsw
import pytest

from localstore import Store, ids, values
from localstore.models import BY_NAME
from sync import sync
from sync.comparing.differences import local_hashes
from sync.comparing.row_hash import hasher
from sync.comparing.verifying import VerifyReport, verify
from sync.conflicts import conflicts
from sync.errors import Cancelled, NotLinked
from sync.local.capture import silent
from sync.postgres import pull
from sync.servers import opened
from tests.sync.directed.rows import content, item
from tests.sync.files.carrying import furnish, one, titles
from tests.sync.trio import ADA, BEA, World

pytestmark = pytest.mark.postgres


def unheard(store: Store, sql: str, *given: Any) -> None:
    """Write as a program does while the triggers are missing."""
    with store.database.writing() as connection, silent(connection):
        connection.execute(sql, given)


def found(report: VerifyReport, table: str) -> tuple[list[str], list[str], list[str]]:
    """The ids that differ, are missing here, are missing there."""
    each = report.tables[table]
    return each.differ, each.missing_here, each.missing_there


@pytest.fixture
def store(trio: World) -> Store:
    """Ada's store, linked, with something of every kind, in step."""
    store = trio.store("ada")
    sync(store)
    furnish(store, trio.folder)
    trio.quiet()
    return store


def test_both_sides_are_the_same_after_rounds_with_rows_of_every_kind(store: Store) -> None:
    report = verify(store)
    assert (report.differences, report.waiting, report.references) == (0, 0, {})
    assert all(report.tables[table].rows for table in BY_NAME)
    assert report.is_well


def test_the_server_hashes_every_row_as_the_file_does(store: Store, trio: World) -> None:
    server = trio.plain()
    awkward = {"é": [1e-07, 1e300, -1.5, None, True], "a": {"": 'x"\\\n\x01\u2028😀'}, "bb": 2**63 - 1}
    sql = "INSERT INTO items (id, owner_id, title, description, meta_data) VALUES (%s, %s, %s, %s, %s)"
    server.execute(sql, (ids.new_id(), ADA, "Ä 😀\n", "", values.to_json(awkward)))
    server.execute("UPDATE users SET full_name = 'Ada, Ünïcode', extras = '{\"b\": 1, \"a\": 2}' WHERE id = %s", (ADA,))
    sync(store)
    with opened(store) as device, device.transaction("repeatable read") as session, store.reading() as connection:
        rows = {row[0]: hasher(BY_NAME["items"])(tuple(row)) for row in connection.execute("SELECT * FROM items")}
        assert dict(pull.hashes(session, "items")) == rows
    assert len(rows) == 2
    assert verify(store).is_well


def test_a_document_with_trailing_zeros_is_no_difference(store: Store, trio: World) -> None:
    pk = item(trio.plain(), "with a number")
    trio.plain().execute("UPDATE items SET meta_data = '{\"price\": 1.50}' WHERE id = %s", (pk,))
    sync(store)
    assert verify(store).is_well


def test_what_waits_to_be_pushed_or_pulled_is_no_difference(store: Store, trio: World) -> None:
    pk = item(trio.plain(), "not pulled yet")
    content(trio.plain(), pk, "its text")
    store.items.add("Not pushed yet")
    report = verify(store)
    assert report.is_well
    assert report.waiting >= 3


def test_a_change_that_nobody_noted_is_found_by_id(store: Store) -> None:
    pk = store.items.add("Right").id
    sync(store)
    unheard(store, "UPDATE items SET title = 'Wrong' WHERE id = ?", pk)
    report = verify(store)
    assert found(report, "items") == ([pk], [], [])
    assert report.differences == 1


def test_rows_missing_on_either_side_are_found(store: Store, trio: World) -> None:
    server = trio.plain()
    lost, extra = store.items.add("Lost here").id, ids.new_id()
    sync(store)
    unheard(store, "DELETE FROM items WHERE id = ?", lost)
    unheard(store, "INSERT INTO items (id, owner_id, title) VALUES (?, ?, 'Only here')", extra, ADA)
    assert found(verify(store), "items") == ([], [lost], [extra])
    assert one_of(server, "SELECT count(*) FROM items WHERE id = %s", extra) == 0


def one_of(server: Any, sql: str, *given: Any) -> Any:
    return server.execute(sql, given).fetchone()[0]


def test_a_link_of_an_item_and_a_tag_is_named_by_both(store: Store) -> None:
    pk = store.items.add("Tagged", tags=["todo"]).id
    sync(store)
    tag = one(store, "SELECT tag_id FROM item_tag_links WHERE item_id = ?", pk)
    unheard(store, "DELETE FROM item_tag_links WHERE item_id = ?", pk)
    assert found(verify(store), "item_tag_links") == ([], [f"{pk}/{tag}"], [])


def test_a_vector_that_differs_in_one_number_is_found(store: Store) -> None:
    pk = one(store, "SELECT id FROM embeddings LIMIT 1")
    unheard(store, "UPDATE embeddings SET vector = zeroblob(length(vector)) WHERE id = ?", pk)
    assert found(verify(store), "embeddings") == ([pk], [], [])


def test_pruned_events_are_no_difference(store: Store) -> None:
    store.items.add("Leaves an event")
    sync(store)
    unheard(store, "DELETE FROM events")
    assert verify(store).is_well


def test_what_other_people_do_not_show_is_not_compared(store: Store, trio: World) -> None:
    trio.plain().execute("UPDATE users SET hashed_password = 'secret', extras = '{\"a\": 1}' WHERE id = %s", (BEA,))
    sync(store)
    unheard(store, "UPDATE users SET extras = '{\"mine\": 1}' WHERE id = ?", BEA)
    assert verify(store).is_well


def test_a_key_that_is_empty_here_for_want_of_its_row_is_no_difference(trio: World) -> None:
    bea, server = trio.store("bea", BEA), trio.plain()
    hidden = item(server, "Ada's own", organization=None)
    sql = "INSERT INTO file_assets (owner_id, item_id, filename, path) VALUES (%s, %s, 'f', 'file://h/f')"
    server.execute(sql, (BEA, hidden))
    trio.quiet()
    assert one(bea, "SELECT count(*) FROM file_assets WHERE item_id IS NULL") == 1
    with opened(bea) as device, device.transaction("repeatable read") as session, bea.reading() as connection:
        ours = list(local_hashes(connection, BY_NAME["file_assets"], BEA))
        assert ours == list(pull.hashes(session, "file_assets"))
    assert verify(bea).is_well


def test_rows_that_are_not_shared_are_not_missing_there(trio: World) -> None:
    store = trio.store("ada", share="org")
    store.items.add("Private", text="words", tags=["mine"])
    sync(store)
    store.items.add("In the lab", organization="lab", text="words", tags=["ours"])
    trio.quiet()
    assert verify(store).is_well


def test_a_foreign_key_that_points_nowhere_is_counted(store: Store) -> None:
    tool = apsw.Connection(str(store.path))
    tool.execute("PRAGMA foreign_keys = OFF")
    tool.execute("INSERT INTO contents (item_id, text) VALUES ('00000000-0000-7000-8000-00000000dead', 'orphan')")
    tool.close()
    report = verify(store)
    assert report.references == {"contents": 1}
    assert not report.is_well


REPAIRS: list[tuple[str, Callable[[Store, str], None], str]] = [
    ("another value", lambda s, pk: unheard(s, "UPDATE items SET title = 'Unheard' WHERE id = ?", pk), "Unheard"),
    ("a lost row", lambda s, pk: unheard(s, "DELETE FROM items WHERE id = ?", pk), ""),
]


@pytest.mark.parametrize(("break_it", "kept"), [each[1:] for each in REPAIRS], ids=[each[0] for each in REPAIRS])
def test_repairing_makes_it_as_it_is_there_and_keeps_what_it_replaced(
    store: Store, break_it: Callable[[Store, str], None], kept: str
) -> None:
    pk = store.items.add("Right").id
    sync(store)
    break_it(store, pk)
    assert verify(store, repair=True).repaired
    assert verify(store).is_well
    assert store.items.get(pk).title == "Right"
    assert kept in str([waiting.ours for waiting in conflicts(store).rows])


def test_a_row_that_only_this_file_has_goes_and_is_kept_whole(store: Store) -> None:
    extra = ids.new_id()
    unheard(store, "INSERT INTO items (id, owner_id, title) VALUES (?, ?, 'Only here')", extra, ADA)
    verify(store, repair=True)
    assert verify(store).is_well
    assert "Only here" not in titles(store)
    assert [w.ours["title"] for w in conflicts(store).rows if w.ours and w.pk == extra] == ["Only here"]


def test_repairing_leaves_alone_what_was_changed_here(store: Store) -> None:
    pk = store.items.add("Before").id
    sync(store)
    store.items.edit(pk, title="Changed here")
    verify(store, repair=True)
    assert store.items.get(pk).title == "Changed here"
    sync(store)
    assert verify(store).is_well


def test_verify_can_be_stopped(store: Store) -> None:
    with pytest.raises(Cancelled):
        verify(store, cancelled=lambda: True)


def test_a_store_without_a_server_is_told_how_to_link(trio: World) -> None:
    with pytest.raises(NotLinked, match="sync link URL"):
        verify(trio.unlinked("alone"))
