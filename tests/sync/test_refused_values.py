"""What the server would refuse is refused at the door; what only other programs write is refused on its way."""

from __future__ import annotations

import enum
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import apsw
import numpy
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localstore import values
from localstore.errors import InvalidValue
from localstore.fields import checker
from localstore.models import APIKey, Content, Embedding, FileAsset, Item, Setting, Tag, User
from localstore.values import INT_MIN
from sync.postgres.values import from_postgres, to_postgres
from tests.sync.journeys import DIM, Pair, nested, noise

pytestmark = pytest.mark.postgres
INFINITY = float("inf")
NAN = float("nan")
HUGE = 10**5000
"""Python refuses to print it."""


def refusal(field: Any, value: Any) -> InvalidValue:
    """What the door says of *value*."""
    with pytest.raises(InvalidValue) as caught:
        checker(field)(value, field.column_name)
    return caught.value


def shown(value: Any) -> str:
    """A test's name, where Python refuses to print the value."""
    return ascii(values.shown(value))


@pytest.mark.parametrize(
    ("field", "value", "path", "reason"),
    [
        (Content.text, "a\0b", "text", "NUL at character 1"),
        (Content.text, "ab\ud800", "text", "lone surrogate U+D800 at character 2"),
        (Content.text, "\udfffab", "text", "lone surrogate U+DFFF at character 0"),
        (Content.text, None, "text", "a value is needed"),
        (Content.text, b"bytes", "text", "expected text"),
        (Content.text, HUGE, "text", "expected text"),
        (Item.title, "x" * 2001, "title", "2,001 bytes; at most 2,000"),
        (Item.title, "é" * 1001, "title", "2,002 bytes; at most 2,000"),
        (Item.meta_data, {"a": [0, {"b": "\0"}]}, "meta_data.a[1].b", "NUL"),
        (Item.meta_data, {"a": {"b\0": 1}}, "meta_data.a key", "NUL"),
        (Item.meta_data, {"a": {"\ud800": 1}}, "meta_data.a key", "lone surrogate"),
        (Item.meta_data, {"a": ["\udc00"]}, "meta_data.a[0]", "lone surrogate"),
        (Item.meta_data, {"a": {1: 2}}, "meta_data.a", "keys are text"),
        (Item.meta_data, {None: 2}, "meta_data", "keys are text"),
        (Item.meta_data, {HUGE: 2}, "meta_data", "keys are text"),
        (Item.meta_data, {"a": NAN}, "meta_data.a", "no place in JSON"),
        (Item.meta_data, {"a": [-INFINITY]}, "meta_data.a[0]", "no place in JSON"),
        (Item.meta_data, {"a": 2**63}, "meta_data.a", "does not fit 64 bits"),
        (Item.meta_data, {"a": INT_MIN - 1}, "meta_data.a", "does not fit 64 bits"),
        (Item.meta_data, {"a": HUGE}, "meta_data.a", "does not fit 64 bits"),
        (Item.meta_data, {"a": {1, 2}}, "meta_data.a", "set has no place in JSON"),
        (Item.meta_data, {"a": b"x"}, "meta_data.a", "bytes has no place in JSON"),
        (Item.meta_data, [], "meta_data", "expected an object"),
        (Item.meta_data, None, "meta_data", "expected an object"),
        (Item.meta_data, HUGE, "meta_data", "expected an object"),
        (APIKey.scopes, {}, "scopes", "expected a list"),
        (Setting.value, nested(values.MAX_DEPTH + 1), "value" + "[0]" * values.MAX_DEPTH, "nested deeper"),
        (FileAsset.size_bytes, 2**63, "size_bytes", "does not fit 64 bits"),
        (FileAsset.size_bytes, INT_MIN - 1, "size_bytes", "does not fit 64 bits"),
        (FileAsset.size_bytes, 1.0, "size_bytes", "expected a whole number"),
        (FileAsset.size_bytes, True, "size_bytes", "expected a whole number"),
        (FileAsset.size_bytes, "12", "size_bytes", "expected a whole number"),
        (User.is_active, 1, "is_active", "expected true or false"),
        (User.is_active, "false", "is_active", "expected true or false"),
        (User.is_active, HUGE, "is_active", "expected true or false"),
        (Tag.id, "junk", "id", "is not a UUID"),
        (Tag.id, "0" * 31, "id", "is not a UUID"),
        (Tag.id, "", "id", "is not a UUID"),
        (Tag.id, 7, "id", "is not a UUID"),
        (Tag.id, HUGE, "id", "is not a UUID"),
        (Item.owner, "junk", "owner_id", "is not a UUID"),
        (APIKey.expires_at, datetime(2026, 1, 31), "expires_at", "has no time zone"),
        (APIKey.expires_at, "2026-01-31T09:30:00", "expires_at", "has no time zone"),
        (APIKey.expires_at, "2026-01-31", "expires_at", "has no time zone"),
        (APIKey.expires_at, "2026-02-30T00:00:00.000000Z", "expires_at", "that exists"),
        (APIKey.expires_at, "tomorrow", "expires_at", "is not a time"),
        (
            APIKey.expires_at,
            datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
            "expires_at",
            "outside the years 1 to 9999",
        ),
        (Embedding.vector, [0.5, NAN], "vector[1]", "nan does not fit float32"),
        (Embedding.vector, [0.5, 1, -INFINITY], "vector[2]", "-inf does not fit float32"),
        (Embedding.vector, [3.5e38], "vector[0]", "3.5e+38 does not fit float32"),
        (Embedding.vector, [None], "vector[0]", "nan does not fit float32"),
        (Embedding.vector, [10**400], "vector", "expected a list of numbers"),
        (Embedding.vector, [HUGE], "vector", "expected a list of numbers"),
        (Embedding.vector, ["1.5"], "vector", "expected a list of numbers"),
        (Embedding.vector, [1 + 2j], "vector", "expected a list of numbers"),
        (Embedding.vector, numpy.array([1 + 2j]), "vector", "expected a list of numbers"),
        (Embedding.vector, [True, False], "vector", "expected a list of numbers"),
        (Embedding.vector, [[1.0, 2.0]], "vector", "shape (1, 2)"),
        (Embedding.vector, [[1.0], [1.0, 2.0]], "vector", "expected a list of numbers"),
        (Embedding.vector, [], "vector", "shape (0,)"),
        (Embedding.vector, 1.5, "vector", "shape ()"),
        (Embedding.vector, "1.5", "vector", "expected a list of numbers"),
    ],
    ids=shown,
)
def test_the_door_refuses_and_names_the_place(field: Any, value: Any, path: str, reason: str) -> None:
    refused = refusal(field, value)
    assert refused.path == path
    assert reason in str(refused)


def test_a_text_longer_than_the_server_s_limit_is_refused() -> None:
    assert "at most 200,000,000" in str(refusal(Content.text, "x" * (values.MAX_TEXT + 1)))


def test_a_text_of_just_the_limit_is_let_in() -> None:
    assert checker(Item.title)("é" * 1000, "title") == "é" * 1000


class Word(str, enum.Enum):  # noqa: UP042 — a StrEnum prints its value, this its name
    NOTE = "note"


class Count(enum.IntEnum):
    TWO = 2


@pytest.mark.parametrize(
    ("field", "value", "plain"),
    [
        (Item.type, Word.NOTE, "note"),
        (FileAsset.size_bytes, Count.TWO, 2),
        (Setting.value, (Word.NOTE, Count.TWO, numpy.float64(0.5)), ["note", 2, 0.5]),
        (Item.meta_data, {Word.NOTE: None}, {"note": None}),
    ],
)
def test_a_subclass_of_a_plain_type_goes_in_as_the_plain_value(field: Any, value: Any, plain: Any) -> None:
    checked = checker(field)(value, "it")
    assert checked == plain
    assert json.dumps(checked) == json.dumps(plain)


# -- why: what PostgreSQL says -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "value", "error"),
    [
        ("SELECT ?::text", "a\0b", psycopg.DataError),
        ("SELECT ?::text", "a\ud800", UnicodeEncodeError),
        ("SELECT ?::jsonb", '{"a": "\\u0000"}', psycopg.errors.UntranslatableCharacter),
        ("SELECT ?::jsonb", '{"a\\u0000": 1}', psycopg.errors.UntranslatableCharacter),
        ("SELECT ?::jsonb", '"\\ud800"', psycopg.errors.InvalidTextRepresentation),
        ("SELECT ?::jsonb", "NaN", psycopg.errors.InvalidTextRepresentation),
        ("SELECT ?::jsonb", "-Infinity", psycopg.errors.InvalidTextRepresentation),
        ("SELECT ?::jsonb", "{1: 2}", psycopg.errors.InvalidTextRepresentation),
        ("SELECT ?::bigint", str(2**63), psycopg.errors.NumericValueOutOfRange),
        ("SELECT ?::uuid", "junk", psycopg.errors.InvalidTextRepresentation),
        ("UPDATE items SET title = ?", noise(9000), psycopg.errors.ProgramLimitExceeded),
    ],
    ids=shown,
)
def test_postgres_refuses_what_the_door_refuses(pair: Pair, query: str, value: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        pair.server.run(query, [value])


def accepted_by_server(pair: Pair, query: str, value: str) -> bool:
    try:
        pair.server.run(query, [value])
    except (psycopg.DataError, UnicodeEncodeError):
        return False
    return True


def accepted_by_door(field: Any, value: Any) -> bool:
    try:
        checker(field)(value, "it")
    except InvalidValue:
        return False
    return True


anything = st.text(st.sampled_from("\0\ud800\udc00\udfffaé𝔘") | st.characters(), max_size=6)
once = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@once
@given(value=anything)
def test_the_door_refuses_a_text_exactly_when_postgres_does(pair: Pair, value: str) -> None:
    assert accepted_by_door(Content.text, value) == accepted_by_server(pair, "SELECT ?::text", value)


@once
@given(value=anything)
def test_the_door_refuses_a_text_in_json_exactly_when_postgres_does(pair: Pair, value: str) -> None:
    document = {value: [value]}
    # Two halves of a pair, written as escapes, would be read as one character.
    halves = value != value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    escaped = json.dumps(document, ensure_ascii=True)
    assert accepted_by_door(Item.meta_data, document) == (
        not halves and accepted_by_server(pair, "SELECT ?::jsonb", escaped)
    )


def test_postgres_guesses_the_zone_of_a_naive_time(pair: Pair) -> None:
    query = "SELECT '2026-01-31 09:30 Asia/Kolkata'::timestamptz = '2026-01-31 09:30'::timestamptz AS same"
    assert pair.server.run(query) == [{"same": False}]
    with pair.server.connection.transaction():
        pair.server.run("SET LOCAL TimeZone TO 'Asia/Kolkata'")
        assert pair.server.run(query) == [{"same": True}]


# -- what SQLite itself refuses, whoever writes --------------------------------------------------------------


@pytest.mark.parametrize(
    "assignment",
    [
        "file_assets SET size_bytes = 'abc'",
        "file_assets SET size_bytes = 1.5",
        "embeddings SET dim = 'eight'",
        "embeddings SET dim = 7",
        "embeddings SET dim = 0, vector = x''",
        "embeddings SET vector = x'00000000'",
        "embeddings SET vector = '[0, 1]'",
        "users SET is_active = 2",
        "users SET is_active = 'true'",
        "users SET email = x'00'",
        "users SET id = upper(id)",
        "users SET id = 'junk'",
        "tags SET id = replace(id, '-', '')",
        "tags SET name = NULL",
        "items SET meta_data = NULL",
        "items SET meta_data = '{'",
        "items SET meta_data = '{a: 1}'",
        "items SET meta_data = '[NaN]'",
        "settings SET value = NULL",
        "items SET updated_at = '2026-01-31 09:30:00'",
        "items SET updated_at = '2026-01-31T09:30:00Z'",
        "items SET updated_at = '2026-01-31T09:30:00.000000+00:00'",
        "items SET updated_at = 1769851800",
    ],
)
def test_the_file_refuses(pair: Pair, assignment: str) -> None:
    with pytest.raises(apsw.ConstraintError):
        pair.file.run(f"UPDATE {assignment}")


# -- what other programs write -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "stored"),
    [
        (Content.text, "a\0b"),
        (Item.meta_data, '{"a": "\\u0000"}'),
        (Item.meta_data, '{"a\\u0000": 1}'),
        (Item.meta_data, '{"a": "\\ud800"}'),
        (Item.meta_data, '{"a": 1e999}'),
        (Item.meta_data, "[1]"),
        (Item.meta_data, "null"),
        (APIKey.scopes, "{}"),
        (Setting.value, "[" * 900 + "]" * 900),
        (APIKey.expires_at, "2026-02-30T00:00:00.000000Z"),
        (APIKey.expires_at, "2026-01-31T99:99:99.000000Z"),
        (APIKey.expires_at, "0000-01-31T00:00:00.000000Z"),
        (Embedding.vector, b"\0\0\xc0\x7f" * DIM),
        (Embedding.vector, b"\0\0\x80\xff" * DIM),
    ],
    ids=shown,
)
def test_what_the_file_took_from_another_program_and_the_server_would_not_is_named(
    pair: Pair, field: Any, stored: Any
) -> None:
    pair.file.run(f"UPDATE {field.model._meta.table_name} SET {field.column_name} = ?", [stored])
    with pytest.raises(InvalidValue) as caught:
        to_postgres(field)(stored)
    assert caught.value.path.startswith(field.column_name)


@pytest.mark.parametrize(
    ("field", "kind", "text"),
    [
        (Item.title, "text", None),
        (Setting.value, "jsonb", None),
        (Item.owner, "uuid", None),
        (Item.owner, "text", "junk"),
        (APIKey.expires_at, "timestamptz", "20000-01-01 00:00:00+00"),
        (APIKey.expires_at, "timestamptz", "0044-03-15 00:00:00+00 BC"),
        (APIKey.expires_at, "timestamptz", "infinity"),
        (APIKey.expires_at, "timestamptz", "-infinity"),
        (APIKey.expires_at, "timestamp", "2026-01-31 09:30:00"),
        (FileAsset.size_bytes, "numeric", "9223372036854775808"),
        (FileAsset.size_bytes, "numeric", "1.5"),
        (FileAsset.size_bytes, "numeric", "NaN"),
        (User.is_active, "text", "maybe"),
        (Item.meta_data, "jsonb", "[1]"),
        (Item.meta_data, "jsonb", "null"),
        (Item.meta_data, "jsonb", '{"a": 1' + "0" * 400 + "}"),
        (Item.meta_data, "json", '{"a": "\\u0000"}'),
        (APIKey.scopes, "jsonb", '"admin"'),
        (Setting.value, "jsonb", "[" * 5000 + "]" * 5000),
        (Embedding.vector, "jsonb", "null"),
        (Embedding.vector, "jsonb", "[]"),
        (Embedding.vector, "jsonb", "[1, null]"),
        (Embedding.vector, "jsonb", '["1"]'),
        (Embedding.vector, "jsonb", "[[1], [2]]"),
        (Embedding.vector, "jsonb", '{"a": 1}'),
        (Embedding.vector, "jsonb", "[1" + "0" * 39 + "]"),
        (Embedding.vector, "text", "1 2 3"),
    ],
    ids=shown,
)
def test_what_the_server_holds_and_the_file_cannot_is_named(
    pair: Pair, field: Any, kind: str, text: str | None
) -> None:
    printed = pair.server.run(f"SELECT ?::{kind}::text AS it", [text])[0]["it"]
    assert printed == text
    with pytest.raises(InvalidValue) as caught:
        from_postgres(field)(printed)
    assert caught.value.path.startswith(field.column_name)


@pytest.mark.parametrize("field", [Item.description, Item.organization, APIKey.expires_at, Embedding.content])
def test_null_where_none_is_a_value_is_read_and_sent_as_none(field: Any) -> None:
    assert from_postgres(field)(None) is None
    assert to_postgres(field)(None) is None


@pytest.mark.parametrize(("text", "flag"), [("t", 1), ("true", 1), ("f", 0), ("false", 0)])
def test_a_flag_is_read_from_both_spellings_of_the_server(text: str, flag: int) -> None:
    assert from_postgres(User.is_active)(text) == flag


def test_a_key_of_a_text_column_is_read_in_lower_case() -> None:
    key = "0190a0b0-0000-7000-8000-00000000ABCD"
    assert from_postgres(Item.owner)(key) == key.lower()
