"""Vectors that are there already, and the same outcome as storing them one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localstore import Freshness, Store
from localstore.ids import natural_id, new_id
from localstore.values import text_hash
from localstore.vectors.incoming.put import put
from tests.localstore.snapshots import everything

MODELS = ("local/bge", "local/e5")
COLUMNS = "id, model_id, content_id, item_id, hex(vector), dim, meta_data"


@pytest.fixture
def content(store: Store) -> str:
    return str(store.contents.of(store.items.add("Paper", text="attention").id)[0].id)


def test_the_same_vectors_again_change_nothing(store: Store, content: str) -> None:
    given: dict[str, Any] = {"texts": [None, "text", None], "metadata": [{"a": 1}, None, {"b": 2.5}]}
    keys, matrix = [content, "new", "bare"], np.random.default_rng(0).standard_normal((3, 8))
    put(store, MODELS[0], keys, matrix, **given)
    before = everything(store)
    assert put(store, MODELS[0], keys, matrix, **given).counts() == {"unchanged": 3}
    assert everything(store) == before


def test_another_vector_takes_the_place_of_the_old_one_in_its_row(store: Store, content: str) -> None:
    put(store, MODELS[0], [content], [[1, 2]], metadata=[{"truncated": True}])
    old = store.embeddings.page().rows[0]
    assert put(store, MODELS[0], [content], [[3, 4]], metadata=[{"seconds": 3}]).counts() == {"updated": 1}
    new = store.embeddings.get(old.id)
    assert (new.array.tolist(), new.created_at) == ([3, 4], old.created_at)
    assert new.updated_at > old.updated_at
    assert new.meta_data == {"truncated": True, "seconds": 3, "text_sha256": text_hash("attention")}


def test_the_same_vector_does_not_make_an_edited_text_fresh(store: Store, content: str) -> None:
    put(store, MODELS[0], [content], [[1, 2]])
    store.contents.edit(content, text="edited")
    assert put(store, MODELS[0], [content], [[1, 2]]).counts() == {"unchanged": 1}
    assert store.embeddings.state(store.embeddings.page().rows[0]) is Freshness.STALE
    told = [{"text_sha256": text_hash("edited")}]
    assert put(store, MODELS[0], [content], [[1, 2]], metadata=told).counts() == {"updated": 1}
    assert store.embeddings.state(store.embeddings.page().rows[0]) is Freshness.FRESH


@pytest.mark.parametrize(
    ("noted", "state"),
    [
        ("md5:0123", Freshness.STALE),
        ("sha1:0123", Freshness.UNKNOWN),
        ("f" * 64, Freshness.STALE),
        ("", Freshness.FRESH),
    ],
)
def test_a_hash_that_came_tells_how_fresh_the_vector_is(
    store: Store, content: str, noted: str, state: Freshness
) -> None:
    put(store, MODELS[0], [content], [[1, 2]], metadata=[{"text_sha256": noted}])
    with store.reading() as connection:
        assert connection.execute("SELECT state FROM embedding_states").fetchall() == [(int(state),)]
    assert store.embeddings.state(store.embeddings.page().rows[0]) is state


def test_a_natural_id_that_a_program_gave_to_another_row_is_left_to_it(store: Store, content: str) -> None:
    model = store.ai_models.add("bge", "local")
    taken, other = natural_id("embedding", str(model.id), content), store.items.add("Other")
    with store.database.writing() as connection:
        connection.execute(
            "INSERT INTO embeddings (id, model_id, item_id, vector, dim) VALUES (?, ?, ?, zeroblob(8), 2)",
            (taken, model.id, other.id),
        )
    assert put(store, MODELS[0], [content], [[1, 2]]).counts() == {"added": 1}
    assert store.embeddings.get(taken).item_id == other.id
    assert store.check() == []


def test_a_vector_whose_text_is_gone_is_named_by_its_own_id(store: Store, content: str) -> None:
    put(store, MODELS[0], [content], [[1, 2]])
    put(store, MODELS[1], [content], [[1, 2]])
    second = store.embeddings.page({"content_id": None}).rows[0]
    with store.database.writing() as connection:
        connection.execute("DELETE FROM contents")
    assert put(store, MODELS[1], [second.id], [[3, 4]]).counts() == {"updated": 1}
    assert store.embeddings.get(second.id).array.tolist() == [3, 4]
    assert store.embeddings.state(second.id) is Freshness.STALE


def test_a_trigger_that_another_program_added_hears_of_every_vector(store: Store, content: str) -> None:
    with store.database.writing() as connection:
        connection.execute("CREATE TABLE heard (id TEXT)")
        connection.execute(
            "CREATE TRIGGER theirs AFTER INSERT ON embeddings BEGIN INSERT INTO heard VALUES (NEW.id); END"
        )
    put(store, MODELS[0], [content, "a", "b"], np.ones((3, 2)))
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM heard").fetchall() == [(3,)]
    assert store.check() == []


def test_triggers_are_on_again_afterwards(store: Store, content: str) -> None:
    put(store, MODELS[0], [content], [[1, 2]])
    store.contents.edit(content, text="edited")
    assert store.embeddings.state(store.embeddings.page().rows[0]) is Freshness.STALE


# -- one by one


STEPS = st.lists(
    st.tuples(
        st.sampled_from(MODELS),
        st.dictionaries(st.integers(0, 5), st.tuples(st.integers(0, 2), st.sampled_from([None, {"a": 1}])), min_size=1),
    ),
    min_size=1,
    max_size=4,
)


def prepared(path: Path, ids: list[str]) -> Store:
    """A store of two items with two texts each; *ids* name the items, then the texts."""
    store = Store.open(path, email="ada@example.org")
    for name in MODELS:
        store.ai_models.add(name.split("/")[1], "local")
    with store.database.writing() as connection:
        for pk in ids[:2]:
            sql = "INSERT INTO items (id, owner_id, title) VALUES (?, ?, ?)"
            connection.execute(sql, (pk, store.local_user_id, f"item {pk}"))
        for number, pk in enumerate(ids[2:]):
            sql = "INSERT INTO contents (id, item_id, text) VALUES (?, ?, ?)"
            connection.execute(sql, (pk, ids[number % 2], f"text {pk}"))
    return store


def stored(store: Store) -> list[Any]:
    """Vectors and their states, without times."""
    with store.reading() as connection:
        rows = connection.execute(f"SELECT {COLUMNS} FROM embeddings ORDER BY id").fetchall()
        states = connection.execute("SELECT * FROM embedding_states ORDER BY 1").fetchall()
    return [[(*row[:-1], json.loads(row[-1])) for row in rows], states]


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_many_at_once_come_to_the_same_as_one_by_one(tmp_path_factory: pytest.TempPathFactory, steps: Any) -> None:
    folder, ids = tmp_path_factory.mktemp("same"), [new_id() for _ in range(6)]
    with prepared(folder / "many.db", ids) as many, prepared(folder / "one.db", ids) as one:
        for model, rows in steps:
            put_one_by_one(one, model, ids, rows)
            matrix = [[float(number), 1.0] for number, _ in rows.values()]
            put(many, model, [ids[at] for at in rows], matrix, metadata=[meta for _, meta in rows.values()])
        assert stored(many) == stored(one)
        assert many.check() == []


def put_one_by_one(store: Store, model: str, ids: list[str], rows: dict[int, tuple[int, Any]]) -> None:
    for at, (number, meta) in rows.items():
        where = {"item" if at < 2 else "content": ids[at]}
        store.embeddings.put_one(model, [float(number), 1.0], meta_data=meta, **where)
