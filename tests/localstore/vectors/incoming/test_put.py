"""Many vectors at once: what keys stand for, what is made for them, where vectors sit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from localstore import Freshness, Store
from localstore.bulk.fingerprint import of_stored
from localstore.ids import natural_id, new_id
from localstore.item_records import load
from localstore.records import ContentRecord, ItemRecord
from localstore.values import text_hash
from localstore.vectors.incoming.put import put
from tests.localstore.snapshots import everything

MODEL = "local/bge"


def rows(count: int, dim: int = 3, start: int = 1) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.arange(start, start + count * dim, dtype=np.float32).reshape(count, dim)


def arrays(store: Store, key: str) -> list[list[float]]:
    return [made.array.tolist() for made in store.embeddings.of(natural_id("import", "vectors", key))]


def test_a_key_that_stands_for_nothing_makes_an_item_with_the_vector(store: Store) -> None:
    report = put(store, MODEL, ["a", "b"], rows(2))
    assert report.counts() == {"added": 2, "items_made": 2}
    item = store.items.get(natural_id("import", "vectors", "b"))
    assert (item.title, item.type, item.owner_id) == ("b", "vector", store.local_user_id)
    (made,) = store.embeddings.of(item.id)
    assert (made.item_id, made.content_id, made.array.tolist()) == (item.id, None, [4, 5, 6])
    assert made.meta_data == {"text_sha256": text_hash("b")}
    assert made.id == natural_id("embedding", report.model_id, item.id)
    assert store.embeddings.state(made) is Freshness.FRESH
    assert store.check() == []


def test_a_text_makes_a_content_that_carries_the_vector(store: Store) -> None:
    report = put(store, MODEL, ["a", "b"], rows(2), texts=["attention", None], titles=["Paper", None])
    assert report.counts() == {"added": 2, "items_made": 2, "texts_made": 1}
    item = store.items.get(natural_id("import", "vectors", "a"))
    (content,) = store.contents.of(item.id)
    assert (item.title, content.text, content.id) == ("Paper", "attention", natural_id("import", item.id, "0"))
    (made,) = store.embeddings.of(item.id)
    assert (made.content_id, made.item_id, made.meta_data) == (
        content.id,
        None,
        {"text_sha256": text_hash("attention")},
    )
    assert store.items.rows().rows[0].freshness is Freshness.FRESH
    assert [hit.item_id for hit in store.search("attention").rows] == [item.id]
    assert store.check() == []


def test_metadata_goes_to_a_new_item_and_its_hash_to_the_vector(store: Store) -> None:
    put(store, MODEL, ["a"], rows(1), metadata=[{"year": 2017.0, "text_sha256": text_hash("older")}])
    item = store.items.page().rows[0]
    assert item.meta_data["year"] == 2017
    assert "text_sha256" not in item.meta_data
    (made,) = store.embeddings.of(item.id)
    assert made.meta_data == {"text_sha256": text_hash("older")}
    assert store.embeddings.state(made) is Freshness.STALE


def test_metadata_goes_to_the_vector_of_an_item_that_is_there(store: Store) -> None:
    item = store.items.add("Paper", text="attention")
    put(store, MODEL, [item.id], rows(1), metadata=[{"truncated": True, "content_id": "x"}])
    (made,) = store.embeddings.of(item.id)
    assert made.meta_data == {"truncated": True, "text_sha256": text_hash("Paper\n\nattention")}


def test_an_import_of_the_same_key_finds_the_item_that_was_made(store: Store) -> None:
    put(store, MODEL, ["a", "b"], rows(2), texts=["one", None], titles=["A", None], source="papers")
    with store.bulk(source="papers", type="vector") as bulk:
        bulk.put(ItemRecord("A", key="a", contents=[ContentRecord("one")]))
        bulk.put(ItemRecord("b", key="b"))
    assert bulk.report.counts() == {"skipped": 2}


def test_a_made_item_says_where_it_came_from_with_the_hash_of_what_came(store: Store) -> None:
    put(store, MODEL, ['a"\n'], rows(1), metadata=[{"n": 1}], source="pa\\pers")
    (item,) = store.items.page().rows
    with store.reading() as connection:
        (record,) = load(connection, [str(item.id)])
    assert item.meta_data == {"n": 1, "source": {"name": "pa\\pers", "key": 'a"\n', "sha256": of_stored(record)}}


def test_items_contents_and_embeddings_are_named_by_their_ids(store: Store) -> None:
    store.ai_models.add("bge", "local")
    item = store.items.add("Paper", text="attention")
    other = store.items.add("Other", text="words")
    content = store.contents.of(item.id)[0]
    vector = store.embeddings.put_one(MODEL, [9, 9, 9], item=other.id)
    report = put(store, MODEL, [item.id, content.id.upper(), vector.id], rows(3))
    assert report.counts() == {"added": 2, "updated": 1}
    assert store.embeddings.get(vector.id).array.tolist() == [7, 8, 9]
    whole = next(made for made in store.embeddings.of(item.id) if made.item_id)
    on_text = next(made for made in store.embeddings.of(item.id) if made.content_id)
    assert (whole.array.tolist(), on_text.array.tolist()) == ([1, 2, 3], [4, 5, 6])
    assert on_text.content_id == content.id


def test_a_uuid_that_stands_for_nothing_makes_an_item_of_a_derived_id_as_any_key_does(store: Store) -> None:
    key = new_id()
    put(store, MODEL, [key], rows(1), titles=["Named"], source="papers")
    item = store.items.get(natural_id("import", "papers", key))
    with store.reading() as connection:
        (record,) = load(connection, [str(item.id)])
    assert item.title == "Named"
    assert item.meta_data == {"source": {"name": "papers", "key": key, "sha256": of_stored(record)}}


@pytest.mark.parametrize("texts", [None, ["one", None]], ids=["without texts", "with a text"])
@pytest.mark.parametrize("create", [True, False])
def test_a_uuid_finds_the_item_made_for_it_in_any_spelling(store: Store, texts: Any, create: bool) -> None:
    keys = [new_id(), new_id()]
    assert put(store, MODEL, keys, rows(2), texts=texts).items_made == 2
    again = put(store, MODEL, [key.upper() for key in keys], rows(2), texts=texts, create=create)
    assert (again.counts(), store.items.count()) == ({"unchanged": 2}, 2)


def test_whole_numbers_are_keys_by_their_digits(store: Store) -> None:
    put(store, MODEL, np.arange(2), rows(2))
    assert arrays(store, "1") == [[4, 5, 6]]


def test_only_what_exists_gets_vectors_when_nothing_may_be_made(store: Store) -> None:
    item = store.items.add("Paper")
    store.ai_models.add("bge", "local")
    report = put(store, MODEL, ["x", item.id, new_id()], rows(3), texts=["t", None, None], create=False)
    assert report.counts() == {"added": 1, "unknown": 2}
    assert "x" in report.unknown
    assert store.items.count() == 1


def test_the_second_models_vector_sits_on_the_item_and_names_the_text(store: Store) -> None:
    put(store, MODEL, ["a"], rows(1), texts=["one"])
    report = put(store, "local/e5@2", ["a"], rows(1, 2), texts=["one"])
    assert report.counts() == {"added": 1}
    first, second = store.embeddings.of(natural_id("import", "vectors", "a"))
    assert (second.content_id, second.meta_data["content_id"]) == (None, first.content_id)
    assert store.embeddings.state(second) is Freshness.FRESH
    assert store.ai_models.get("local/e5@2").parameters == {"dim": 2}
    assert put(store, "local/e5@2", ["a"], rows(1, 2), texts=["one"]).counts() == {"unchanged": 1}


@pytest.mark.parametrize("name", ["bge", "local/bge"])
def test_a_registered_model_is_found_by_name(store: Store, name: str) -> None:
    model = store.ai_models.add("bge", "local", "3")
    assert put(store, name, ["a"], rows(1)).model_id == model.id
    assert store.ai_models.count() == 1


def test_a_models_name_may_hold_slashes(store: Store) -> None:
    put(store, "sentence-transformers/sentence-transformers/all-MiniLM-L6-v2@1", ["a"], rows(1))
    (model,) = store.ai_models.all()
    assert (model.provider, model.name, model.version) == (
        "sentence-transformers",
        "sentence-transformers/all-MiniLM-L6-v2",
        "1",
    )


@pytest.mark.parametrize("dtype", ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "i1", "u2", ">i8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_type_of_number_in_any_order_of_bytes_and_axes_is_stored_as_float32(
    store: Store, dtype: str, order: Any
) -> None:
    put(store, MODEL, ["a", "b"], np.array([[1, 2, 3], [4, 5, 6]], dtype=dtype, order=order))
    assert (arrays(store, "a"), arrays(store, "b")) == ([[1, 2, 3]], [[4, 5, 6]])


@pytest.mark.parametrize("number", [-0.0, 7.038531e-26, 0.1, 1e-46, 3.4e38])
def test_numbers_are_rounded_as_for_a_single_vector(store: Store, number: float) -> None:
    store.ai_models.add("bge", "local")
    one = store.embeddings.put_one(MODEL, [number, 1], item=store.items.add("one").id)
    put(store, MODEL, ["a"], [[number, 1]])
    (many,) = store.embeddings.of(natural_id("import", "vectors", "a"))
    assert many.array.tobytes() == one.array.tobytes()


def test_no_rows_are_harmless(store: Store) -> None:
    before = everything(store)
    assert put(store, MODEL, [], np.empty((0, 3))).counts() == {}
    assert put(store, MODEL, [], []).counts() == {}
    assert everything(store) == before


def test_one_event_tells_how_many(store: Store) -> None:
    put(store, MODEL, [f"k{n}" for n in range(1500)], rows(1500), source="papers")
    event = store.events.page(limit=1).rows[0]
    assert (event.event_type, event.model_id) == ("embeddings.stored", store.ai_models.resolve(MODEL))
    assert event.payload == {
        "model": MODEL,
        "source": "papers",
        "state": "finished",
        "added": 1500,
        "items_made": 1500,
    }
    assert store.events.count({"event_type": "embeddings.stored"}) == 1


def test_few_vectors_are_taken_back_by_undo_and_come_again(store: Store) -> None:
    item = store.items.add("Paper", text="attention")
    content = store.contents.of(item.id)[0].id
    put(store, MODEL, [content], rows(1))
    put(store, MODEL, [content, "new"], rows(2, start=10), texts=[None, "text"])
    assert store.history()[0].label == "store 2 vectors of 'local/bge'"
    store.undo()
    assert (store.embeddings.count(), store.items.count(), store.contents.count()) == (1, 1, 1)
    assert store.embeddings.of(item.id)[0].array.tolist() == [1, 2, 3]
    store.redo()
    assert (store.embeddings.of(item.id)[0].array.tolist(), arrays(store, "new")) == ([10, 11, 12], [[13, 14, 15]])
    assert store.check() == []


def test_many_vectors_leave_no_undo_entry(store: Store) -> None:
    put(store, MODEL, [f"k{n}" for n in range(1001)], rows(1001))
    assert store.history() == []


def test_a_mapped_file_is_read_in_pieces(store: Store, tmp_path: Path) -> None:
    count = 20_000
    np.save(tmp_path / "m.npy", rows(count, 4))
    mapped = np.load(tmp_path / "m.npy", mmap_mode="r")
    told: list[tuple[int, int]] = []
    report = put(store, MODEL, [f"k{n}" for n in range(count)], mapped, progress=lambda *at: told.append(at))
    assert report.counts() == {"added": count, "items_made": count}
    assert told == [(8192, count), (16384, count), (count, count)]
    assert arrays(store, "k12345") == [rows(count, 4)[12345].tolist()]
    assert store.check() == []


def test_texts_are_found_by_search_and_vectors_by_nearest_at_once(store: Store) -> None:
    count = 3000
    generated = np.random.default_rng(0).standard_normal((count, 8))
    put(store, MODEL, [f"k{n}" for n in range(count)], generated, texts=[f"word{n} text" for n in range(count)])
    assert len(store.search("word2999").rows) == 1
    (match,) = store.embeddings.nearest(generated[1234], k=1, model=MODEL).matches
    assert match.item_id == natural_id("import", "vectors", "k1234")
    assert store.check() == []


@pytest.mark.parametrize("more", [1, 1500])
def test_codes_that_were_made_know_of_vectors_that_are_replaced_and_added(store: Store, more: int) -> None:
    generated = np.random.default_rng(0).standard_normal((3000 + more, 8))
    put(store, MODEL, [f"k{n}" for n in range(3000)], generated[:3000])
    store.embeddings.rebuild(MODEL)
    moved = -generated[1234]
    put(store, MODEL, ["k1234"], [moved])
    put(store, MODEL, [f"m{n}" for n in range(more)], generated[3000:])
    with Store.open(store.path) as fresh:
        assert fresh.embeddings.nearest(moved, k=1, model=MODEL).matches[0].title == "k1234"
        assert fresh.embeddings.nearest(generated[-1], k=1, model=MODEL).matches[0].title == f"m{more - 1}"
    assert store.check() == []


# -- items that are there, and texts that came


def chosen(store: Store, text: str, keys: Sequence[str]) -> str | None:
    """The content that got the vector, or None for the whole item."""
    put(store, MODEL, keys, rows(1), texts=[text])
    (made,) = store.embeddings.page(limit=1, sort="-updated").rows
    return made.content_id


def test_a_vector_goes_to_the_content_whose_text_came(store: Store) -> None:
    item = store.items.add("Paper", text="first")
    second = store.contents.add(item.id, "second")
    assert chosen(store, "second", [item.id]) == second.id
    assert store.embeddings.state(store.embeddings.of(item.id)[0]) is Freshness.FRESH


def test_an_edited_text_stays_and_its_vector_is_stale(store: Store) -> None:
    put(store, MODEL, ["a"], rows(1), texts=["came"])
    content = store.contents.page().rows[0]
    store.contents.edit(content.id, text="edited")
    report = put(store, MODEL, ["a"], rows(1, start=5), texts=["came"])
    assert report.counts() == {"updated": 1}
    assert store.contents.get(content.id).text == "edited"
    assert store.embeddings.state(store.embeddings.page().rows[0]) is Freshness.STALE


def test_an_item_without_texts_gets_the_one_that_came(store: Store) -> None:
    put(store, MODEL, ["a"], rows(1))
    item = store.items.page().rows[0]
    report = put(store, MODEL, ["a"], rows(1, start=5), texts=["came"])
    assert report.counts() == {"added": 1, "texts_made": 1}
    assert [content.text for content in store.contents.of(item.id)] == ["came"]
    assert store.items.get(item.id).updated_at > item.updated_at
    whole = next(made for made in store.embeddings.of(item.id) if made.item_id)
    assert store.embeddings.state(whole) is Freshness.STALE
    assert len(store.search("came").rows) == 1
    assert store.check() == []


def test_a_text_that_none_of_several_contents_is_makes_the_vector_the_items(store: Store) -> None:
    item = store.items.add("Paper", text="first")
    store.contents.add(item.id, "second")
    assert chosen(store, "third", [item.id]) is None
    assert store.embeddings.state(store.embeddings.of(item.id)[0]) is Freshness.STALE


def test_a_text_that_was_moved_to_another_item_stays_there(store: Store) -> None:
    put(store, MODEL, ["a"], rows(1), texts=["came"])
    content, other = store.contents.page().rows[0], store.items.add("Other")
    with store.database.writing() as connection:
        connection.execute("UPDATE contents SET item_id = ?", (other.id,))
    report = put(store, MODEL, ["a"], rows(1, start=5), texts=["came"])
    assert report.counts() == {"added": 1, "texts_made": 1}
    assert store.contents.get(content.id).item_id == other.id
    assert store.check() == []
