"""What stays on this machine: saved searches, drafts, preferences; and what a form reads and writes as one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore.deeds.revision import retag, revise, written
from localstore.errors import EditConflict, InvalidFilter, InvalidValue, NotFound
from localstore.lists.excerpts import excerpts
from localstore.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "notes.db", email="ada@example.org")
    yield store
    store.close()


def names(store: Store, title: str) -> list[str]:
    return [tag.name for tag in store.items.get(title).tags]


# -- saved searches


def test_a_search_is_kept_by_name_replaced_and_forgotten(store: Store) -> None:
    store.saved_searches.save(" papers ", "type:paper")
    store.saved_searches.save("papers", "type:paper #todo")
    assert [(each.name, each.filter) for each in store.saved_searches.all()] == [("papers", "type:paper #todo")]
    store.saved_searches.remove("papers")
    assert store.saved_searches.all() == []


@pytest.mark.parametrize(
    ("name", "line", "error", "words"),
    [
        (" ", "#todo", InvalidValue, "name: a saved search needs a name"),
        ("all", "", InvalidValue, "filter: an empty find line finds everything: write a filter first"),
        ("bad", "tpye:x", InvalidFilter, "unknown field 'tpye'"),
        ("bad", 'say "hello', InvalidFilter, "a quote is open"),
        ("nul\0", "#todo", InvalidValue, "name: NUL at character 3: remove it"),
    ],
)
def test_a_search_that_cannot_be_kept_is_refused(
    store: Store, name: str, line: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        store.saved_searches.save(name, line)
    assert str(caught.value).startswith(words)
    assert store.saved_searches.all() == []


def test_forgetting_a_search_that_is_not_there_is_an_error(store: Store) -> None:
    with pytest.raises(NotFound, match=r"There is no saved search 'x'\."):
        store.saved_searches.remove("x")


# -- drafts and preferences


def test_a_draft_comes_back_after_a_restart(store: Store) -> None:
    store.drafts.keep("new", "half a thought")
    store.drafts.keep("new", "a thought")
    with Store.open(store.path) as again:
        draft = again.drafts.get("new")
        assert draft is not None
        assert draft.text == "a thought"
        again.drafts.drop("new")
    assert store.drafts.get("new") is None


def test_a_preference_is_any_json(store: Store) -> None:
    store.preferences.set("ui", {"theme": "dark", "row": None})
    assert store.preferences.get("ui") == {"theme": "dark", "row": None}
    store.preferences.remove("ui")
    assert store.preferences.get("ui", "none") == "none"


def test_a_preference_that_is_no_json_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue, match="set has no place in JSON"):
        store.preferences.set("ui", {1, 2})


def test_local_tables_leave_no_event_and_nothing_to_undo(store: Store) -> None:
    before = store.events.count(), len(store.history())
    store.saved_searches.save("a", "#todo")
    store.drafts.keep("new", "x")
    store.preferences.set("ui", 1)
    assert (store.events.count(), len(store.history())) == before


# -- excerpts


def test_excerpts_are_the_beginnings_of_the_first_texts(store: Store) -> None:
    item = store.items.add("Chat", contents=[{"role": "system", "text": "é" * 10}, {"role": "user", "text": "hi"}])
    found = excerpts(store, item.id, first=1, clip=4)
    assert found.total == 2
    assert [each[1:5] for each in found.shown] == [("system", "éééé", True, 20)]


# -- revision


def test_a_revision_is_one_action_over_columns_tags_and_text(store: Store) -> None:
    item = store.items.add("One", tags=["a", "b"], text="old")
    store.organizations.add("Lab", "lab")
    given = {"title": "Two", "tags": ["b", "c"], "text": "new", "organization": "lab", "description": "d"}
    count = store.events.count()
    revise(store, item.id, given, written(store, item.id)["updated_at"])
    now = written(store, item.id)
    assert {name: now[name] for name in given} == given
    assert store.events.count() == count + 1
    assert store.undo() == "edit 'Two'"
    back = written(store, item.id)
    assert (back["title"], back["tags"], back["text"], back["organization"]) == ("One", ["a", "b"], "old", "")


def test_a_text_for_an_item_without_one_is_added(store: Store) -> None:
    item = store.items.add("One")
    revise(store, item.id, {"text": "first", "role": "system"})
    assert [(content.role, content.text) for content in store.contents.of(item.id)] == [("system", "first")]


def test_a_revision_of_something_that_moved_on_writes_nothing(store: Store) -> None:
    item = store.items.add("One", tags=["a"], text="old")
    stamp = written(store, item.id)["updated_at"]
    store.items.tag(["elsewhere"], item.id)
    with pytest.raises(EditConflict) as caught:
        revise(store, item.id, {"tags": ["a", "mine"], "text": "old"}, stamp)
    assert caught.value.ours == {"tags": ["a", "mine"]}
    assert caught.value.theirs == {"tags": ["a", "elsewhere"]}
    assert names(store, "One") == ["a", "elsewhere"]


def test_a_revision_that_changes_nothing_leaves_the_item_alone(store: Store) -> None:
    item = store.items.add("One", tags=["a"], text="old")
    stamp = written(store, item.id)["updated_at"]
    revise(store, item.id, {"title": "One", "tags": ["a"], "text": "old"}, "2000-01-01T00:00:00.000000Z")
    assert written(store, item.id)["updated_at"] == stamp


def test_tags_go_on_and_off_in_one_action(store: Store) -> None:
    items = [store.items.add(title, tags=["old"]).id for title in ("One", "Two")]
    assert retag(store, items, ["new"], ["old"]) == 2
    assert (names(store, "One"), names(store, "Two")) == (["new"], ["new"])
    store.undo()
    assert (names(store, "One"), names(store, "Two")) == (["old"], ["old"])


def test_taking_off_a_tag_that_does_not_exist_changes_nothing(store: Store) -> None:
    item = store.items.add("One", tags=["old"])
    with pytest.raises(NotFound, match="There is no tag 'none'"):
        retag(store, [item.id], ["new"], ["none"])
    assert names(store, "One") == ["old"]
