"""Repointing: everything that refers to one row refers to another."""

from __future__ import annotations

from typing import Any

import pytest

from localstore import Store, ids
from localstore.bulk.batch import silenced
from localstore.models import AIModel, Content, Item, Organization, Row, Tag, User
from localstore.repointing import repoint
from tests.localstore.snapshots import dumped
from tests.localstore.world import World, dump, populate

LOCAL = (
    "trash",
    "trash_rows",
    "undo_log",
    "drafts",
    "saved_searches",
    "preferences",
    "local_state",
    "embedding_states",
)


def move(store: Store, model: type[Row], old: str, new: str) -> None:
    with store.database.writing() as connection, silenced(connection):
        repoint(connection, model, old, new)


def rows(store: Store, sql: str) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(sql))


@pytest.fixture
def world(store: Store) -> World:
    return populate(store)


def test_everything_of_a_person_goes_to_another_and_keeps_its_stamps(store: Store, world: World) -> None:
    before = dump(store)
    other = store.users.add("carol@example.org").id
    move(store, User, world.users, other)
    after = dump(store)
    assert [row["owner_id"] for row in after["items"].values()].count(other) == 1
    assert after["api_keys"][world.api_keys]["user_id"] == other
    assert after["organization_memberships"][world.organization_memberships]["user_id"] == other
    assert after["events"][world.events]["actor_id"] == other
    assert after["items"][world.items]["updated_at"] == before["items"][world.items]["updated_at"]
    referring = {table: rows for table, rows in after.items() if table != "users"}
    assert world.users not in repr(referring)
    assert world.users in after["users"]


@pytest.mark.parametrize("model", [Organization, AIModel])
def test_no_row_refers_to_the_old_one_any_more(store: Store, world: World, model: type[Row]) -> None:
    table = str(model._meta.table_name)
    old, new = getattr(world, table), ids.new_id()
    with store.database.writing() as connection:
        names = "name, slug" if model is Organization else "name, provider"
        connection.execute(f"INSERT INTO {table} (id, {names}) VALUES ('{new}', 'x', 'y')")
    move(store, model, old, new)
    after = dump(store)
    assert old not in repr([rows for name, rows in after.items() if name != table])
    assert new in repr([rows for name, rows in after.items() if name != table])


def test_texts_that_hold_the_id_are_rewritten(store: Store, world: World) -> None:
    item = store.items.add("Gone").id
    store.items.delete(item)
    old, new = store.local_user_id, world.users
    store.drafts.keep(f"item:{old}", f"to {old}")
    store.preferences.set("last", {"user": old})
    store.saved_searches.save("mine", f"meta_data.author={old}")
    move(store, User, old, new)
    assert old not in dumped(store, *LOCAL)
    assert store.state.get("local_user") == new
    store.__dict__.pop("local_user_id", None)
    store.trash.restore(store.trash.entries()[0].id)
    assert store.items.get("Gone").owner_id == new


def test_undo_works_after_its_person_became_another(store: Store, world: World) -> None:
    item = store.items.add("First").id
    store.items.edit(item, title="Second")
    move(store, User, store.local_user_id, world.users)
    store.__dict__.pop("local_user_id", None)
    store.undo()
    assert store.items.get(item).title == "First"


def test_a_link_that_would_be_there_twice_stays_once(store: Store) -> None:
    one, two = store.tags.add("one").id, store.tags.add("two").id
    both, single = store.items.add("Both", tags=["one", "two"]).id, store.items.add("Single", tags=["one"]).id
    move(store, Tag, one, two)
    found = rows(store, "SELECT item_id, tag_id FROM item_tag_links")
    assert set(found) == {(both, two), (single, two)}
    assert len(found) == 2


def test_vectors_keep_their_item_in_lists(store: Store) -> None:
    store.ai_models.add("m", "p")
    one, two = store.items.add("One").id, store.items.add("Two").id
    store.embeddings.put_one("m", [1.0], item=one)
    move(store, Item, one, two)
    assert rows(store, "SELECT item_id FROM embedding_states") == [(two,)]
    assert store.check() == []


def test_a_second_vector_of_a_text_moves_to_its_item(store: Store) -> None:
    store.ai_models.add("m", "p")
    item = store.items.add("One", text="a").id
    one = rows(store, "SELECT id FROM contents")[0][0]
    two = store.contents.add(item, "b").id
    first = store.embeddings.put_one("m", [1.0], content=one).id
    store.embeddings.put_one("m", [2.0], content=two)
    move(store, Content, one, two)
    moved = store.embeddings.get(first)
    assert (moved.content_id, moved.item_id, moved.meta_data["content_id"]) == (None, item, two)
