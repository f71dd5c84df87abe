"""Elements: a JSON array is cut where its elements end, wherever the blocks end."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.transfer.elements import elements
from tests.localstore.transfer.strategies import calm, json_values


class Drip:
    """A stream that gives few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._stream, self._size = BytesIO(data), size

    def read(self, size: int) -> bytes:
        return self._stream.read(min(size, self._size))


@calm
@given(st.lists(json_values, max_size=5), st.integers(1, 9), st.sampled_from([None, 1]), st.booleans())
def test_elements_are_those_that_a_parser_finds(values: list[Any], size: int, indent: int | None, plain: bool) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=plain).encode()
    cut = list(elements(text[:size], Drip(text[size:], size), 10_000))
    assert [json.loads(raw or b"") for _, raw in cut] == values


def test_each_element_knows_the_line_it_starts_on() -> None:
    assert list(elements(b'[\n {"a":\n1},\n\n 2]', BytesIO(), 99)) == [(2, b'{"a":\n1}'), (5, b"2")]


def test_an_element_over_the_limit_is_skipped_and_the_next_one_is_read() -> None:
    text = b'["' + b"x" * 50 + b'",{"b":1}]'
    assert list(elements(text[:1], Drip(text[1:], 7), 20)) == [(1, None), (1, b'{"b":1}')]


@pytest.mark.parametrize("text", [b"[1,", b'[1,{"a":2', b'[1,"a\\'])
def test_an_array_that_never_ends_is_told(text: bytes) -> None:
    assert list(elements(text, BytesIO(), 99)) == [(1, b"1"), (1, b"")]


def test_what_follows_the_array_is_shown_to_the_parser() -> None:
    assert list(elements(b"[1] junk", BytesIO(), 99)) == [(1, b"1"), (1, b"junk")]
