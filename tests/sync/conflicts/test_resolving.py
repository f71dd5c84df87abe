"""Disputed columns settled by a person."""

from __future__ import annotations

from typing import Any

import pytest

from localstore import InvalidValue, LocalstoreError, NotFound, Store
from sync import resolve, resolve_fields
from sync.conflicts import Hidden, get
from sync.resolution.resolving import hunks, possible
from sync.shapes import Key, Kind
from tests.sync.conflicts.waiting import columns, dirty_keys, in_step, item, left, meta, put, row, titled


def described(store: Store, base: str | None, ours: str | None, theirs: str | None) -> tuple[str, str]:
    """An item and the conflict over its description."""
    pk = store.items.add("Title", description=base).id
    texts = ({"description": text} for text in (base, ours, theirs))
    return pk, columns(store, Key("items", pk), *texts)


def documented(store: Store, base: str, ours: str, theirs: str, live: str = "") -> tuple[str, str]:
    """An item and the conflict over its metadata."""
    pk = store.items.add("Title").id
    conflict = columns(store, Key("items", pk), *({"meta_data": text} for text in (base, ours, theirs)))
    if live:
        put(store, Key("items", pk), {"meta_data": live})
    return pk, conflict


# -- mine, theirs -----------------------------------------------------------------------------------------


def test_mine_is_an_edit_that_travels_and_closes_the_conflict(store: Store) -> None:
    pk, conflict = titled(store)
    in_step(store)
    found = resolve(store, conflict, "mine")
    assert (item(store, pk)["title"], left(store)) == ("Mine", 0)
    assert dirty_keys(store) == {("items", None)}
    assert (found.id, found.label) == (conflict, "item 'Theirs'")


def test_theirs_closes_the_conflict_and_leaves_the_row_alone(store: Store) -> None:
    pk, conflict = titled(store)
    in_step(store)
    before = item(store, pk)
    resolve(store, conflict, "theirs")
    assert (item(store, pk), left(store), dirty_keys(store)) == (before, 0, set())


def test_a_choice_moves_updated_at_and_leaves_an_event(store: Store) -> None:
    pk, conflict = titled(store)
    before = item(store, pk)["updated_at"]
    resolve(store, conflict, "mine")
    event = store.events.page(sort="-created", limit=1).rows[0]
    assert item(store, pk)["updated_at"] > before
    assert (event.event_type, event.item_id, event.payload["how"]) == ("conflict.resolved", pk, "mine")


def test_undo_takes_a_choice_back_and_the_conflict_waits_again(store: Store) -> None:
    pk, conflict = titled(store)
    resolve(store, conflict, "mine")
    assert store.undo() == "resolve item 'Theirs': mine"
    assert (item(store, pk)["title"], left(store)) == ("Theirs", 1)
    store.redo()
    assert (item(store, pk)["title"], left(store)) == ("Mine", 0)


def test_undo_of_theirs_lets_the_conflict_wait_again(store: Store) -> None:
    _, conflict = titled(store)
    resolve(store, conflict, "theirs")
    store.undo()
    assert get(store, conflict).id == conflict


def test_a_settled_conflict_cannot_be_settled_again(store: Store) -> None:
    _, conflict = titled(store)
    resolve(store, conflict, "theirs")
    with pytest.raises(NotFound, match=r"was settled at .* \(theirs\)"):
        resolve(store, conflict, "mine")


def test_mine_of_a_row_that_was_deleted_meanwhile_says_so_and_keeps_the_conflict(store: Store) -> None:
    pk, conflict = titled(store)
    store.items.delete(pk)
    with pytest.raises(NotFound, match="deleted meanwhile: bring it back first, or choose theirs"):
        resolve(store, conflict, "mine")
    assert left(store) == 1
    resolve(store, conflict, "theirs")
    assert left(store) == 0


def test_mine_of_a_text_takes_my_lines_where_both_changed_and_keeps_their_other_lines(store: Store) -> None:
    pk, conflict = described(store, "a\nb\nc", "mine\nb\nc", "theirs\nb\nC")
    resolve(store, conflict, "mine")
    assert item(store, pk)["description"] == "mine\nb\nC"


def test_mine_keeps_what_was_edited_elsewhere_in_the_text_since(store: Store) -> None:
    pk, conflict = described(store, "a\nb\nc", "mine\nb\nc", "theirs\nb\nc")
    store.items.edit(pk, description="theirs\nb\nc\nadded since")
    resolve(store, conflict, "mine")
    assert item(store, pk)["description"] == "mine\nb\nc\nadded since"


def test_mine_of_a_document_takes_my_disputed_keys_and_keeps_their_other_keys(store: Store) -> None:
    pk, conflict = documented(
        store, '{"a":1}', '{"a":2,"mine":1}', '{"a":3,"theirs":1}', live='{"a":3,"mine":1,"theirs":1}'
    )
    resolve(store, conflict, "mine")
    assert meta(item(store, pk)) == {"a": 2, "mine": 1, "theirs": 1}


def test_mine_can_be_nothing(store: Store) -> None:
    pk, conflict = described(store, "was", None, "theirs")
    resolve(store, conflict, "mine")
    assert item(store, pk)["description"] is None


def test_mine_of_a_row_made_on_both_sides_holds_a_default_that_was_mine(store: Store) -> None:
    pk = store.items.add("Title", type="paper").id
    conflict = columns(store, Key("items", pk), None, {"type": "note"}, {"type": "paper"})
    resolve(store, conflict, "mine")
    assert item(store, pk)["type"] == "note"


def test_a_text_of_an_item_moves_the_item_too(store: Store) -> None:
    pk = store.items.add("Title", text="was").id
    content = store.contents.of(pk)[0].id
    before = item(store, pk)["updated_at"]
    conflict = columns(store, Key("contents", content), {"text": "was"}, {"text": "mine"}, {"text": "theirs"})
    resolve(store, conflict, "mine")
    assert item(store, pk)["updated_at"] > before
    assert [hit.item_id for hit in store.search("mine").rows] == [pk]


def test_secrets_are_chosen_unseen_and_leave_no_undo_entry(store: Store) -> None:
    pk = store.users.add("grace@example.org").id
    key = Key("users", pk)
    secret = ({"hashed_password": text} for text in ("H0", "H1", "H2"))
    conflict = columns(store, key, *secret)
    before = len(store.history())
    resolve(store, conflict, "mine")
    found = row(store, key)
    assert found is not None and found["hashed_password"] == "H1"
    assert len(store.history()) == before
    assert "H1" not in repr([event.payload for event in store.events.page().rows])


# -- both -------------------------------------------------------------------------------------------------


def test_both_texts_stand_theirs_first(store: Store) -> None:
    pk, conflict = described(store, "a", "a\nmine\nshared", "a\ntheirs\nshared")
    resolve(store, conflict, "both")
    assert item(store, pk)["description"] == "a\ntheirs\nmine\nshared"


def test_both_titles_stand_on_one_line(store: Store) -> None:
    pk, conflict = titled(store)
    resolve(store, conflict, "both")
    assert item(store, pk)["title"] == "Theirs / Mine"


def test_both_lists_are_one_list_in_order(store: Store) -> None:
    pk, conflict = documented(store, '{"l":[1]}', '{"l":[1,2,{"a":1}]}', '{"l":[3,1,{"a":1.0}]}')
    resolve(store, conflict, "both")
    assert meta(item(store, pk)) == {"l": [3, 1, {"a": 1}, 2]}


def test_both_keeps_the_side_that_was_not_emptied(store: Store) -> None:
    pk, conflict = described(store, "was", "mine", None)
    resolve(store, conflict, "both")
    assert item(store, pk)["description"] == "mine"


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "path"),
    [
        ({"type": "note"}, {"type": "paper"}, {"type": "code"}, "type"),
        (
            {"meta_data": '{"a":{"b":1}}'},
            {"meta_data": '{"a":{"b":2}}'},
            {"meta_data": '{"a":{"b":3}}'},
            "meta_data.a.b",
        ),
    ],
)
def test_both_of_two_single_values_says_what_is_possible(
    store: Store, base: Any, ours: Any, theirs: Any, path: str
) -> None:
    pk = store.items.add("Title").id
    conflict = columns(store, Key("items", pk), base, ours, theirs)
    with pytest.raises(InvalidValue) as told:
        resolve(store, conflict, "both")
    assert str(told.value) == (f"{path}: only texts and lists can keep both: choose mine or theirs, or give a value")
    assert left(store) == 1


# -- a value ----------------------------------------------------------------------------------------------


def test_a_value_can_be_given_by_column_or_alone_where_one_column_is_in_dispute(store: Store) -> None:
    pk, conflict = titled(store)
    resolve(store, conflict, "value", {"title": "Both of ours"})
    assert item(store, pk)["title"] == "Both of ours"
    other, again = titled(store)
    resolve(store, again, "value", "Alone")
    assert (item(store, other)["title"], left(store)) == ("Alone", 0)


def test_a_document_can_be_given_alone(store: Store) -> None:
    pk, conflict = documented(store, '{"a":1}', '{"a":2}', '{"a":3}')
    resolve(store, conflict, "value", {"a": 4})
    assert meta(item(store, pk)) == {"a": 4}


def two_columns(store: Store) -> tuple[str, str]:
    pk = store.items.add("Title").id
    base, ours, theirs = ({"title": text, "type": text} for text in ("t", "Mine", "Theirs"))
    return pk, columns(store, Key("items", pk), base, ours, theirs)


@pytest.mark.parametrize("value", [{"nocol": 1}, {"title": "a", "nocol": 2}])
def test_a_column_that_is_not_there_is_named(store: Store, value: Any) -> None:
    pk = store.items.add("Title").id
    conflict = columns(store, Key("items", pk), *({"title": text} for text in ("t", "Mine", "Theirs")))
    with pytest.raises(InvalidValue, match=r"^nocol is no column of an item: title is in dispute$"):
        resolve(store, conflict, "value", value)
    assert left(store) == 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"title": "x"}, "type is in dispute too: give it a value as well"),
        (
            {"title": "x", "type": "y", "description": "z"},
            "description is not in dispute: only type, title can be given",
        ),
        ("x", "give an object with a value for each of type, title"),
        ({"title": "x", "nocol": 1}, "nocol is no column of an item: type, title are in dispute"),
        ({"title": 7, "type": "y"}, "title: expected text, got int '7'"),
        ({"title": "nul\0", "type": "y"}, "title: NUL at character 3: remove it"),
    ],
)
def test_a_value_that_cannot_be_changes_nothing(store: Store, value: Any, told: str) -> None:
    pk, conflict = two_columns(store)
    before = item(store, pk)
    with pytest.raises(InvalidValue) as refused:
        resolve(store, conflict, "value", value)
    assert set(str(refused.value).replace(",", "").split()) == set(told.replace(",", "").split())
    assert (item(store, pk), left(store)) == (before, 1)


def test_value_without_a_value_is_refused(store: Store) -> None:
    _, conflict = titled(store)
    with pytest.raises(InvalidValue, match="a value is needed"):
        resolve(store, conflict, "value")


@pytest.mark.parametrize("how", ["revive", "retry", "nonsense"])
def test_a_way_that_means_nothing_here_is_refused_with_those_that_do(store: Store, how: str) -> None:
    _, conflict = titled(store)
    with pytest.raises(InvalidValue, match="choose mine, theirs, both"):
        resolve(store, conflict, how)
    assert left(store) == 1


def test_what_is_possible_is_told_by_kind() -> None:
    assert [str(how) for how in possible(Kind.UNREADABLE)] == ["retry"]
    assert "both" in possible(Kind.COLUMNS)


# -- field by field ---------------------------------------------------------------------------------------


def test_fields_are_applied_as_one_edit(store: Store) -> None:
    pk, conflict = two_columns(store)
    resolve_fields(store, conflict, {"title": "Mine", "type": "Theirs"})
    assert (item(store, pk)["title"], item(store, pk)["type"], left(store)) == ("Mine", "Theirs", 0)
    store.undo()
    assert (item(store, pk)["title"], left(store)) == ("Theirs", 1)


def test_nothing_is_applied_until_every_field_is_chosen(store: Store) -> None:
    pk, conflict = two_columns(store)
    with pytest.raises(InvalidValue, match="type is in dispute too"):
        resolve_fields(store, conflict, {"title": "Mine"})
    assert (item(store, pk)["title"], left(store)) == ("Theirs", 1)


def test_a_hidden_field_chooses_its_side(store: Store) -> None:
    pk = store.users.add("grace@example.org").id
    key = Key("users", pk)
    conflict = columns(store, key, *({"hashed_password": text} for text in ("H0", "H1", "H2")))
    field = get(store, conflict).fields[0]
    assert isinstance(field.ours, Hidden)
    resolve_fields(store, conflict, {"hashed_password": field.ours})
    found = row(store, key)
    assert found is not None and found["hashed_password"] == "H1"


def test_the_hunks_of_a_text_are_there_for_screens() -> None:
    assert [hunk.disputed for hunk in hunks("a\nb", "x\nb", "y\nb")] == [True, False]


def test_an_error_of_a_choice_is_of_the_one_family(store: Store) -> None:
    pk = store.organizations.add("Lab", "lab").id
    store.organizations.add("Other", "taken")
    conflict = columns(store, Key("organizations", pk), {"slug": "lab"}, {"slug": "taken"}, {"slug": "labor"})
    with pytest.raises(LocalstoreError, match="'taken' is taken by the organization"):
        resolve(store, conflict, "mine")
    assert left(store) == 1
