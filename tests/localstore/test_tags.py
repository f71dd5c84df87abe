"""Tags: one per name whatever its case; those made twice elsewhere are shown as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import Filter, InvalidValue, NotFound, Store, Taken, ids
from tests.localstore.snapshots import everything


@pytest.fixture
def doubled(store: Store) -> Store:
    """A store into which another program wrote two more tags called todo."""
    both = store.items.add("both", tags=["todo", "other"])
    one = store.items.add("one")
    with store.database.writing() as connection:
        for name in ("TODO", "Todo"):
            pk = ids.new_id()
            connection.execute("INSERT INTO tags (id, name) VALUES (?, ?)", (pk, name))
            links = [(both.id, pk), (one.id, pk)]
            connection.executemany("INSERT INTO item_tag_links (item_id, tag_id) VALUES (?, ?)", links)
    return store


@pytest.mark.parametrize(("first", "second"), [("Todo", "tODO"), ("straße", "STRASSE"), ("café", "cafe\u0301")])
def test_names_that_differ_only_in_case_or_composition_are_one_tag(store: Store, first: str, second: str) -> None:
    item = store.items.add("x", tags=[first, second])
    assert [tag.name for tag in item.tags] == [first]
    assert store.items.tag([second], item.id) == 0
    assert store.items.untag([f"#{second}"], item.id) == 1


def test_a_tag_has_the_same_id_in_every_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "one.db") as one, Store.open(tmp_path / "two.db") as two:
        assert one.tags.add("Größe").id == two.tags.add("GRÖSSE").id == ids.tag_id("größe")


@pytest.mark.parametrize("name", ["", "  ", "#", " # "])
def test_a_tag_without_a_name_is_refused(store: Store, name: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match="tag: a tag needs a name"):
        store.items.add("x", tags=[name])
    assert everything(store) == before


def test_a_tag_that_is_there_is_not_added_again(store: Store) -> None:
    held = store.tags.add("Todo")
    before = everything(store)
    with pytest.raises(Taken, match=rf"name: the tag 'TODO' is there already \({ids.short(held.id)}\)"):
        store.tags.add("TODO")
    assert everything(store) == before


def test_a_tag_is_found_by_name_in_any_case_with_or_without_its_sign(store: Store) -> None:
    tag = store.tags.add("Größe", color="teal")
    assert {store.tags.get(ref).id for ref in ("größe", "#GRÖSSE", tag.id, tag.id[-6:])} == {tag.id}


def test_tagging_and_untagging_move_the_items_time_and_count_what_changed(store: Store) -> None:
    one, two = store.items.add("one", tags=["a"]), store.items.add("two")
    assert store.items.tag(["a", "b"], one.id, two.id) == 3
    assert store.items.get(one.id).updated_at > one.updated_at
    assert store.items.untag(["a"], one.id, two.id) == 2
    untouched = store.items.get(two.id).updated_at
    assert store.items.untag(["a"], two.id) == 0
    assert store.items.get(two.id).updated_at == untouched


def test_an_unknown_tag_cannot_be_taken_off(store: Store) -> None:
    item = store.items.add("x")
    with pytest.raises(NotFound, match=r"There is no tag 'none': see 'localstore tags list'\."):
        store.items.untag(["none"], item.id)


def test_nothing_to_tag_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue, match="nothing to tag: name at least one tag and one item"):
        store.items.tag([], store.items.add("x").id)


def test_a_renamed_tag_keeps_its_items_and_its_old_name_is_free(store: Store) -> None:
    item = store.items.add("x", tags=["old"])
    store.tags.rename("old", "New")
    other = store.items.add("y", tags=["old"])
    assert ([tag.name for tag in item.tags], [tag.name for tag in other.tags]) == (["New"], ["old"])
    assert store.tags.rename("new", "NEW").name == "NEW"


@pytest.mark.parametrize("way", ["rename", "edit"])
def test_renaming_to_a_name_that_is_taken_advises_to_merge(store: Store, way: str) -> None:
    store.items.add("x", tags=["a", "b"])
    before = everything(store)
    with pytest.raises(Taken, match="name: there is a tag 'B': merge the two instead"):
        store.tags.rename("a", "B") if way == "rename" else store.tags.edit("a", name="B")
    assert everything(store) == before


def test_a_tag_edited_to_no_name_is_refused(store: Store) -> None:
    store.tags.add("a")
    with pytest.raises(InvalidValue, match="a tag needs a name"):
        store.tags.edit("a", name=" ")


def test_merging_moves_the_items_and_undo_moves_them_back(store: Store) -> None:
    both, one = store.items.add("both", tags=["a", "b"]), store.items.add("one", tags=["a"])
    before = everything(store, local=False)
    assert store.tags.merge("a", "b") == 2
    assert [[tag.name for tag in item.tags] for item in (both, one)] == [["b"], ["b"]]
    assert store.tags.count() == 1
    store.undo()
    after = everything(store, local=False)
    assert [after[name] for name in ("tags", "item_tag_links")] == [before[name] for name in ("tags", "item_tag_links")]


def test_a_tag_is_not_merged_into_itself(store: Store) -> None:
    store.tags.add("a")
    with pytest.raises(InvalidValue, match="'a' and '#A' are one tag"):
        store.tags.merge("a", "#A")


# -- made twice elsewhere -----------------------------------------------------------------------------------


def test_tags_of_one_name_are_shown_as_one(doubled: Store) -> None:
    rows = {row.title: row.tags for row in doubled.items.rows().rows}
    assert rows == {"both": ("TODO", "other"), "one": ("TODO",)}


def test_tags_of_one_name_are_counted_as_one(doubled: Store) -> None:
    assert doubled.items.tag_counts() == {"TODO": 2, "other": 1}
    assert doubled.items.tag_counts(Filter.parse("#other")) == {"TODO": 1, "other": 1}
    assert [(tag.name, tag.items) for tag in doubled.tags.counts()] == [("other", 1), ("todo", 2)]


def test_tags_of_one_name_are_found_and_taken_off_together(doubled: Store) -> None:
    assert doubled.items.count(Filter.parse("#tOdO")) == 2
    assert doubled.items.untag(["todo"], "one", "both") == 2
    assert doubled.items.count(Filter.parse("#todo")) == 0


def test_tagging_with_a_doubled_name_adds_no_third_link(doubled: Store) -> None:
    assert doubled.items.tag(["todo"], "one", "both") == 0


def test_a_doubled_tag_can_be_recoloured_by_name(doubled: Store) -> None:
    assert doubled.tags.recolor("todo", "teal").color == "teal"
