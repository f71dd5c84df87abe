"""What is refused when many vectors are put, with the place; and nothing is written then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from localstore import InvalidValue, NotFound, Store
from localstore.errors import LocalstoreError, StoreReadOnly
from localstore.ids import new_id
from localstore.vectors.incoming.put import put
from tests.localstore.snapshots import everything

MODEL = "local/bge"
GOOD = [[1.0, 2.0], [3.0, 4.0]]


def wide(number: float, dtype: str = "f8") -> Any:
    """Many rows, one bad number far down."""
    matrix = np.ones((10_000, 2), dtype=dtype)
    matrix[9_000, 1] = number
    return matrix


def keys(count: int) -> list[str]:
    return [f"k{number}" for number in range(count)]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("nan", {"matrix": wide(np.nan)}, r"row 9000, column 1: nan is no finite number"),
    ("infinity", {"matrix": wide(-np.inf, "f2")}, r"row 9000, column 1: -inf is no finite number"),
    ("overflow", {"matrix": wide(1e39)}, r"row 9000, column 1: 1e\+39 does not fit float32"),
    ("objects", {"matrix": np.array(GOOD, dtype=object)}, r"np\.asarray\(x, dtype=np\.float32\)"),
    ("texts", {"matrix": [["a", "b"]]}, r"matrix: an array of <U1: give floats"),
    ("complex", {"matrix": [[1j, 2]]}, r"matrix: an array of complex128"),
    ("one dimension", {"matrix": [1.0, 2.0]}, r"shape \(2,\): give n rows of d numbers"),
    ("three dimensions", {"matrix": [[[1.0]]]}, r"shape \(1, 1, 1\)"),
    ("ragged", {"matrix": [[1.0], [1.0, 2.0]]}, r"its rows are not all of one length"),
    ("no columns", {"matrix": np.empty((2, 0))}, r"its vectors have no numbers"),
    ("fewer keys", {"matrix": GOOD, "keys": ["a"]}, r"keys: 1 of them for a matrix of 2 rows"),
    ("one key as text", {"matrix": GOOD, "keys": "ab"}, r"keys: expected a list of keys, got 'ab'"),
    ("more texts", {"matrix": GOOD, "texts": ["a"] * 3}, r"texts: 3 of them for a matrix of 2 rows"),
    ("fewer titles", {"matrix": GOOD, "titles": []}, r"titles: 0 of them for a matrix of 2 rows"),
    ("fewer metadata", {"matrix": GOOD, "metadata": [{}]}, r"metadata: 1 of them for a matrix of 2 rows"),
    ("repeated", {"matrix": GOOD, "keys": ["a", "a"]}, r"keys: the key 'a' stands in row 0 and in row 1"),
    ("NUL", {"matrix": GOOD, "keys": ["a", "b\0"]}, r"row 1: key: NUL at character 1"),
    ("surrogate", {"matrix": GOOD, "keys": ["a", "\ud800"]}, r"row 1: key: lone surrogate"),
    ("empty key", {"matrix": GOOD, "keys": ["a", ""]}, r"row 1: key: an empty text names nothing"),
    ("long key", {"matrix": GOOD, "keys": ["a", "x" * 2001]}, r"row 1: key: 2,001 bytes"),
    ("no key", {"matrix": GOOD, "keys": ["a", None]}, r"row 1: key: expected text, got NoneType"),
    ("fraction as key", {"matrix": GOOD, "keys": ["a", 1.5]}, r"row 1: key: expected text, got float '1.5'"),
    ("bad text", {"matrix": GOOD, "texts": ["a", 5]}, r"row 1: text: expected text, got int '5'"),
    ("bad title", {"matrix": GOOD, "titles": ["a", "\0"]}, r"row 1: title: NUL"),
    ("bad metadata", {"matrix": GOOD, "metadata": [None, {"a": np.nan}]}, r"row 1: metadata\.a: nan has no place"),
    ("no object", {"matrix": GOOD, "metadata": [None, [1]]}, r"row 1: metadata: expected an object"),
    ("bad source", {"matrix": GOOD, "source": "\0"}, r"source: NUL"),
    (
        "another width",
        {"matrix": np.ones((2, 3)), "model": "local/two"},
        r"of 3 numbers, but those of local/two have 2",
    ),
]


@pytest.mark.parametrize(("given", "message"), [pytest.param(g, m, id=i) for i, g, m in REFUSED])
def test_a_refused_call_names_the_place_and_writes_nothing(store: Store, given: dict[str, Any], message: str) -> None:
    store.ai_models.add("two", "local", parameters={"dim": 2})
    before = everything(store)
    call = {"model": MODEL, "keys": keys(len(given["matrix"]))} | given
    with pytest.raises(InvalidValue, match=message):
        put(store, call.pop("model"), call.pop("keys"), call.pop("matrix"), **call)
    assert everything(store) == before


def test_a_key_spelled_in_two_ways_is_repeated(store: Store) -> None:
    key = new_id()
    with pytest.raises(InvalidValue, match="stands in row 0 and in row 1"):
        put(store, MODEL, [key, key.upper()], GOOD)


def test_a_repeated_key_far_down_is_found(store: Store) -> None:
    names = keys(20_000)
    names[19_999] = "k7"
    with pytest.raises(InvalidValue, match="'k7' stands in row 7 and in row 19999"):
        put(store, MODEL, names, np.ones((20_000, 1)))


def test_two_keys_of_one_text_are_refused(store: Store) -> None:
    store.ai_models.add("bge", "local")
    content = store.contents.page(limit=1).rows or [store.contents.of(store.items.add("Paper", text="a").id)[0]]
    vector = store.embeddings.put_one(MODEL, [1, 2], content=content[0].id)
    with pytest.raises(InvalidValue, match="stands for the same text as"):
        put(store, MODEL, [content[0].id, vector.id], GOOD)
    assert store.embeddings.get(vector.id).array.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("name", "create", "message"),
    [
        ("bge", True, "There is no model 'bge': spell it provider/name or provider/name@version"),
        ("bge", False, "There is no model 'bge': spell it"),
        ("local/bge", False, "There is no model 'local/bge': leave create on, or register it"),
        ("local/", True, "There is no model 'local/'"),
        ("/bge", True, "There is no model '/bge'"),
        ("local/bge@", True, "There is no model 'local/bge@'"),
    ],
)
def test_a_model_nobody_registered_must_be_spelled_whole(store: Store, name: str, create: bool, message: str) -> None:
    before = everything(store)
    with pytest.raises(NotFound, match=message):
        put(store, name, ["a", "b"], GOOD, create=create)
    assert everything(store) == before


def test_a_store_open_for_reading_is_refused(store: Store) -> None:
    with Store.open(store.path, read_only=True) as reader, pytest.raises(StoreReadOnly, match="store vectors"):
        put(reader, MODEL, ["a", "b"], GOOD)


def test_every_refusal_is_of_the_one_family(store: Store) -> None:
    with pytest.raises(LocalstoreError):
        put(store, MODEL, None, None)  # type: ignore[arg-type]
