"""Undo and redo: every kind of action, exactly, across restarts; never over somebody's later work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localstore import EditConflict, LocalstoreError, NotFound, NothingToUndo, Store, Taken
from tests.localstore import foreign
from tests.localstore.snapshots import everything
from tests.localstore.world import World, dump, populate

Deed = Callable[[Store, World], Any]

DEEDS: dict[str, Deed] = {
    "add an item": lambda s, w: s.items.add("New", text="t", tags=["Tag", "fresh"], organization="lab"),
    "edit an item": lambda s, w: s.items.edit(w.items, title="Other", description="d", organization="-"),
    "edit metadata": lambda s, w: s.items.edit_meta(w.items, {"new": [1, None]}, remove=["ü"]),
    "tag": lambda s, w: s.items.tag(["one", "TAG"], w.items, "Mine"),
    "untag": lambda s, w: s.items.untag(["tag"], w.items, "Mine"),
    "add a text": lambda s, w: s.contents.add(w.items, "more", role="system"),
    "edit a text": lambda s, w: s.contents.edit(w.contents, text="changed", role="x"),
    "move a text": lambda s, w: s.contents.move(w.contents, 1),
    "delete a text": lambda s, w: s.contents.delete(w.contents),
    "delete an item": lambda s, w: s.items.delete(w.items),
    "delete two items": lambda s, w: s.items.delete(w.items, "Mine"),
    "delete an organization": lambda s, w: s.organizations.delete(w.organizations),
    "delete an organization with all": lambda s, w: s.organizations.delete(w.organizations, cascade=True),
    "delete a user": lambda s, w: s.users.delete(w.users),
    "delete a model": lambda s, w: s.ai_models.delete(w.ai_models),
    "delete a vector": lambda s, w: s.embeddings.delete(w.embeddings),
    "delete a tag": lambda s, w: s.tags.delete(w.tags),
    "add a tag": lambda s, w: s.tags.add("lone", color="teal"),
    "rename a tag": lambda s, w: s.tags.rename("Tag", "Label"),
    "recolour a tag": lambda s, w: s.tags.recolor("Tag", "#f80"),
    "merge tags": lambda s, w: (s.items.tag(["two"], w.items), s.tags.merge("Tag", "two")),
    "add an organization": lambda s, w: s.organizations.add("Second"),
    "edit an organization": lambda s, w: s.organizations.edit("lab", name="Laboratory"),
    "add a user": lambda s, w: s.users.add("eve@example.org"),
    "edit a user": lambda s, w: s.users.edit(w.users, full_name="Bob"),
    "add a membership": lambda s, w: s.memberships.add("ada@example.org", "lab"),
    "add a model": lambda s, w: s.ai_models.add("m2", "p"),
    "edit a model": lambda s, w: s.ai_models.edit(w.ai_models, version="2"),
    "set a setting": lambda s, w: s.settings.set("import.split", "none"),
}


@pytest.fixture
def world(store: Store) -> World:
    return populate(store)


@pytest.mark.parametrize("name", list(DEEDS))
def test_undo_and_redo_put_every_table_as_it_was(store: Store, world: World, name: str) -> None:
    before = dump(store, stamps=False)
    DEEDS[name](store, world)
    after, steps = dump(store, stamps=False), len(store.history())
    assert after != before
    [store.undo() for _ in range(steps)]
    assert dump(store, stamps=False) == before
    [store.redo() for _ in range(steps)]
    assert dump(store, stamps=False) == after
    [store.undo() for _ in range(steps)]
    assert dump(store, stamps=False) == before


@settings(max_examples=12, deadline=None)
@given(names=st.lists(st.sampled_from(sorted(DEEDS)), min_size=2, max_size=6), back=st.integers(0, 6))
def test_any_actions_are_undone_and_redone_one_after_the_other(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], back: int
) -> None:
    with Store.open(tmp_path_factory.mktemp("undo") / "store.db", email="ada@example.org") as store:
        world = populate(store)
        states = [dump(store, stamps=False)]
        for name in names:
            seen = len(store.history())
            do(store, world, name)
            states += (
                [dump(store, stamps=False)]
                if len(store.history()) == seen + 1
                else [{}] * (len(store.history()) - seen)
            )
        for state in reversed(states[:-1]):
            store.undo()
            assert state in ({}, dump(store, stamps=False))
        for state in states[1 : back + 1]:
            store.redo()
            assert state in ({}, dump(store, stamps=False))


def do(store: Store, world: World, name: str) -> None:
    """Do it unless what it needs is gone."""
    try:
        DEEDS[name](store, world)
    except LocalstoreError:
        return


def test_a_restoration_is_undone_and_the_deletion_before_it_too(store: Store) -> None:
    item = store.items.add("Title", text="words")
    states = [dump(store, stamps=False)["items"]]
    entry = store.items.delete(item.id)
    states.append(dump(store, stamps=False)["items"])
    store.trash.restore(entry.id)
    store.undo()
    assert dump(store, stamps=False)["items"] == states[1]
    store.undo()
    assert dump(store, stamps=False)["items"] == states[0]
    assert [store.redo(), store.redo()] == ["delete item 'Title'", "restore delete item 'Title'"]
    assert dump(store, stamps=False)["items"] == states[0]
    [store.undo() for _ in range(3)]
    assert store.items.count() == 0


def test_a_tag_that_other_items_got_since_stays_when_its_addition_is_undone(store: Store) -> None:
    store.items.add("first", tags=["new"])
    other = store.items.add("other")
    [tag] = store.tags.counts()
    store.undo()  # the addition of the other item, so that the next undo is the first's
    foreign.write(
        store.path,
        ("INSERT INTO items (id, owner_id, title) SELECT ?, id, 'foreign' FROM users", (other.id,)),
        ("INSERT INTO item_tag_links (item_id, tag_id) VALUES (?, ?)", (other.id, tag.id)),
    )
    store.undo()
    assert [(row.title, row.tags) for row in store.items.rows().rows] == [("foreign", ("new",))]
    store.redo()
    assert store.items.tag_counts() == {"new": 2}


def test_what_another_program_made_again_outlives_undo_and_redo_of_its_removal(store: Store) -> None:
    tag = store.tags.add("a")
    first, _ = store.items.add("first", tags=["a"]), store.tags.add("b")
    store.tags.merge("a", "b")
    again = "INSERT INTO items (owner_id, title) SELECT id, 'theirs' FROM users"
    links = ("INSERT INTO item_tag_links SELECT id, ? FROM items WHERE title = 'theirs'", (tag.id,))
    foreign.write(store.path, ("INSERT INTO tags (id, name) VALUES (?, 'a')", (tag.id,)), again, links)
    before = dump(store, stamps=False)
    store.undo()
    assert {row.title: row.tags for row in store.items.rows().rows} == {"first": ("a",), "theirs": ("a",)}
    store.redo()
    assert {table: dump(store, stamps=False)[table] for table in ("tags", "item_tag_links")} == {
        table: before[table] for table in ("tags", "item_tag_links")
    }
    assert [tag.name for tag in first.tags] == ["b"]


def test_the_last_hundred_actions_are_kept(store: Store) -> None:
    item = store.items.add("t")
    [store.items.edit(item.id, title=f"t{n}") for n in range(105)]
    assert len(store.history()) == 100
    assert [store.undo() for _ in range(100)][-1] == "edit 't5'"
    assert store.items.get(item.id).title == "t4"
    with pytest.raises(NothingToUndo, match=r"^There is nothing to undo\.$"):
        store.undo()


def test_undo_and_redo_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        item = store.items.add("one")
        store.items.edit(item.id, title="two")
        store.undo()
    with Store.open(path) as store:
        assert store.redo() == "edit 'two'"
        assert store.items.get(item.id).title == "two"
    with Store.open(path) as store:
        assert [store.undo(), store.undo()] == ["edit 'two'", "add 'one'"]
        assert store.items.count() == 0


def test_a_new_action_after_undo_drops_what_could_be_redone(store: Store) -> None:
    store.items.add("one")
    store.items.add("two")
    store.undo()
    store.items.add("three")
    before = everything(store)
    with pytest.raises(NothingToUndo, match=r"^There is nothing to redo\.$"):
        store.redo()
    assert everything(store) == before
    assert [entry.label for entry in store.history()] == ["add 'three'", "add 'one'"]


def test_undo_of_an_edit_over_somebodys_later_work_is_a_conflict(store: Store) -> None:
    item = store.items.add("one", description="d")
    store.items.edit(item.id, title="two")
    foreign.write(store.path, "UPDATE items SET title = 'theirs'")
    store.catch_up()
    before = everything(store)
    with pytest.raises(
        EditConflict, match=r"^title was changed since: nothing was undone; edit it by hand\.$"
    ) as caught:
        store.undo()
    assert (caught.value.ours, caught.value.theirs) == ({"title": "one"}, {"title": "theirs"})
    assert everything(store) == before


def test_undo_of_an_edit_keeps_other_columns_that_changed_since(store: Store) -> None:
    item = store.items.add("one")
    store.items.edit(item.id, title="two")
    foreign.write(store.path, "UPDATE items SET description = 'theirs'")
    store.undo()
    found = store.items.get(item.id)
    assert (found.title, found.description) == ("one", "theirs")


def test_redo_over_somebodys_later_work_is_a_conflict(store: Store) -> None:
    item = store.items.add("one")
    store.items.edit(item.id, title="two")
    store.undo()
    foreign.write(store.path, "UPDATE items SET title = 'theirs'")
    store.catch_up()
    before = everything(store)
    with pytest.raises(EditConflict, match="title was changed since: nothing was redone"):
        store.redo()
    assert everything(store) == before


def test_undo_of_an_edit_of_a_row_that_is_gone_says_so(store: Store) -> None:
    item = store.items.add("one")
    store.items.edit(item.id, title="two")
    foreign.write(store.path, "DELETE FROM items")
    store.catch_up()
    before = everything(store)
    with pytest.raises(NotFound, match=r"item .* is gone: somebody deleted it\."):
        store.undo()
    assert everything(store) == before


def test_undo_of_an_addition_that_is_gone_already_is_done(store: Store) -> None:
    store.items.add("kept")
    store.items.add("gone")
    foreign.write(store.path, "DELETE FROM items WHERE title = 'gone'")
    assert [store.undo(), store.undo()] == ["add 'gone'", "add 'kept'"]
    assert store.redo() == "add 'kept'"
    with pytest.raises(NothingToUndo):
        store.redo()


def test_undo_of_an_edit_into_a_value_taken_since_is_refused(store: Store) -> None:
    lab = store.organizations.add("Lab", slug="lab")
    store.organizations.edit(lab.id, slug="old-lab")
    foreign.write(store.path, "INSERT INTO organizations (name, slug) VALUES ('x', 'lab')")
    before = everything(store)
    with pytest.raises(Taken, match="'lab' is taken by the organization"):
        store.undo()
    assert everything(store) == before


def test_a_password_is_not_in_the_undo_log(store: Store) -> None:
    store.users.set_password(store.local_user_id, "correct horse")
    with store.reading() as connection:
        assert "argon2" not in str(connection.execute("SELECT changes FROM undo_log").fetchall())


def test_undoing_leaves_an_event_and_touches_the_item(store: Store) -> None:
    item = store.items.add("one")
    edited = store.items.edit(item.id, title="two")
    store.undo()
    assert store.events.types()["action.undone"] == 1
    assert store.items.get(item.id).updated_at > edited.updated_at


def test_what_came_before_an_emptied_deletion_can_still_be_undone(store: Store) -> None:
    item = store.items.add("one")
    store.items.edit(item.id, title="two")
    other = store.items.add("other")
    store.items.delete(other.id)
    store.trash.empty()
    assert store.undo() == "add 'other'"
    assert store.undo() == "edit 'two'"
    assert store.items.get(item.id).title == "one"
