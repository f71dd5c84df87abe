"""Late and restored: both sides are compared row by row, and nothing that the file knows is lost."""

from __future__ import annotations

from typing import Any

import pytest

from localstore import Store, ids
from sync import sync
from sync.comparing.reconcile import reconcile
from sync.comparing.verifying import verify
from sync.conflicts import conflicts
from sync.errors import Cancelled
from sync.servers import opened
from sync.shapes import ServerState
from tests.sync.directed.rows import content, item
from tests.sync.files.carrying import one, titles
from tests.sync.files.test_verify import unheard
from tests.sync.trio import ADA, BEA, LAB, World

pytestmark = pytest.mark.postgres


@pytest.fixture
def store(trio: World) -> Store:
    """Ada's store, linked and in step."""
    store = trio.store("ada")
    store.items.add("Stays", text="words", tags=["todo"])
    trio.quiet()
    return store


def brought(store: Store, found: ServerState, **options: Any) -> Any:
    with opened(store) as server:
        return reconcile(store, server, found, **options)


def forgets(trio: World, sql: str, *given: Any) -> None:
    """Change the server so that its log knows nothing of it, as a restore or a trimmed log leaves it."""
    with trio.plain() as server:
        server.execute("SET session_replication_role = replica")
        server.execute(sql, given)
        server.execute("DELETE FROM localstore_sync.log")


def forget_item(trio: World, pk: str) -> None:
    """Let the server forget an item with all that hangs on it."""
    forgets(trio, "DELETE FROM item_tag_links WHERE item_id = %s", pk)
    forgets(trio, "DELETE FROM contents WHERE item_id = %s", pk)
    forgets(trio, "DELETE FROM items WHERE id = %s", pk)


def test_late_takes_what_came_changed_and_went_there(store: Store, trio: World) -> None:
    server = trio.plain()
    changed, gone = item(server, "Before"), item(server, "Gone")
    content(server, gone, "its text")
    trio.quiet()
    new = item(server, "New")
    content(server, new, "new text")
    server.execute("UPDATE items SET title = 'After' WHERE id = %s", (changed,))
    server.execute("DELETE FROM items WHERE id = %s", (gone,))
    server.execute("DELETE FROM localstore_sync.log")
    brought(store, ServerState.LATE)
    assert titles(store) == {"Stays", "After", "New"}
    assert one(store, "SELECT count(*) FROM contents WHERE text = 'its text'") == 0
    assert list(conflicts(store).rows) == []
    assert verify(store).is_well


def test_late_merges_what_was_changed_here_too(store: Store, trio: World) -> None:
    server = trio.plain()
    pk = item(server, "Title")
    trio.quiet()
    store.items.edit(pk, description="by Ada")
    forgets(trio, "UPDATE items SET title = 'by the server' WHERE id = %s", pk)
    brought(store, ServerState.LATE)
    sync(store)
    row = store.items.get(pk)
    assert (row.title, row.description) == ("by the server", "by Ada")
    assert verify(store).is_well


def test_late_keeps_an_edit_of_what_the_server_deleted(store: Store, trio: World) -> None:
    pk = item(trio.plain(), "Title")
    trio.quiet()
    store.items.edit(pk, title="Edited here")
    forget_item(trio, pk)
    brought(store, ServerState.LATE)
    (waiting,) = conflicts(store).rows
    assert titles(store) == {"Stays"}
    assert waiting.ours and waiting.ours["title"] == "Edited here"


def test_late_leaves_new_rows_to_be_pushed(store: Store, trio: World) -> None:
    pk = store.items.add("Never sent").id
    brought(store, ServerState.LATE)
    sync(store)
    assert trio.plain().execute("SELECT title FROM items WHERE id = %s", (pk,)).fetchone() == ("Never sent",)


def test_late_finishes_a_deletion_made_here(store: Store, trio: World) -> None:
    pk = store.items.add("To be deleted").id
    sync(store)
    store.items.delete(pk)
    brought(store, ServerState.LATE)
    sync(store)
    assert titles(store) == {"Stays"}
    assert trio.plain().execute("SELECT count(*) FROM items").fetchone() == (1,)


def test_late_does_not_make_the_server_forget_events_that_were_pruned_there(store: Store, trio: World) -> None:
    before = one(store, "SELECT count(*) FROM events")
    forgets(trio, "DELETE FROM events")
    brought(store, ServerState.LATE)
    assert one(store, "SELECT count(*) FROM events") == before


def test_rows_that_a_restored_server_forgot_live_again(store: Store, trio: World) -> None:
    pk = store.items.add("After the dump", text="words", tags=["todo"]).id
    sync(store)
    forget_item(trio, pk)
    brought(store, ServerState.RESTORED)
    sync(store)
    server = trio.plain()
    assert titles(store) == {"Stays", "After the dump"}
    assert server.execute("SELECT title FROM items WHERE id = %s", (pk,)).fetchone() == ("After the dump",)
    assert server.execute("SELECT text FROM contents WHERE item_id = %s", (pk,)).fetchone() == ("words",)
    assert server.execute("SELECT count(*) FROM item_tag_links WHERE item_id = %s", (pk,)).fetchone() == (1,)
    assert verify(store).is_well


def test_a_value_that_a_restored_server_forgot_waits_as_a_conflict(store: Store, trio: World) -> None:
    pk = store.items.add("After the dump").id
    sync(store)
    forgets(trio, "UPDATE items SET title = 'As in the dump' WHERE id = %s", pk)
    brought(store, ServerState.RESTORED)
    (waiting,) = conflicts(store).rows
    assert store.items.get(pk).title == "As in the dump"
    assert (waiting.pk, waiting.reason) == (pk, "the server was restored")
    assert waiting.ours == {"title": "After the dump"}
    assert verify(store).is_well


def test_an_edit_of_a_row_that_a_restored_server_forgot_goes_as_a_new_row(store: Store, trio: World) -> None:
    pk = store.items.add("After the dump").id
    sync(store)
    store.items.edit(pk, title="Edited since")
    forget_item(trio, pk)
    brought(store, ServerState.RESTORED)
    sync(store)
    assert trio.plain().execute("SELECT title FROM items WHERE id = %s", (pk,)).fetchone() == ("Edited since",)
    assert list(conflicts(store).rows) == []


def test_beside_an_edit_of_ours_what_a_restored_server_forgot_is_kept(store: Store, trio: World) -> None:
    pk = store.items.add("Title", description="As in the dump").id
    sync(store)
    store.items.edit(pk, title="Edited since")
    forgets(trio, "UPDATE items SET description = 'Older' WHERE id = %s", pk)
    brought(store, ServerState.RESTORED)
    sync(store)
    row = store.items.get(pk)
    assert (row.title, row.description) == ("Edited since", "Older")
    assert [each.ours for each in conflicts(store).rows] == [{"description": "As in the dump"}]
    assert verify(store).is_well


def test_a_new_row_that_is_on_its_way_keeps_its_generation(store: Store, trio: World) -> None:
    pk = store.items.add("Never sent").id
    sql = "SELECT generation FROM sync_dirty WHERE pk = ?"
    before = one(store, sql, pk)
    brought(store, ServerState.RESTORED)
    assert one(store, sql, pk) == before


def test_rows_of_a_restored_server_that_are_not_here_come(store: Store, trio: World) -> None:
    pk = ids.new_id()
    forgets(trio, "INSERT INTO items (id, owner_id, title) VALUES (%s, %s, 'Deleted after the dump')", pk, ADA)
    brought(store, ServerState.RESTORED)
    assert titles(store) == {"Stays", "Deleted after the dump"}


def test_events_of_others_that_a_restored_server_forgot_are_not_sent(store: Store, trio: World) -> None:
    server = trio.plain()
    about = item(server, "Of the lab", organization=LAB)
    sql = "INSERT INTO events (actor_id, item_id, event_type) VALUES (%s, %s, 'seen')"
    server.execute(sql, (BEA, about))
    trio.quiet()
    forgets(trio, "DELETE FROM events")
    brought(store, ServerState.RESTORED)
    sync(store)
    assert server.execute("SELECT count(*) FROM events WHERE actor_id = %s", (BEA,)).fetchone() == (0,)
    assert list(conflicts(store).rows) == []


def test_reconciling_twice_changes_nothing_more(store: Store, trio: World) -> None:
    pk = store.items.add("After the dump").id
    sync(store)
    forgets(trio, "UPDATE items SET title = 'As in the dump' WHERE id = %s", pk)
    brought(store, ServerState.RESTORED)
    again = brought(store, ServerState.RESTORED)
    assert (again.changed, again.deleted, again.again, again.conflicts) == (0, 0, 0, 0)
    assert len(conflicts(store).rows) == 1


def test_it_can_be_stopped_and_goes_on(store: Store, trio: World) -> None:
    item(trio.plain(), "New")
    trio.plain().execute("DELETE FROM localstore_sync.log")
    with pytest.raises(Cancelled):
        brought(store, ServerState.LATE, cancelled=lambda: True)
    brought(store, ServerState.LATE)
    assert "New" in titles(store)


def test_an_unnoted_difference_is_the_servers_after_a_long_absence(store: Store) -> None:
    pk = one(store, "SELECT id FROM items")
    unheard(store, "UPDATE items SET description = 'stale' WHERE id = ?", pk)
    brought(store, ServerState.LATE)
    assert store.items.get(pk).description is None
