"""Vectors as one flat array: every number arrives as it was."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.errors import InvalidValue
from sync.postgres.connection import Connection
from sync.postgres.pushing.binary import flat, is_finite
from sync.postgres.pushing.sending import encoded, refusals

singles = st.floats(width=32, allow_nan=False, allow_infinity=False)


def blob(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


@pytest.mark.postgres
def test_numbers_arrive_in_order_and_exact(postgres: Connection) -> None:
    sent = flat([blob(1.5, -2.25), blob(3.4028234663852886e38, 1e-45, 0.1)])
    row = postgres.execute("SELECT pg_typeof(v)::text, v FROM (SELECT %s AS v) AS x", [sent]).fetchone()
    assert row is not None and row[0] == "real[]"
    assert blob(*row[1]) == blob(1.5, -2.25, 3.4028234663852886e38, 1e-45, 0.1)


@pytest.mark.postgres
def test_no_vectors_are_an_empty_array(postgres: Connection) -> None:
    assert postgres.execute("SELECT %s::real[] = '{}'::real[]", [flat([])]).fetchone() == (True,)


@given(st.lists(st.floats(width=32), min_size=1, max_size=6))
def test_what_is_not_finite_is_found(numbers: list[float]) -> None:
    assert is_finite(blob(*numbers)) == all(abs(number) < float("inf") for number in numbers)


def test_each_row_tells_where_its_vector_begins() -> None:
    rows: list[dict[str, object]] = [
        {"id": "a", "vector": blob(1, 2)},
        {"id": "b", "dim": 3},
        {"id": "c", "vector": blob(3)},
    ]
    text, _ = encoded("embeddings", rows)
    assert text == '[{"id":"a","_at":1,"_n":2},{"id":"b","dim":3},{"id":"c","_at":3,"_n":1}]'


def test_values_travel_as_what_they_are() -> None:
    row = {"id": "a", "is_active": 1, "full_name": None, "extras": '{"a":1.50,"b":[1,"x"]}'}
    assert encoded("users", [row])[0] == '[{"id":"a","is_active":true,"full_name":null,"extras":{"a":1.5,"b":[1,"x"]}}]'


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("title", "a\0b", "NUL at character 1"),
        ("title", "a\ud800b", "lone surrogate"),
        ("meta_data", '{"a":"\\u0000"}', "NUL"),
        ("meta_data", '{"a":1e999}', "inf"),
        ("meta_data", "[]", "expected an object"),
    ],
)
def test_what_the_server_cannot_hold_is_told_row_by_row(column: str, value: str, said: str) -> None:
    found = refusals("items", {"good": {"id": "good", column: "{}"}, "bad": {"id": "bad", column: value}})
    assert list(found) == ["bad"] and said in found["bad"]


def test_text_that_only_looks_like_nul_is_sent() -> None:
    assert refusals("items", {"good": {"title": "\\u0000"}}) == {}


@pytest.mark.parametrize("vector", [b"", b"123", blob(float("nan")), blob(1, float("-inf"))])
def test_a_vector_that_is_none_is_refused(vector: bytes) -> None:
    with pytest.raises(InvalidValue):
        encoded("embeddings", [{"vector": vector}])
    assert list(refusals("embeddings", {"bad": {"vector": vector}})) == ["bad"]
