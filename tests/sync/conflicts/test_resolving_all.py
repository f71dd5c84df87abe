"""Many conflicts settled the same way."""

from __future__ import annotations

import pytest

from localstore import InvalidValue, Store
from sync import resolve_all
from sync.conflicts import conflicts, note
from sync.shapes import Conflict, Key, Kind
from tests.sync.conflicts.waiting import deleted_there, in_step, item, left, noted, refused, titled, trashed_there


def many(store: Store, number: int) -> list[str]:
    """Items with a conflict over the title each."""
    with store.database.writing() as connection:
        keys = [store.items.add("Theirs").id for _ in range(number)]
        sides = ({"title": "Title"}, {"title": "Mine"}, {"title": "Theirs"})
        note(connection, [Conflict(Key("items", pk), Kind.COLUMNS, *sides, "both") for pk in keys])
    return keys


def titles(store: Store) -> set[str]:
    with store.reading() as connection:
        return {title for (title,) in connection.execute("SELECT title FROM items")}


def test_mine_in_all_of_them(store: Store) -> None:
    many(store, 1200)
    seen: list[tuple[int, int]] = []
    done = resolve_all(store, "mine", lambda at, whole: seen.append((at, whole)))
    assert (done.done, done.left, left(store)) == (1200, 0, 0)
    assert titles(store) == {"Mine"}
    assert seen == [(500, 1200), (1000, 1200), (1200, 1200)]


def test_theirs_in_all_of_them(store: Store) -> None:
    many(store, 3)
    assert resolve_all(store, "theirs").done == 3
    assert (titles(store), left(store)) == ({"Theirs"}, 0)


def test_every_kind_is_settled_but_what_can_only_be_read_again(store: Store) -> None:
    pk, _ = titled(store)
    edited = store.items.add("Deleted there").id
    deleted_there(store, Key("items", edited))
    held = Key("items", store.items.add("Refused").id)
    refused(store, held)
    noted(store, Conflict(Key("items", pk), Kind.UNREADABLE, None, None, {"id": pk}, "odd"))
    done = resolve_all(store, "mine")
    assert (done.done, done.left) == (3, 1)
    assert "choose retry" in done.why
    assert (item(store, pk)["title"], item(store, edited)["title"]) == ("Mine", "Deleted there")
    assert [each.kind for each in conflicts(store).rows] == [Kind.UNREADABLE]


def test_one_that_fails_is_left_and_the_others_go_through(store: Store) -> None:
    first, last = many(store, 2)
    pk = store.organizations.add("Lab", "lab-2").id
    store.organizations.add("Other", "lab")
    noted(store, Conflict(Key("organizations", pk), Kind.TAKEN, None, {"slug": "lab"}, {"slug": "lab-2"}, "taken"))
    done = resolve_all(store, "mine")
    assert (done.done, done.left, left(store)) == (2, 1, 1)
    assert "'lab' is taken" in done.why
    assert item(store, first)["title"] == item(store, last)["title"] == "Mine"


def test_a_row_that_cannot_be_revived_does_not_keep_the_others_from_it(store: Store) -> None:
    org = store.organizations.add("Lab", "lab").id
    pk = store.items.add("Title", text="Text").id
    deleted_there(store, Key("organizations", org))
    store.organizations.add("New lab", "lab")
    ours = item(store, pk)
    trashed_there(store, Key("items", pk))
    noted(store, Conflict(Key("items", pk), Kind.DELETED_THERE, ours, ours, None, "edited here"))
    done = resolve_all(store, "mine")
    assert (done.done, done.left, len(store.contents.of(pk))) == (1, 1, 1)


def test_a_value_that_nobody_who_chose_has_seen_is_not_overwritten(store: Store) -> None:
    seen, edited = many(store, 2)
    store.items.edit(edited, title="Edited since")
    done = resolve_all(store, "mine")
    assert (done.done, done.left, done.why) == (1, 1, "title was edited since: look at this one by itself")
    assert (item(store, seen)["title"], item(store, edited)["title"]) == ("Mine", "Edited since")


def test_stopping_keeps_what_was_settled_and_the_rest_goes_on_later(store: Store) -> None:
    many(store, 1200)
    done = resolve_all(store, "mine", cancelled=lambda: True)
    assert (done.done, done.cancelled, left(store)) == (500, True, 700)
    assert resolve_all(store, "mine").done == 700


def test_all_together_leave_one_event_and_no_undo_entry(store: Store) -> None:
    many(store, 600)
    before = len(store.history())
    resolve_all(store, "mine")
    events = [each for each in store.events.page(limit=1000).rows if each.event_type == "conflicts.resolved"]
    assert [each.payload for each in events] == [{"how": "mine", "conflicts": 600}]
    assert len(store.history()) == before


def test_what_is_settled_travels(store: Store) -> None:
    keys = many(store, 2)
    in_step(store)
    resolve_all(store, "mine")
    with store.reading() as connection:
        assert {pk for (pk,) in connection.execute("SELECT pk FROM sync_dirty WHERE tbl = 'items'")} == set(keys)


def test_of_several_conflicts_of_one_row_the_newest_of_mine_stays(store: Store) -> None:
    pk, _ = titled(store)
    sides = ({"title": "Title"}, {"title": "Newer of mine"}, {"title": "Theirs"})
    noted(store, Conflict(Key("items", pk), Kind.COLUMNS, *sides, "both"))
    assert resolve_all(store, "mine").left == 0
    assert item(store, pk)["title"] == "Newer of mine"


@pytest.mark.parametrize("how", ["both", "value", "revive", ""])
def test_only_mine_and_theirs_settle_all(store: Store, how: str) -> None:
    titled(store)
    with pytest.raises(InvalidValue, match="choose mine or theirs"):
        resolve_all(store, how)
    assert left(store) == 1


def test_an_empty_list_is_settled_at_once(store: Store) -> None:
    assert resolve_all(store, "mine").done == 0
