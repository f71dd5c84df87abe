"""A row that the other side cannot take is set aside alone, in either direction; the others go through."""

from __future__ import annotations

import pytest

from sync import sync
from tests.localstore import foreign
from tests.sync.directed.rows import asked, content, item, server_titles, texts, titles, waiting
from tests.sync.trio import ADA, World, one


@pytest.mark.parametrize(
    "poison",
    [
        "UPDATE items SET updated_at = '20000-01-01' WHERE title = 'poison'",
        "UPDATE items SET created_at = '-infinity' WHERE title = 'poison'",
        "UPDATE items SET meta_data = '[1]' WHERE title = 'poison'",
        "UPDATE items SET meta_data = 'null' WHERE title = 'poison'",
        "UPDATE items SET meta_data = to_jsonb(1e300::numeric) WHERE title = 'poison'",
    ],
)
def test_a_row_of_the_server_that_breaks_a_rule_here_waits_alone(trio: World, poison: str) -> None:
    store, server = trio.store("ada"), trio.plain()
    item(server, "before")
    sync(store)
    pk = item(server, "poison")
    content(server, pk, "its child")
    item(server, "after")
    server.execute(poison.encode())
    sync(store)
    assert titles(store) == {"before", "after"}
    assert ("items", "unreadable") in waiting(store)
    sync(store)
    assert sync(store).quiet


def test_a_row_that_could_not_be_read_comes_in_with_its_children_once_it_was_mended(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "poison")
    content(server, pk, "its child")
    server.execute("UPDATE items SET updated_at = '20000-01-01'")
    sync(store)
    server.execute("UPDATE items SET updated_at = now()")
    sync(store)
    sync(store)
    assert (titles(store), texts(store), waiting(store)) == ({"poison"}, {"its child"}, [])


def test_a_row_that_became_unreadable_is_never_pushed_over(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    pk = item(server, "as it was")
    sync(store)
    store.items.edit(pk, title="edited here")
    server.execute("UPDATE items SET description = 'theirs', updated_at = '20000-01-01' WHERE id = %s", (pk,))
    sync(store)
    sync(store)
    row = server.execute("SELECT title, description, updated_at > '9999-12-31' FROM items").fetchone()
    assert row is not None
    assert row[1:] == ("theirs", True)
    assert titles(store) == {"edited here"}


def test_a_vector_whose_length_is_not_its_dim_waits_alone(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    child = content(server, item(server, "with a vector"), "text")
    server.execute("INSERT INTO ai_models (name, provider) VALUES ('m', 'p')")
    server.execute(
        "INSERT INTO embeddings (model_id, content_id, vector, dim) SELECT id, %s, '[1, 2, \"x\"]', 3 FROM ai_models",
        (child,),
    )
    sync(store)
    assert (texts(store), waiting(store)) == ({"text"}, [("embeddings", "unreadable")])


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE items SET title = 'a' || char(0) || 'b' WHERE title = 'poison'", ()),
        ("UPDATE items SET meta_data = ? WHERE title = 'poison'", ('{"n": "\\u0000"}',)),
    ],
)
def test_a_row_of_ours_that_the_server_cannot_take_waits_alone(trio: World, statement: str, values: tuple[str]) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    before = store.items.add("before").id
    store.items.add("poison")
    store.contents.add(before, "text")
    foreign.write(store.path, (statement, values))
    done = sync(store)
    assert server_titles(server) == {"before"}
    assert done.refused == 1
    assert ("items", "refused") in waiting(store)
    store.items.add("later")
    sync(store)
    assert server_titles(server) == {"before", "later"}
    assert sync(store).quiet


def test_a_row_that_a_check_of_the_owner_refuses_waits_alone_and_goes_once_it_was_changed(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    server.execute("ALTER TABLE items ADD CONSTRAINT polite CHECK (title <> 'rude')")
    sync(store)
    pk = store.items.add("rude").id
    store.items.add("fine")
    assert sync(store).refused == 1
    assert server_titles(server) == {"fine"}
    assert titles(store) == {"rude", "fine"}
    store.items.edit(pk, title="polite")
    sync(store)
    assert server_titles(server) == {"fine", "polite"}
    assert waiting(store) == []


def test_a_row_without_permission_waits_alone(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    server.execute("UPDATE organization_memberships SET role = 'viewer' WHERE user_id = %s", (ADA,))
    pk = item(server, "to be read only")
    sync(store)
    store.items.edit(pk, title="edited by a viewer")
    store.items.add("my own", organization=None)
    sync(store)
    assert one(server, "SELECT count(*) FROM items WHERE title = 'my own'") == 1
    assert asked(store, "SELECT count(*) FROM sync_dirty WHERE held IS NOT NULL") in ([(0,)], [(1,)])
