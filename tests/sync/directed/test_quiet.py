"""Rounds without a change leave both sides as they are: nobody plays ping-pong."""

from __future__ import annotations

import pytest

from localstore import Store
from sync import sync
from tests.localstore.world import dump
from tests.sync.directed.rows import asked, content, item, marks
from tests.sync.trio import BEA, World


def busy(one: Store, two: Store) -> None:
    """Write a bit of everything on two stores, partly the same rows."""
    mine = one.items.add("mine", text="a\nb\nc", tags=["todo", "größe"])
    theirs = two.items.add("theirs", text="c", tags=["TODO"], organization="lab")
    model = one.ai_models.add("m", "p").id
    two.ai_models.add("m", "p")
    one.embeddings.put_one(model, [0.1, 1e-30, -0.0], content=one.contents.of(mine.id)[0].id)
    one.settings.set("import.split", "headings", scope="user")
    one.items.edit(mine.id, organization="lab", meta_data={"deep": {"x": [1, 2.5, None, "ü"]}, "big": 2**60})
    two.items.edit(theirs.id, description="about")


def test_after_quiet_rounds_leave_log_outbox_and_rows_unchanged(trio: World) -> None:
    one, two, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    content(server, item(server, "by a program"), "its text")
    trio.quiet()
    busy(one, two)
    trio.quiet()
    before, rows = marks(server, one, two), (dump(one), dump(two))
    assert [sync(store).quiet for store in (one, two) * 3] == [True] * 6
    assert marks(server, one, two) == before
    assert (dump(one), dump(two)) == rows


@pytest.mark.parametrize(
    "document",
    ['{"b": 1, "a": 1}', '{"n": 1.0}', '{"n": 1e2}', '{"n": 100000000000000000000}', '{"u": "\\u00fc", "e": ""}', "{}"],
)
def test_a_document_that_both_sides_print_differently_does_not_travel_for_ever(trio: World, document: str) -> None:
    one, two, server = trio.store("ada"), trio.store("desk"), trio.plain()
    pk = item(server, "with a document")
    server.execute("UPDATE items SET meta_data = %s WHERE id = %s", (document, pk))
    trio.quiet()
    one.items.edit(pk, title="touched")
    trio.quiet()
    before = marks(server, one, two)
    assert [sync(store).quiet for store in (one, two) * 2] == [True] * 4
    assert marks(server, one, two) == before


def test_a_device_is_not_sent_what_it_pushed(trio: World) -> None:
    store = trio.store("ada")
    sync(store)
    store.items.add("mine", text="text")
    assert "items" in sync(store).pushed
    after = sync(store)
    assert (after.pulled, after.bytes_down) == ({}, 0)


def test_what_came_from_the_server_is_not_noted_as_a_change_of_ours(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    pk = content(server, item(server, "there"), "text")
    sync(store)
    server.execute("UPDATE contents SET text = 'edited' WHERE id = %s", (pk,))
    done = sync(store)
    assert (done.pushed, done.pulled) == ({}, {"contents": 1})
    assert asked(store, "SELECT * FROM sync_dirty") == []


def test_an_edit_that_was_taken_back_before_the_round_is_not_pushed(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "title")
    sync(store)
    before = marks(server)
    stored = store.items.get(pk).updated_at
    store.items.edit(pk, title="other")
    store.items.edit(pk, title="title")
    with store.database.writing() as connection:
        connection.execute("DELETE FROM events")
        connection.execute(
            "UPDATE items SET updated_at = ? WHERE id = ?",
            (stored.isoformat(timespec="microseconds").replace("+00:00", "Z"), pk),
        )
    sync(store)
    assert marks(server) == before
