"""The clock is set back, set forward, or stands still: stamps only rise, conflicts are noticed, orders hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from localstore import Store
from localstore.errors import EditConflict
from localstore.vectors import building
from tests.faults import clock, world
from tests.faults.clock import Clock
from tests.sync.trio import BEA, World, prepared, trio

__all__ = ["prepared", "trio"]

JUMPS = {"a year back": -365.0, "a year forward": 365.0, "an hour back": -1 / 24, "a century forward": 36_525.0}


@pytest.fixture(params=[*JUMPS, "standing still"])
def jump(request: pytest.FixtureRequest) -> Iterator[Jump]:
    with clock.moved() as moving:
        yield Jump(moving, str(request.param))


class Jump:
    """A clock that is right until it jumps."""

    def __init__(self, moving: Clock, how: str) -> None:
        self.moving, self.how = moving, how
        if how == "standing still":
            moving.at = moving.now()

    def __call__(self) -> None:
        """Jump now."""
        if self.how in JUMPS:
            self.moving.by = timedelta(days=JUMPS[self.how])


def stamp(store: Store, pk: str) -> str:
    with store.reading() as connection:
        return str(connection.execute("SELECT updated_at FROM items WHERE id = ?", (pk,)).fetchone()[0])


@pytest.fixture
def store(tmp_path: Path, jump: Jump) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", email=world.EMAIL) as opened:
        yield opened


def test_an_edit_always_moves_the_time_on_whoever_writes(store: Store, jump: Jump) -> None:
    pk = store.items.add("item", text="text").id
    stamps = [stamp(store, pk)]
    jump()
    store.items.edit(pk, title="edited")
    stamps.append(stamp(store, pk))
    with store.database.writing() as connection:
        connection.execute("UPDATE items SET title = 'by another program' WHERE id = ?", (pk,))
    stamps.append(stamp(store, pk))
    store.contents.add(pk, "more")
    stamps.append(stamp(store, pk))
    assert stamps == sorted(set(stamps))


def test_two_who_edit_at_once_are_told_although_the_clock_jumped(store: Store, jump: Jump) -> None:
    item = store.items.add("item")
    jump()
    store.items.edit(item.id, item.updated_at, title="hers")
    with pytest.raises(EditConflict):
        store.items.edit(item.id, item.updated_at, title="his")


def test_ids_go_on_rising_and_are_never_made_twice(store: Store, jump: Jump) -> None:
    before = [store.items.add("item").id for _ in range(20)]
    jump()
    made = [*before, *(store.items.add("item").id for _ in range(20))]
    assert made == sorted(set(made))


def test_texts_stay_in_the_order_they_were_added(store: Store, jump: Jump) -> None:
    pk = store.items.add("item", text="0").id
    store.contents.add(pk, "1")
    jump()
    store.contents.add(pk, "2")
    store.contents.add(pk, "3")
    assert [content.text for content in store.contents.of(pk)] == ["0", "1", "2", "3"]


def test_undo_and_redo_go_by_what_was_done_and_not_by_the_clock(store: Store, jump: Jump) -> None:
    store.items.add("same")
    pk = store.items.add("same").id
    jump()
    store.items.edit(pk, title="edited")
    store.items.delete(pk)
    counted = [(store.undo(), store.items.count()) for _ in range(4)]
    assert [count for _, count in counted] == [2, 2, 1, 0]
    again = [(store.redo(), store.items.count()) for _ in range(4)]
    assert [count for _, count in again] == [1, 2, 2, 1]


def test_every_page_of_a_list_comes_once(store: Store, jump: Jump) -> None:
    before = [store.items.add(f"item {number}").id for number in range(5)]
    jump()
    made = {*before, *(store.items.add(f"item {number}").id for number in range(5))}
    first = store.items.rows(limit=5)
    rest = store.items.rows(limit=5, after=first.next)
    assert sorted(row.id for page in (first, rest) for row in page.rows) == sorted(made)
    assert store.check() == []


@pytest.mark.parametrize("days", [-400, 400])
def test_codes_that_a_killed_program_left_half_built_are_made_whatever_the_clock_says(
    tmp_path: Path, days: int
) -> None:
    with Store.open(tmp_path / "store.db") as store:
        store.embeddings.put(world.MODEL, [f"k{n}" for n in range(50)], world.matrix(50))
        store.embeddings.rebuild()
        with store.database.writing() as connection:
            connection.execute("UPDATE vector_models SET built = 0")
            model = connection.execute("SELECT model_id FROM vector_models").fetchone()[0]
            assert building.is_being_built(connection, model)
        with clock.later(days=days):
            assert store.embeddings.rebuild() == 50
        assert store.check() == []


@pytest.mark.parametrize("days", [-400, 400])
def test_devices_whose_clocks_disagree_agree_on_the_rows(trio: World, days: int) -> None:
    ada, bea = trio.store("ada"), trio.store("bea", BEA)
    trio.quiet()
    pk = ada.items.add("both know it", text="text", organization="lab").id
    trio.quiet()
    with clock.later(days=days):
        ada.items.edit(pk, title="by Ada")
        ada.items.add("of another year", organization="lab")
    bea.items.edit(pk, description="by Bea")
    rounds = trio.quiet()
    assert sum(each.conflicts for each in rounds) == 0
    found = [(each.items.get(pk).title, each.items.get(pk).description, each.items.count()) for each in (ada, bea)]
    assert found == [("by Ada", "by Bea", 2)] * 2
    assert [each.check() for each in (ada, bea)] == [[], []]


def test_the_last_deletion_is_the_one_that_was_made_last(store: Store, jump: Jump) -> None:
    for title in ("first", "last"):
        store.items.delete(store.items.add(title).id)
        jump()
    assert store.trash.restore("@last").label == "delete item 'last'"
    assert store.trash.get("@last").label == "delete item 'first'"
