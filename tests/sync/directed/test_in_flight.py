"""What happens to a row while its push is on the way, or below a row that is deleted elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from localstore import Store
from sync import resolve, sync
from sync.conflicts import conflicts
from sync.postgres.connection import Connection
from sync.shapes import Progress
from tests.sync.directed.rows import asked, content, item, kept, server_titles, texts, titles, waiting, written
from tests.sync.trio import BEA, World, one


@contextmanager
def in_flight(trio: World, store: Store) -> Iterator[None]:
    """Run a round in a thread; the block runs once its batch is on its way, and before the server has taken it."""
    holder = trio.plain()
    holder.execute("BEGIN; LOCK TABLE localstore_sync.batch IN EXCLUSIVE MODE")
    ended: list[BaseException] = []

    def act() -> None:
        try:
            sync(store)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=act)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not asked(store, "SELECT 1 FROM sync_outbox WHERE acknowledged_at IS NULL"):
            assert time.monotonic() < deadline and not ended, ended
        yield
    finally:
        holder.execute("COMMIT")
        thread.join()
    assert not ended, ended


def of_server(server: Connection, pk: str) -> str | None:
    title: str | None = one(server, "SELECT title FROM items WHERE id = %s", pk)
    return title


def test_an_edit_made_while_its_row_is_pushed_goes_with_the_next_batch(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = store.items.add("first").id
    with in_flight(trio, store):
        store.items.edit(pk, title="second")
    sync(store)
    assert (of_server(server, pk), titles(store), waiting(store)) == ("second", {"second"}, [])
    assert sync(store).quiet


def test_a_row_that_returns_to_its_pushed_value_is_pushed_back_too(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = store.items.add("first").id
    sync(store)
    store.items.edit(pk, title="second")
    with in_flight(trio, store):
        store.items.edit(pk, title="first")
    sync(store)
    assert (of_server(server, pk), titles(store)) == ("first", {"first"})


def test_a_row_deleted_while_its_first_push_is_on_the_way_does_not_come_back(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = store.items.add("short-lived").id
    with in_flight(trio, store):
        store.items.delete(pk, cascade=True)
    sync(store)
    assert (of_server(server, pk), titles(store)) == (None, set())
    assert sync(store).quiet


def test_a_row_deleted_and_brought_back_while_its_push_is_on_the_way_lives(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = store.items.add("phoenix").id
    with in_flight(trio, store):
        store.items.delete(pk, cascade=True)
        store.undo()
        store.items.edit(pk, title="phoenix, edited")
    sync(store)
    assert (of_server(server, pk), titles(store)) == ("phoenix, edited", {"phoenix, edited"})


def test_an_edit_elsewhere_meets_an_edit_made_while_a_push_was_on_the_way(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = store.items.add("first").id
    sync(store)
    store.items.edit(pk, title="second")
    with in_flight(trio, store):
        store.items.edit(pk, title="third")
        server.execute("UPDATE items SET title = 'theirs' WHERE id = %s", (pk,))
    sync(store)
    assert (of_server(server, pk), titles(store)) == ("theirs", {"theirs"})
    assert "third" in kept(store)


def test_a_child_that_was_never_sent_outlives_the_deletion_of_its_parent_as_a_conflict(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "parent")
    sync(store)
    store.contents.add(pk, "never sent")
    server.execute("DELETE FROM items WHERE id = %s", (pk,))
    sync(store)
    assert titles(store) == set()
    assert "never sent" in kept(store)
    assert ("contents", "parent gone") in waiting(store)


def test_one_action_brings_back_both_the_child_and_its_deleted_parent(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "parent")
    sync(store)
    store.contents.add(pk, "never sent")
    server.execute("DELETE FROM items WHERE id = %s", (pk,))
    sync(store)
    wanted = next(each for each in conflicts(store).rows if each.tbl == "contents")
    resolve(store, wanted.id, "mine")
    sync(store)
    assert (titles(store), texts(store)) == ({"parent"}, {"never sent"})
    assert server_titles(server) == {"parent"}


def test_a_child_edited_on_the_server_while_its_parent_was_deleted_here_is_kept(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "parent")
    child = content(server, pk, "as it was")
    sync(store)
    store.items.delete(pk, cascade=True)
    server.execute("UPDATE contents SET text = 'edited there' WHERE id = %s", (child,))
    sync(store)
    sync(store)
    assert "edited there" in texts(store) | {row[0] for row in server.execute("SELECT text FROM contents")} or (
        "edited there" in kept(store)
    )


def test_a_child_added_on_the_server_while_its_parent_was_deleted_here_is_kept(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "parent")
    sync(store)
    store.items.delete(pk, cascade=True)
    content(server, pk, "added there")
    sync(store)
    sync(store)
    assert "added there" in texts(store) | {row[0] for row in server.execute("SELECT text FROM contents")} or (
        "added there" in kept(store)
    )


def test_a_child_of_another_that_was_never_seen_here_survives_a_plain_deletion_here(trio: World) -> None:
    ada, bea = trio.store("ada"), trio.store("bea", BEA)
    server = trio.plain()
    pk = item(server, "parent")
    trio.quiet()
    bea.contents.add(pk, "by Bea")
    sync(bea)
    written(ada, "DELETE FROM items WHERE id = ?", pk)
    trio.quiet()
    assert "by Bea" in kept(ada) or "by Bea" in kept(bea) or "by Bea" in texts(ada) & texts(bea)


# -- what others do on the server between a round's pull and its push ----------------------------------------


def meanwhile(phase: str, act: Callable[[], object]) -> Callable[[Progress], None]:
    """Act once, when a round first tells of that phase."""
    once = iter([act])

    def report(progress: Progress) -> None:
        if progress.phase == phase:
            next(once, lambda: None)()

    return report


def everywhere(store: Store, server: Connection) -> str:
    """All texts that live on the server or in the store, and all that its conflicts keep."""
    return repr([texts(store), server.execute("SELECT text FROM contents").fetchall(), kept(store)])


def test_a_child_added_on_the_server_between_pull_and_push_survives_the_deletion_of_its_parent(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "parent")
    sync(store)
    store.items.delete(pk, cascade=True)
    sync(store, report=meanwhile("push", lambda: content(server, pk, "unseen")))
    trio.quiet()
    assert "unseen" in everywhere(store, server)


def test_a_child_edited_on_the_server_between_pull_and_push_survives_the_deletion_of_its_parent(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "parent")
    child = content(server, pk, "as it was")
    sync(store)
    store.items.delete(pk, cascade=True)
    sql = "UPDATE contents SET text = 'unseen' WHERE id = %s"
    sync(store, report=meanwhile("push", lambda: server.execute(sql, (child,))))
    trio.quiet()
    assert "unseen" in everywhere(store, server)


def test_a_row_edited_on_the_server_between_pull_and_push_is_merged(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "title")
    sync(store)
    store.items.edit(pk, title="mine")
    sql = "UPDATE items SET title = 'theirs', description = 'theirs too' WHERE id = %s"
    sync(store, report=meanwhile("push", lambda: server.execute(sql, (pk,))))
    trio.quiet()
    assert (titles(store), of_server(server, pk)) == ({"theirs"}, "theirs")
    assert asked(store, "SELECT description FROM items") == [("theirs too",)]
    assert "mine" in kept(store)


def test_a_row_deleted_on_the_server_between_pull_and_push_is_kept(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "title")
    sync(store)
    store.items.edit(pk, title="mine")
    sync(store, report=meanwhile("push", lambda: server.execute("DELETE FROM items WHERE id = %s", (pk,))))
    trio.quiet()
    assert (titles(store), server_titles(server)) == (set(), set())
    assert "mine" in kept(store)


def test_a_child_moved_below_a_parent_that_is_deleted_elsewhere_is_kept(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    one_, two = item(server, "one"), item(server, "two")
    child = content(server, one_, "child")
    sync(store)
    written(store, "UPDATE contents SET item_id = ? WHERE id = ?", two, child)
    sql = "DELETE FROM items WHERE id = %s"
    sync(store, report=meanwhile("push", lambda: server.execute(sql, (two,))))
    trio.quiet()
    assert "child" in everywhere(store, server)


def test_a_device_that_syncs_in_the_midst_of_anothers_round_loses_nothing(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    pk = item(server, "shared")
    trio.quiet()
    ada.contents.add(pk, "by Ada")
    bea.contents.add(pk, "by Bea")
    ada.items.edit(pk, description="described by Ada")
    bea.items.edit(pk, title="titled by Bea")
    sync(ada, report=meanwhile("push", lambda: sync(bea)))
    trio.quiet()
    assert texts(ada) == texts(bea) == {"by Ada", "by Bea"}
    assert titles(ada) == titles(bea) == {"titled by Bea"}
    assert asked(bea, "SELECT description FROM items") == [("described by Ada",)]


def test_a_file_whose_item_went_and_came_back_is_the_same_everywhere(trio: World) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    pk = item(server, "comes back")
    trio.quiet()
    sql = "INSERT INTO file_assets (owner_id, item_id, filename, path) VALUES (?, ?, 'f', 'file://h/f')"
    written(bea, sql, BEA, pk)
    ada.items.delete(pk, cascade=True)
    sync(ada)
    sync(bea)
    ada.undo()
    trio.quiet()
    (home,) = server.execute("SELECT item_id::text FROM file_assets").fetchone() or (None,)
    assert asked(bea, "SELECT item_id FROM file_assets") == [(home,)]


def test_a_child_moved_here_below_a_parent_that_was_deleted_there_stays_where_the_server_has_it(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    left, right = item(server, "left"), item(server, "right")
    child = content(server, left, "child")
    sync(store)
    written(store, "UPDATE contents SET item_id = ? WHERE id = ?", right, child)
    server.execute("DELETE FROM items WHERE id = %s", (right,))
    trio.quiet()
    assert server.execute("SELECT item_id::text FROM contents").fetchall() == [(left,)]
    assert asked(store, "SELECT item_id FROM contents") == [(left,)]
