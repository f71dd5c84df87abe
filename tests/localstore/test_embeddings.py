import math
from collections.abc import Callable
from typing import Any

import pytest

from localstore import Freshness, InvalidValue, NotFound, Store
from localstore.filters import Filter
from localstore.freshness import item_text
from localstore.ids import natural_id
from localstore.values import text_hash
from tests.localstore.snapshots import everything


@pytest.fixture
def item(store: Store) -> str:
    store.ai_models.add("bge", "local")
    store.ai_models.add("e5", "local")
    return str(store.items.add("Paper", text="attention").id)


@pytest.fixture
def content(store: Store, item: str) -> str:
    return str(store.contents.of(item)[0].id)


def test_the_first_models_vector_sits_on_the_text(store: Store, content: str) -> None:
    made = store.embeddings.put_one("bge", [1, 2, 3], content=content)
    assert (made.content_id, made.item_id, made.dim) == (content, None, 3)
    assert made.array.tolist() == [1, 2, 3]
    assert made.meta_data == {"text_sha256": text_hash("attention")}
    assert made.id == natural_id("embedding", store.ai_models.resolve("bge"), content)


def test_another_models_vector_sits_on_the_item_and_names_the_text(store: Store, item: str, content: str) -> None:
    first = store.embeddings.put_one("bge", [1, 2, 3], content=content)
    second = store.embeddings.put_one("e5", [4, 5], content=content)
    assert (second.content_id, second.item_id) == (None, item)
    assert second.meta_data["content_id"] == content
    assert store.embeddings.get(first.id).array.tolist() == [1, 2, 3]
    assert [made.id for made in store.embeddings.of(item)] == [first.id, second.id]


def test_a_whole_items_vector_sits_on_the_item_and_names_no_text(store: Store, item: str) -> None:
    made = store.embeddings.put_one("bge", [1, 2], item="Paper")
    assert (made.content_id, made.item_id) == (None, item)
    assert "content_id" not in made.meta_data
    assert made.meta_data["text_sha256"] == text_hash("Paper\n\nattention")
    with store.reading() as connection:
        assert item_text(connection, item) == "Paper\n\nattention"


@pytest.mark.parametrize("model", ["bge", "e5"])
def test_a_vector_stored_again_replaces_the_models_own_in_its_row(store: Store, content: str, model: str) -> None:
    store.embeddings.put_one("bge", [1, 1], content=content)
    store.embeddings.put_one("e5", [2, 2], content=content)
    old = store.embeddings.put_one(model, [3, 3], content=content)
    new = store.embeddings.put_one(model, [4, 4], content=content)
    assert new.id == old.id
    assert store.embeddings.count() == 2
    other = {"bge": [2, 2], "e5": [1, 1]}[model]
    assert sorted(made.array.tolist() for made in store.embeddings.all()) == sorted([other, [4, 4]])


def test_a_whole_items_vector_and_a_texts_are_two(store: Store, item: str, content: str) -> None:
    store.embeddings.put_one("e5", [9, 9], content=content)
    store.embeddings.put_one("bge", [1, 1], content=content)
    store.embeddings.put_one("bge", [2, 2], item=item)
    store.embeddings.put_one("bge", [3, 3], item=item)
    store.embeddings.put_one("bge", [4, 4], content=content)
    assert sorted(made.array.tolist() for made in store.embeddings.of(item)) == [[3, 3], [4, 4], [9, 9]]


def test_what_a_vectors_metadata_held_stays_and_is_added_to(store: Store, content: str) -> None:
    store.embeddings.put_one("bge", [1, 1], content=content, meta_data={"truncated": True})
    made = store.embeddings.put_one("bge", [2, 2], content=content, meta_data={"seconds": 3})
    assert made.meta_data == {"truncated": True, "seconds": 3, "text_sha256": text_hash("attention")}


def test_a_second_models_vector_still_names_its_text_after_it_is_replaced(store: Store, content: str) -> None:
    store.embeddings.put_one("bge", [1, 1], content=content)
    store.embeddings.put_one("e5", [1, 1], content=content)
    assert store.embeddings.put_one("e5", [2, 2], content=content).meta_data["content_id"] == content


def test_the_replaced_vector_comes_back_with_undo(store: Store, content: str) -> None:
    made = store.embeddings.put_one("bge", [1, 1], content=content)
    store.embeddings.put_one("bge", [2, 2], content=content)
    store.undo()
    assert store.embeddings.get(made.id).array.tolist() == [1, 1]
    store.redo()
    assert store.embeddings.get(made.id).array.tolist() == [2, 2]


def test_the_event_names_the_model_and_item_and_holds_no_vector(store: Store, item: str, content: str) -> None:
    store.embeddings.put_one("bge", [0.123456, 1], content=content)
    event = store.events.page(limit=1).rows[0]
    assert (event.event_type, event.item_id) == ("embedding.stored", item)
    assert event.model_id == store.ai_models.resolve("bge")
    assert event.payload["dim"] == 2
    assert "0.12" not in str(event.payload)


def test_a_filter_of_items_finds_the_vectors_of_their_texts_too(store: Store, item: str, content: str) -> None:
    other = store.items.add("Other", type="code")
    store.embeddings.put_one("bge", [1, 1], content=content)
    store.embeddings.put_one("bge", [2, 2], item=item)
    store.embeddings.put_one("bge", [3, 3], item=other.id)
    assert store.embeddings.count(Filter(types=("note",))) == 2
    assert store.embeddings.page(Filter(types=("code",))).rows[0].item_id == other.id


# -- lengths


@pytest.mark.parametrize("declared", [True, False])
def test_a_vector_of_another_length_is_refused_with_both_numbers(store: Store, content: str, declared: bool) -> None:
    if declared:
        store.ai_models.edit_parameters("bge", {"dim": 3})
    else:
        store.embeddings.put_one("bge", [1, 2, 3], item=store.items.add("First").id)
    before = everything(store)
    with pytest.raises(InvalidValue, match="vector: 2 numbers, but vectors of this model have 3"):
        store.embeddings.put_one("bge", [1, 2], content=content)
    assert everything(store) == before


def test_models_do_not_share_a_length(store: Store, content: str) -> None:
    store.embeddings.put_one("bge", [1, 2, 3], content=content)
    assert store.embeddings.put_one("e5", [1, 2], content=content).dim == 2


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        ([], "got an array of shape"),
        ([1, math.nan], r"vector\[1\]: nan does not fit float32"),
        ([1, 1e39], r"vector\[1\]: 1e\+39 does not fit float32"),
        ("12", "expected a list of numbers"),
        ([[1, 2]], "got an array of shape"),
    ],
)
def test_what_is_no_vector_is_refused(store: Store, content: str, vector: Any, message: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=message):
        store.embeddings.put_one("bge", vector, content=content)
    assert everything(store) == before


@pytest.mark.parametrize("both", [True, False])
def test_a_vector_stands_for_one_thing(store: Store, item: str, content: str, both: bool) -> None:
    where: dict[str, Any] = {"content": content, "item": item} if both else {}
    with pytest.raises(InvalidValue, match="one content or one item: name one of the two"):
        store.embeddings.put_one("bge", [1], **where)


def test_a_vector_of_a_model_nobody_registered_is_refused(store: Store, content: str) -> None:
    with pytest.raises(NotFound, match="There is no model 'gpt'"):
        store.embeddings.put_one("gpt", [1], content=content)


@pytest.mark.parametrize("column", ["dim", "model_id", "content_id", "item_id"])
def test_only_metadata_and_the_vector_are_edited_in_place(store: Store, content: str, column: str) -> None:
    made = store.embeddings.put_one("bge", [1], content=content)
    before = everything(store)
    with pytest.raises(InvalidValue, match=f"{column}: only meta_data and the vector can be edited"):
        store.embeddings.edit(made.id, **{column: None})
    assert everything(store) == before


def test_a_vector_edited_in_place_keeps_its_length_and_counts_as_made_of_the_text_as_it_is_now(
    store: Store, content: str
) -> None:
    made = store.embeddings.put_one("bge", [1, 2], content=content)
    store.contents.edit(content, text="attention is all you need")
    assert store.embeddings.state(made.id) is Freshness.STALE
    done = store.embeddings.edit(made.id, made.updated_at, vector=[3, 4])
    assert (done.array.tolist(), done.dim) == ([3, 4], 2)
    assert store.embeddings.state(made.id) is Freshness.FRESH
    with pytest.raises(InvalidValue, match="3 numbers, but vectors of this model have 2"):
        store.embeddings.edit(made.id, vector=[1, 2, 3])
    store.undo()
    assert store.embeddings.get(made.id).array.tolist() == [1, 2]


# -- freshness


@pytest.mark.parametrize("model", ["bge", "e5"])
def test_a_vector_is_fresh_stale_when_its_text_changed_and_fresh_when_put_back(
    store: Store, content: str, model: str
) -> None:
    store.embeddings.put_one("bge", [1, 1], content=content)
    made = store.embeddings.put_one(model, [1, 1], content=content)
    assert store.embeddings.state(made) is Freshness.FRESH
    store.contents.edit(content, text="attention!")
    assert store.embeddings.state(made) is Freshness.STALE
    store.contents.edit(content, text="attention")
    assert store.embeddings.state(made) is Freshness.FRESH


@pytest.mark.parametrize("act", ["title", "description", "text", "added", "moved", "deleted"])
def test_a_whole_items_vector_is_stale_after_any_of_its_texts_changed_and_fresh_after_undo(
    store: Store, item: str, content: str, act: str
) -> None:
    second = store.contents.add(item, "second").id
    made = store.embeddings.put_one("bge", [1, 1], item=item)
    acts: dict[str, Callable[[], Any]] = {
        "title": lambda: store.items.edit(item, title="Paper 2"),
        "description": lambda: store.items.edit(item, description="new"),
        "text": lambda: store.contents.edit(content, text="other"),
        "added": lambda: store.contents.add(item, "third"),
        "moved": lambda: store.contents.move(second, 1),
        "deleted": lambda: store.contents.delete(second),
    }
    acts[act]()
    assert store.embeddings.state(made) is Freshness.STALE
    store.undo()
    assert store.embeddings.state(made) is Freshness.FRESH


def test_a_change_of_a_texts_role_leaves_its_vector_fresh(store: Store, content: str) -> None:
    made = store.embeddings.put_one("bge", [1, 1], content=content)
    store.contents.edit(content, role="assistant")
    assert store.embeddings.state(made) is Freshness.FRESH


def test_a_vector_made_of_an_older_text_is_stale_from_the_start(store: Store, content: str) -> None:
    made = store.embeddings.put_one("bge", [1, 1], content=content, text_sha256=text_hash("as it was"))
    assert store.embeddings.state(made) is Freshness.STALE


def test_a_new_vector_of_the_edited_text_is_fresh(store: Store, content: str) -> None:
    store.embeddings.put_one("bge", [1, 1], content=content)
    store.contents.edit(content, text="new words")
    assert store.embeddings.state(store.embeddings.put_one("bge", [2, 2], content=content)) is Freshness.FRESH


def test_a_vector_that_notes_no_hash_is_unknown(store: Store, content: str) -> None:
    made = store.embeddings.put_one("bge", [1, 1], content=content)
    store.embeddings.edit(made.id, meta_data={})
    assert store.embeddings.state(made) is Freshness.UNKNOWN


def test_the_list_shows_the_worst_of_an_items_vectors(store: Store, item: str, content: str) -> None:
    assert store.items.rows().rows[0].freshness is Freshness.NONE
    store.embeddings.put_one("bge", [1, 1], content=content)
    assert store.items.rows().rows[0].freshness is Freshness.FRESH
    second = store.contents.add(item, "second").id
    store.embeddings.put_one("bge", [1, 1], content=second)
    store.contents.edit(second, text="changed")
    assert store.items.rows().rows[0].freshness is Freshness.STALE


def test_the_state_of_a_vector_that_is_gone_is_asked_in_vain(store: Store, content: str) -> None:
    made = store.embeddings.put_one("bge", [1, 1], content=content)
    store.embeddings.delete(made.id)
    with pytest.raises(NotFound, match="is gone"):
        store.embeddings.state(made)


def test_a_restored_text_brings_its_vector_and_its_state(store: Store, content: str) -> None:
    made = store.embeddings.put_one("bge", [1, 1], content=content)
    entry = store.contents.delete(content)
    assert store.embeddings.count() == 0
    store.trash.restore(entry.id)
    assert store.embeddings.state(made.id) is Freshness.FRESH


@pytest.mark.parametrize(
    ("noted", "state"),
    [
        ("md5:4c4a9fd7f4a4a416922b64bb3060bcd3", Freshness.FRESH),
        ("md5:00000000000000000000000000000000", Freshness.STALE),
        ("sha1:whatever", Freshness.UNKNOWN),
    ],
)
def test_a_hash_of_another_kind_tells_freshness_where_it_can_be_computed(
    store: Store, noted: str, state: Freshness
) -> None:
    store.ai_models.add("m", "p")
    content = store.contents.add(store.items.add("A").id, "attention").id
    assert store.embeddings.state(store.embeddings.put_one("m", [1, 1], content=content, text_sha256=noted)) is state
