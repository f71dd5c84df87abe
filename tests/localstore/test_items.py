"""Items: adding, finding, editing only what is given, and the list."""

from __future__ import annotations

from datetime import datetime

import pytest

from localstore import Ambiguous, EditConflict, Freshness, InvalidValue, NotFound, Store, ids
from tests.localstore import foreign
from tests.localstore.snapshots import everything

NIL = "00000000-0000-7000-8000-0000000000{}"


def test_an_added_item_has_all_that_was_given(store: Store) -> None:
    lab = store.organizations.add("Lab")
    item = store.items.add(
        "Title",
        type="prompt",
        text="first",
        role="system",
        tags=["A", "b"],
        organization="lab",
        contents=[{"text": "second", "role": "user"}],
        description="about",
        meta_data={"n": 1},
    )
    assert (item.title, item.type, item.description, item.meta_data) == ("Title", "prompt", "about", {"n": 1})
    assert (item.owner_id, item.organization_id) == (store.local_user_id, lab.id)
    assert [(c.role, c.text) for c in item.contents] == [("system", "first"), ("user", "second")]
    assert [tag.name for tag in item.tags] == ["A", "b"]


def test_an_item_that_is_refused_in_part_is_refused_whole(store: Store) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=r"text: NUL at character 3: remove it"):
        store.items.add("Title", tags=["new"], contents=[{"text": "good"}, {"text": "bad\0"}])
    assert everything(store) == before


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            {"tittle": "x"},
            r"items has no column 'tittle': it has id, created_at, updated_at, owner_id, organization_id",
        ),
        ({"title": None}, "title: a value is needed, got none"),
        ({"title": 5}, "title: expected text, got int '5'"),
        ({"meta_data": []}, r"meta_data: expected an object, got '\[\]'"),
        ({"meta_data": {"a": [1, float("nan")]}}, r"meta_data\.a\[1\]: nan has no place in JSON"),
        ({"owner_id": NIL.format("00")}, f"owner_id: there is no user {NIL.format('00')}"),
        ({"created_at": datetime(2026, 1, 1)}, "created_at: 2026-01-01T00:00:00 has no time zone"),
        ({"id": NIL.format("00")}, "id: a key never changes: leave it out"),
    ],
)
def test_an_edit_that_is_refused_changes_nothing(store: Store, columns: dict[str, object], sentence: str) -> None:
    item = store.items.add("Title")
    before = everything(store)
    with pytest.raises(InvalidValue, match=f"^{sentence}"):
        store.items.edit(item.id, **columns)
    assert everything(store) == before


def test_an_edit_sets_only_the_given_columns(store: Store) -> None:
    item = store.items.add("Title", description="kept", meta_data={"kept": True})
    edited = store.items.edit(item.id, title="Other")
    assert (edited.title, edited.description, edited.meta_data) == ("Other", "kept", {"kept": True})
    assert edited.updated_at > item.updated_at
    assert edited.created_at == item.created_at


def test_an_edit_that_changes_nothing_leaves_no_trace(store: Store) -> None:
    item = store.items.add("Title")
    before = everything(store)
    assert store.items.edit(item.id, title="Title").updated_at == item.updated_at
    assert everything(store) == before


def test_metadata_is_set_and_removed_by_key(store: Store) -> None:
    item = store.items.add("Title", meta_data={"a": 1, "b": 2})
    assert store.items.edit_meta(item.id, {"c": [None]}, remove=["a", "none"]).meta_data == {"b": 2, "c": [None]}


def test_an_edit_of_an_item_that_changed_meanwhile_carries_both_versions(store: Store) -> None:
    mine = store.items.add("Title")
    store.items.edit(mine.id, title="Theirs")
    before = everything(store)
    with pytest.raises(EditConflict, match=rf"The item {ids.short(mine.id)} was changed meanwhile") as caught:
        store.items.edit(mine.id, expected=mine.updated_at, title="Ours")
    assert (caught.value.ours, caught.value.theirs["title"]) == ({"title": "Ours"}, "Theirs")
    assert everything(store) == before


def test_an_edit_of_an_item_that_another_program_changed_within_the_millisecond_is_a_conflict(store: Store) -> None:
    mine = store.items.add("Title", created_at="2020-01-01T00:00:00.000000Z")
    foreign.write(store.path, "UPDATE items SET title = 'Theirs'")
    with pytest.raises(EditConflict):
        store.items.edit(mine.id, expected=mine.updated_at, title="Ours")


def test_an_edit_of_an_unchanged_item_with_its_time_is_taken(store: Store) -> None:
    item = store.items.add("Title")
    edited = store.items.edit(item.id, expected=item.updated_at, title="One")
    assert store.items.edit(item.id, expected=edited.updated_at.isoformat(), title="Two").title == "Two"


def test_an_edit_of_an_item_that_is_gone_says_so(store: Store) -> None:
    item = store.items.add("Title")
    foreign.write(store.path, "DELETE FROM items")
    with pytest.raises(NotFound, match=f"There is no item '{item.id}'"):
        store.items.edit(item.id, title="x")


# -- finding one --------------------------------------------------------------------------------------------


@pytest.fixture
def several(store: Store) -> Store:
    store.items.add("One", id="0190aaaa-0000-7000-8000-00000000cafe")
    store.items.add("Two", id="0190aaaa-0000-7000-8000-00000001beef")
    store.items.add("Two", id="0190bbbb-0000-7000-8000-00000002beef")
    store.items.add("dead", id="0190cccc-0000-7000-8000-000000000001")
    return store


@pytest.mark.parametrize(
    ("ref", "title"),
    [
        ("0190aaaa-0000-7000-8000-00000000cafe", "One"),
        (" 0190AAAA-0000-7000-8000-00000000CAFE ", "One"),
        ("cafe", "One"),
        ("1beef", "Two"),
        ("0190b", "Two"),
        ("0190bbbb-00", "Two"),
        ("One", "One"),
        ("dead", "dead"),
        ("@last", "dead"),
    ],
)
def test_an_item_answers_to_its_id_a_part_of_it_its_title_and_last(several: Store, ref: str, title: str) -> None:
    assert several.items.get(ref).title == title


@pytest.mark.parametrize("ref", ["Two", "beef", "0190"])
def test_an_ambiguous_name_lists_the_candidates(several: Store, ref: str) -> None:
    with pytest.raises(
        Ambiguous, match=rf"^'{ref}' fits \d items: .*0001beef 'Two'.*\. Give more of the id\.$"
    ) as caught:
        several.items.get(ref)
    assert ("0190bbbb-0000-7000-8000-00000002beef", "Two") in caught.value.candidates


@pytest.mark.parametrize(
    "ref", ["", "  ", "caf", "one", "nothing", "%", "'; DROP TABLE items; --", "a\0b", "\udcff", NIL]
)
def test_what_no_item_answers_to_is_not_found(several: Store, ref: str) -> None:
    with pytest.raises((NotFound, InvalidValue), match=r"There is no item|lone surrogate"):
        several.items.get(ref)
    assert several.items.count() == 4


def test_there_is_no_last_item_in_an_empty_store(store: Store) -> None:
    with pytest.raises(NotFound, match="There is no item yet: add one with 'localstore add TITLE'"):
        store.items.get("@last")


# -- the list -----------------------------------------------------------------------------------------------


def test_a_row_shows_the_worst_state_of_the_items_vectors(store: Store) -> None:
    model = store.ai_models.add("m", "p")
    fresh, stale, none = (store.items.add(title, text=title) for title in ("fresh", "stale", "none"))
    texts = [item.contents.first() for item in (fresh, stale)]
    noted = [{"text_sha256": sha} for sha in (_sha("fresh"), _sha("something else"))]
    sql = "INSERT INTO embeddings (model_id, content_id, vector, dim, meta_data) VALUES (?, ?, x'0000803f', 1, ?)"
    with store.database.writing() as connection:
        connection.executemany(sql, [(model.id, t.id, _json(m)) for t, m in zip(texts, noted, strict=True)])  # type: ignore[union-attr]
    found = {row.id: row.freshness for row in store.items.rows().rows}
    assert found == {fresh.id: Freshness.FRESH, stale.id: Freshness.STALE, none.id: Freshness.NONE}


def _sha(text: str) -> str:
    from localstore.values import text_hash

    return text_hash(text)


def _json(value: object) -> str:
    from localstore.values import to_json

    return to_json(value)


def test_counts_and_facets_agree_with_the_rows(store: Store) -> None:
    store.items.add("a", type="note", tags=["x", "y"])
    store.items.add("b", type="note", tags=["x"])
    store.items.add("c", type="paper")
    assert (store.items.count(), store.items.types()) == (3, {"note": 2, "paper": 1})
    assert store.items.tag_counts() == {"x": 2, "y": 1}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"sort": "size"}, "sort: cannot sort by 'size': choose updated, created, title, type, id"),
        ({"after": "nonsense"}, "'nonsense' is no cursor: take it from 'next' of the page before"),
        ({"after": '[1e999, "x"]'}, "is no cursor"),
        ({"after": '{"a": 1, "b": 2}'}, "is no cursor"),
        ({"after": "[" * 100_000}, "is no cursor"),
        ({"limit": 0}, "limit: 0 rows are no page: ask for one at least"),
    ],
)
@pytest.mark.parametrize("method", ["rows", "page"])
def test_a_page_that_cannot_be_is_refused(store: Store, method: str, options: dict[str, object], sentence: str) -> None:
    store.items.add("a")
    with pytest.raises(InvalidValue, match=sentence.replace("[", r"\[")):
        getattr(store.items, method)(**options)
