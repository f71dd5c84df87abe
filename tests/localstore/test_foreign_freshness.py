"""Vectors whose texts another program changes, through Python's own sqlite3: an older SQLite, no functions of ours."""

import array
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from localstore import Freshness, Store
from localstore.values import text_hash

pytestmark = pytest.mark.skipif(sqlite3.sqlite_version_info < (3, 37), reason="its SQLite knows no STRICT tables")


class Place(NamedTuple):
    item: str
    content: str
    model: str
    embedding: str


@pytest.fixture
def place(store: Store) -> Place:
    model = store.ai_models.add("bge", "local").id
    item = store.items.add("Paper", text="attention").id
    content = store.contents.of(item)[0].id
    return Place(item, content, model, store.embeddings.put_one("bge", [1, 2], content=content).id)


PROGRAM = """
import json, sqlite3, sys
path, sql, values = json.loads(sys.argv[1])
connection = sqlite3.connect(path)
connection.execute("PRAGMA foreign_keys = ON")
with connection:
    connection.execute(sql, [bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for v in values])
connection.close()
"""


def foreign(store: Store, sql: str, *values: str | bytes) -> None:
    """Run one statement in a process of its own: two SQLite libraries in one would drop each other's locks."""
    bound = [{"hex": value.hex()} if isinstance(value, bytes) else value for value in values]
    subprocess.run([sys.executable, "-c", PROGRAM, json.dumps([str(store.path), sql, bound])], check=True)


def shown(store: Store) -> Freshness:
    """What the list shows of the one item, after catching up."""
    assert store.catch_up()
    return store.items.rows().rows[0].freshness


def states(store: Store) -> int:
    with store.reading() as connection:
        return len(connection.execute("SELECT 1 FROM embedding_states").fetchall())


def vector(*numbers: float) -> bytes:
    return array.array("f", numbers).tobytes()


def noted(text: str) -> str:
    return json.dumps({"text_sha256": text_hash(text)})


def test_a_text_edited_elsewhere_makes_its_vector_stale_and_put_back_fresh(store: Store, place: Place) -> None:
    foreign(store, "UPDATE contents SET text = 'changed' WHERE id = ?", place.content)
    assert shown(store) is Freshness.STALE
    foreign(store, "UPDATE contents SET text = 'attention' WHERE id = ?", place.content)
    assert shown(store) is Freshness.FRESH


def test_until_the_store_catches_up_the_list_says_that_it_does_not_know(store: Store, place: Place) -> None:
    foreign(store, "UPDATE contents SET text = 'changed' WHERE id = ?", place.content)
    assert store.items.rows().rows[0].freshness is Freshness.PENDING
    assert store.embeddings.state(place.embedding) is Freshness.STALE


def test_a_title_edited_elsewhere_makes_the_items_vector_stale(store: Store, place: Place) -> None:
    made = store.embeddings.put_one("bge", [3, 4], item=place.item)
    foreign(store, "UPDATE items SET title = 'Other' WHERE id = ?", place.item)
    assert store.embeddings.state(made) is Freshness.STALE
    assert store.embeddings.state(place.embedding) is Freshness.FRESH


def test_a_vector_inserted_elsewhere_is_judged_by_its_hash(store: Store, place: Place) -> None:
    store.embeddings.delete(place.embedding)
    assert shown(store) is Freshness.NONE
    sql = "INSERT INTO embeddings (model_id, content_id, vector, dim, meta_data) VALUES (?, ?, ?, 2, ?)"
    foreign(store, sql, place.model, place.content, vector(1, 2), noted("attention"))
    assert shown(store) is Freshness.FRESH


def test_a_vector_without_a_hash_is_unknown(store: Store, place: Place) -> None:
    foreign(store, "UPDATE embeddings SET meta_data = '{}' WHERE id = ?", place.embedding)
    assert shown(store) is Freshness.UNKNOWN


@pytest.mark.parametrize("meta_data", ["[1]", "null", "3", '{"text_sha256": 7}', '{"text_sha256": "short"}'])
def test_metadata_of_any_kind_is_endured(store: Store, place: Place, meta_data: str) -> None:
    foreign(store, "UPDATE embeddings SET meta_data = ? WHERE id = ?", meta_data, place.embedding)
    assert shown(store) is Freshness.UNKNOWN


@pytest.mark.parametrize(("text", "state"), [("attention", Freshness.FRESH), ("older", Freshness.STALE)])
def test_a_vector_replaced_elsewhere_under_its_own_id_is_judged_anew(
    store: Store, place: Place, text: str, state: Freshness
) -> None:
    sql = (
        "INSERT OR REPLACE INTO embeddings (id, model_id, content_id, vector, dim, meta_data) VALUES (?, ?, ?, ?, 2, ?)"
    )
    foreign(store, sql, place.embedding, place.model, place.content, vector(5, 6), noted(text))
    assert shown(store) is state
    assert states(store) == 1
    assert store.embeddings.get(place.embedding).array.tolist() == [5, 6]


def test_a_vector_pushed_out_by_a_new_row_of_the_same_text_leaves_no_state_behind(store: Store, place: Place) -> None:
    sql = "INSERT OR REPLACE INTO embeddings (model_id, content_id, vector, dim, meta_data) VALUES (?, ?, ?, 2, ?)"
    foreign(store, sql, place.model, place.content, vector(5, 6), noted("older"))
    assert shown(store) is Freshness.STALE
    assert states(store) == store.embeddings.count() == 1
    assert store.embeddings.all()[0].id != place.embedding


def test_a_text_replaced_elsewhere_takes_its_vector_or_makes_it_stale(store: Store, place: Place) -> None:
    sql = "INSERT OR REPLACE INTO contents (id, item_id, text) VALUES (?, ?, 'changed')"
    foreign(store, sql, place.content, place.item)
    found = shown(store)
    assert found is (Freshness.STALE if store.embeddings.count() else Freshness.NONE)
    assert states(store) == store.embeddings.count()


@pytest.mark.parametrize(
    "delete",
    [
        lambda store, place: foreign(store, "DELETE FROM embeddings WHERE id = ?", place.embedding),
        lambda store, place: foreign(store, "DELETE FROM contents WHERE id = ?", place.content),
        lambda store, place: foreign(store, "DELETE FROM ai_models WHERE id = ?", place.model),
    ],
    ids=["vector", "text", "model"],
)
def test_what_is_deleted_elsewhere_leaves_no_state_behind(
    store: Store, place: Place, delete: Callable[[Store, Place], None]
) -> None:
    delete(store, place)
    assert shown(store) is Freshness.NONE
    assert states(store) == 0


def test_a_second_models_vector_is_stale_when_its_text_is_edited_elsewhere(store: Store, place: Place) -> None:
    store.ai_models.add("e5", "local")
    made = store.embeddings.put_one("e5", [1], content=place.content)
    foreign(store, "UPDATE contents SET text = 'changed' WHERE id = ?", place.content)
    assert store.embeddings.state(made) is Freshness.STALE


def test_a_second_models_vector_is_stale_when_its_text_is_deleted_elsewhere(store: Store, place: Place) -> None:
    store.ai_models.add("e5", "local")
    made = store.embeddings.put_one("e5", [1], content=place.content)
    foreign(store, "DELETE FROM contents WHERE id = ?", place.content)
    assert store.embeddings.state(made) is Freshness.STALE


def test_a_reader_says_that_it_cannot_settle_what_waits(store: Store, place: Place) -> None:
    foreign(store, "UPDATE contents SET text = 'changed' WHERE id = ?", place.content)
    with Store.open(store.path, read_only=True) as reader:
        assert not reader.catch_up()
        assert reader.embeddings.state(place.embedding) is Freshness.PENDING
