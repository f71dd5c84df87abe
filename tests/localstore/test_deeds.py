"""Deeds: many rows in short parts, one undo entry and one event for all of them."""

from __future__ import annotations

import pytest

from localstore import InvalidValue, NothingToUndo, Store
from localstore.deeds import deeds, item_deeds, row_deeds
from localstore.deeds.deletions import counted, deletions, inside, sizes
from tests.localstore.snapshots import everything


class Halt(Exception):
    pass


@pytest.fixture
def keys(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Thirty items, done in parts of ten at most."""
    for name in ("FIRST", "LEAST", "MOST"):
        monkeypatch.setattr(deeds, name, 10)
    return [store.items.add(f"Item {number}", tags=["old"], text="text").id for number in range(30)]


def quietly(done: int, total: int) -> None:
    pass


def halting(at: int) -> deeds.Told:
    def told(done: int, total: int) -> None:
        if done >= at:
            raise Halt

    return told


def test_tagging_in_parts_is_one_step_of_undo_and_one_event(store: Store, keys: list[str]) -> None:
    before, events = len(store.history()), store.events.count()
    assert item_deeds.tag(store, keys, ["new"], ["old"], quietly) == 30
    assert (len(store.history()), store.events.count()) == (before + 1, events + 1)
    assert store.history()[0].label == "tag #new, -#old on 30 items"
    assert [(each.name, each.items) for each in store.tags.counts()] == [("new", 30), ("old", 0)]
    store.undo()
    assert [(each.name, each.items) for each in store.tags.counts()] == [("old", 30)]
    assert [dict(each.deleted) for each in deletions(store)] == [{"tags": 1}]
    store.redo()
    assert [(each.name, each.items) for each in store.tags.counts()] == [("new", 30), ("old", 0)]


def test_a_deed_that_was_stopped_is_taken_back_whole(store: Store, keys: list[str]) -> None:
    before = everything(store)
    with pytest.raises(Halt):
        item_deeds.retype(store, keys, "paper", halting(20))
    assert store.items.types() == {"paper": 20, "note": 10}
    store.undo()
    assert store.items.types() == {"note": 30}
    assert everything(store).keys() == before.keys()


def test_an_edit_between_two_parts_is_undone_alone(store: Store, keys: list[str]) -> None:
    def told(done: int, total: int) -> None:
        if done == 10:
            store.items.edit(keys[-1], title="By hand")
        elif done == 20:
            assert store.undo().startswith("edit")  # the deed runs: its parts are passed by
            store.redo()

    item_deeds.retype(store, keys, "paper", told)
    assert store.undo() == "make 30 items paper"
    assert store.items.get(keys[-1]).title == "By hand"
    assert store.items.types() == {"note": 30}


def test_what_runs_alone_cannot_be_undone_yet(store: Store, keys: list[str]) -> None:
    with store.database.writing() as connection:
        connection.execute("DELETE FROM undo_log")

    def told(done: int, total: int) -> None:
        if done:
            with pytest.raises(NothingToUndo, match="when it has ended"):
                store.undo()

    item_deeds.retype(store, keys, "paper", told)


def test_moving_to_an_organization_and_to_none(store: Store, keys: list[str]) -> None:
    lab = store.organizations.add("Lab", slug="lab")
    assert item_deeds.move(store, keys, "lab", quietly) == 30
    assert store.items.count({"organization_id": lab.id}) == 30
    assert item_deeds.move(store, keys[:5], None, quietly) == 5
    assert store.items.count({"organization_id": lab.id}) == 25
    store.undo()
    assert store.items.count({"organization_id": lab.id}) == 30


def test_a_type_that_cannot_be_is_refused_before_anything_is_written(store: Store, keys: list[str]) -> None:
    with pytest.raises(InvalidValue):
        item_deeds.retype(store, keys, "x" * 10_000, quietly)
    assert store.items.types() == {"note": 30}


def test_a_deletion_in_parts_is_one_in_the_trash_and_restored_as_one(store: Store, keys: list[str]) -> None:
    before = everything(store)
    assert row_deeds.delete(store, "items", keys, quietly) == 30
    (one,) = deletions(store)
    assert len(one.parts) == 3
    assert counted(one.deleted) == "30 items, 30 contents, 30 tag links"
    assert sum(sizes(store).values()) > 1000
    assert [row.words for row in inside(store, one.parts, 2)] == ["Item 0", "Item 1"]
    item_deeds.restore(store, one.parts, one.label, quietly)
    assert store.items.count() == 30
    assert store.undo() == "restore delete 30 items"
    assert len(deletions(store)) == 1
    assert store.undo() == "delete 30 items"
    after = everything(store)
    assert after["items"] == before["items"]
    assert after["item_tag_links"] == before["item_tag_links"]


def test_items_that_are_gone_meanwhile_are_left_out(store: Store, keys: list[str]) -> None:
    store.items.delete(keys[3])
    assert item_deeds.tag(store, keys, ["new"], [], quietly) == 29
    assert row_deeds.delete(store, "items", keys, quietly) == 29


def test_parts_of_a_deed_count_as_one_of_the_hundred_actions_kept(store: Store, keys: list[str]) -> None:
    store.items.add("The first")
    item_deeds.retype(store, keys, "paper", quietly)
    labels = [store.items.add(f"{number}").title for number in range(98)]
    assert len(labels) + 2 == len(store.history()) == 100
    assert store.history()[-1].label == "add 'The first'"
