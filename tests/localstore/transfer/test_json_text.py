"""JSON text: what is refused, and that nothing is lost in silence."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given

from localstore.errors import InvalidValue
from localstore.transfer import json_text
from localstore.transfer.json_text import parse
from tests.localstore.transfer.strategies import calm, json_values


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a":1,"a":2}', "'a' stands twice"),
        (b'{"a" :1, "a" :2}', "'a' stands twice"),
        (b'{"a"\t:1,"a":2}', "'a' stands twice"),
        (b'{"b":[{"a\\\\":1,"a\\\\":2}]}', "stands twice"),
        (b'{"t":"\\u0022:","a":1,"a":2}', "'a' stands twice"),
        (b'{"a":18446744073709551616}', "does not fit 64 bits"),
        (b'{"a":[-9223372036854775809]}', "does not fit 64 bits"),
        (b"[" + b"0.5," * 20 + b"18446744073709551616]", "does not fit 64 bits"),
        (b'{"a":' + b"9" * 5000 + b"}", "does not fit 64 bits"),
        (b'{"a":NaN}', "NaN has no place in JSON"),
        (b'{"a":-Infinity}', "-Infinity has no place in JSON"),
        (b'{"a":1e400}', "too large"),
        (b'{"a":"\\ud800"}', "lone surrogate U+D800"),
        (b'{"\\udfff":1}', "lone surrogate"),
        (b'{"a":"\xff"}', "byte 0xff at offset 6 is not UTF-8"),
        (b'{"a":1', "not JSON"),
        (b"", "not JSON"),
        (b"{'a':1}", "not JSON: expecting property name"),
        (b'{"a":"\n"}', "not JSON"),
        (b"[" * 100_000, "not JSON|nested deeper"),
        (b"[" * 600 + b"]" * 600, "nested deeper than 200"),
    ],
)
def test_bad_json_is_refused_with_one_clear_sentence(raw: bytes, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason.replace("+", r"\+")):
        parse(raw)


@pytest.mark.parametrize(
    "raw",
    [b'{"a":1e20}', b'{"a":9223372036854775807}', b'{"a": "x :", "b" : 1}\r\n', b'{"t":"{\\"a\\":1,\\"a\\":2}"}'],
)
def test_unusual_but_good_json_is_read_as_it_stands(raw: bytes) -> None:
    assert parse(raw) == json.loads(raw)


@calm
@given(json_values)
def test_everything_that_orjson_or_python_writes_is_read_back_equal(value: Any) -> None:
    assert parse(orjson.dumps(value)) == orjson.loads(orjson.dumps(value))
    assert parse(json.dumps(value, indent=1).encode()) == orjson.loads(orjson.dumps(value))


def test_a_large_record_of_very_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "LARGE", 10)
    monkeypatch.setattr(json_text, "BUDGET", 600)
    with pytest.raises(InvalidValue, match="too many values"):
        parse(b"[1,2,3,4,5,6,7,8]")
    assert parse(b'{"a":"1,2,3,4,5,6,7,8"}') == {"a": "1,2,3,4,5,6,7,8"}
