"""A value that passes the door reads back equal on both databases, and travels between them unchanged."""

from __future__ import annotations

import struct
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from localstore import times, values
from localstore.models import APIKey, Content, Embedding, FileAsset, Item, Setting, User
from localstore.values import INT_MAX, INT_MIN, canonical_json, from_json
from sync.postgres.connection import TEXT_FORMS
from sync.postgres.values import from_postgres, to_postgres
from tests.sync.journeys import DIM, Journey, Pair, nested, noise

pytestmark = pytest.mark.postgres
carried = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
numbers = st.integers(INT_MIN, INT_MAX)
documents = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(texts, documents, max_size=5)
offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
moments = st.datetimes(timezones=st.just(UTC)) | st.datetimes(
    datetime(1, 1, 2), datetime(9999, 12, 30), timezones=offsets
)
spellings = st.sampled_from([str, lambda key: str(key).upper(), lambda key: key.hex, lambda key: key.urn])
MISLEADING = 7.038531e-26
"""As a float64 half-way between two float32, and the shortest text of the lower one."""
singles = st.floats(width=32, allow_nan=False, allow_infinity=False)
doubles = st.floats(-3.4e38, 3.4e38).filter(lambda number: abs(number) != MISLEADING)

AWKWARD_TEXTS = [
    "",
    " \t\r\n\x0b\x0c\x1c\x85\u2028\u2029 ",
    "".join(map(chr, range(1, 32))) + "\x7f",
    "👩🏽‍🚀 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \U0010ffff",
    "e\u0301 is not \u00e9, ﬁ is not fi",
    "שלום \u202e مرحبا \u2066",
    "\\N \\. \\x41 \\u0000 %s $1 '' \"",
    "\ufeff\ufffe\uffff",
]
AWKWARD_NUMBERS = [INT_MIN, INT_MAX, 2**53 + 1, 1e16, 1e22, 1e300, -1e300, 1.7976931348623157e308, 5e-324]
AWKWARD_NUMBERS += [2.0**63, -(2.0**63), 2.0**64, 1e19, -0.0, 0.1, 1.0, -2.0, 1 / 3, 2.5e-5, 123456789.125]


# -- any value ---------------------------------------------------------------------------------------------


def assert_same_text(journey: Journey, value: str | None) -> None:
    assert journey == Journey(value, value, value, value, value)


@carried
@given(value=texts)
def test_any_text_is_the_same_everywhere(pair: Pair, value: str) -> None:
    assert_same_text(pair.carry(Content.text, value), value)


@pytest.mark.parametrize("value", AWKWARD_TEXTS, ids=ascii)
def test_an_awkward_text_is_the_same_everywhere(pair: Pair, value: str) -> None:
    assert_same_text(pair.carry(Content.text, value), value)
    assert_same_text(pair.carry(Item.title, value), value)


@pytest.mark.parametrize("value", [None, "", "None", "null", "\\N"])
def test_no_text_is_not_an_empty_text(pair: Pair, value: str | None) -> None:
    assert_same_text(pair.carry(Item.description, value), value)


def assert_same_document(pair: Pair, field: Any, value: Any) -> None:
    journey = pair.carry(field, value)
    assert journey.read == value
    assert from_json(str(journey.text)) == value
    assert canonical_json(journey.read) == canonical_json(value) == canonical_json(from_json(str(journey.back)))
    assert pair.carry(field, from_json(str(journey.back))).back == journey.back


@carried
@given(value=objects)
def test_any_object_means_the_same_everywhere(pair: Pair, value: dict[str, Any]) -> None:
    assert_same_document(pair, Item.meta_data, value)


@carried
@given(value=st.lists(documents, max_size=5))
def test_any_list_means_the_same_everywhere(pair: Pair, value: list[Any]) -> None:
    assert_same_document(pair, APIKey.scopes, value)


@carried
@given(value=documents)
def test_any_setting_means_the_same_everywhere(pair: Pair, value: Any) -> None:
    assert_same_document(pair, Setting.value, value)


@pytest.mark.parametrize("value", AWKWARD_NUMBERS)
def test_an_awkward_number_means_the_same_everywhere(pair: Pair, value: float) -> None:
    assert_same_document(pair, Setting.value, value)
    assert_same_document(pair, Item.meta_data, {"a": [value]})


@pytest.mark.parametrize("text", AWKWARD_TEXTS, ids=ascii)
def test_an_awkward_key_or_text_means_the_same_everywhere(pair: Pair, text: str) -> None:
    assert_same_document(pair, Item.meta_data, {text: {text: [text]}})


@carried
@given(value=moments)
@example(value=datetime.min.replace(tzinfo=UTC))
@example(value=datetime.max.replace(tzinfo=UTC))
def test_any_moment_is_the_same_everywhere(pair: Pair, value: datetime) -> None:
    journey = pair.carry(APIKey.expires_at, value)
    assert journey.read == journey.seen == value
    assert journey.back == journey.stored == times.to_text(value)


@carried
@given(key=st.uuids(), spelling=spellings)
def test_any_key_is_the_same_everywhere_however_it_is_spelled(pair: Pair, key: uuid.UUID, spelling: Any) -> None:
    journey = pair.carry(APIKey.id, spelling(key))
    assert journey == Journey(str(key), str(key), key, str(key), str(key))


@carried
@given(value=numbers)
@example(value=INT_MIN)
@example(value=INT_MAX)
def test_any_whole_number_is_the_same_everywhere(pair: Pair, value: int) -> None:
    assert pair.carry(FileAsset.size_bytes, value) == Journey(value, value, value, str(value), value)


@pytest.mark.parametrize("value", [True, False])
def test_a_flag_is_the_same_everywhere(pair: Pair, value: bool) -> None:
    assert pair.carry(User.is_active, value) == Journey(value, int(value), value, "ft"[value], int(value))


def packed(numbers: list[float]) -> bytes:
    """Little-endian float32, as the C library rounds, without a negative zero."""
    each = [struct.pack("<f", number) for number in numbers]
    return b"".join(bytes(4) if four == b"\0\0\0\x80" else four for four in each)


@carried
@given(value=st.lists(singles | doubles, min_size=DIM, max_size=DIM))
@example(value=[1e-45, -1e-45, 1.1754942e-38, 3.4028235e38, -3.4028235e38, 0.1, -0.0, 1e-46])
def test_any_vector_is_the_same_bytes_everywhere(pair: Pair, value: list[float]) -> None:
    journey = pair.carry(Embedding.vector, value)
    assert journey.read.tobytes() == journey.stored == journey.back == packed(value)
    assert packed(journey.seen) == packed(value)


LOWER = 0x15AE43FD
"""The only one of all float32 numbers that its shortest text misleads about: every one was tried."""


@pytest.mark.parametrize("bits", [LOWER - 1, LOWER, LOWER + 1, LOWER + 2**31])
def test_the_float32_whose_shortest_text_misleads_is_the_same_everywhere(pair: Pair, bits: int) -> None:
    blob = struct.pack("<I", bits) * DIM
    journey = pair.carry(Embedding.vector, list(struct.unpack(f"<{DIM}f", blob)))
    assert journey.stored == journey.back == packed(journey.seen) == blob


def test_the_server_keeps_a_vector_in_the_shortest_text(pair: Pair) -> None:
    assert pair.carry(Embedding.vector, [0.1, 1 / 3, MISLEADING, 1, 0, 0, 0, 0]).text == (
        "[0.1, 0.33333334, 0.0000000000000000000000000703853069, 1.0, 0.0, 0.0, 0.0, 0.0]"
    )


def test_the_misleading_text_is_read_as_the_number_that_the_server_meant(pair: Pair) -> None:
    written = pair.server.run("SELECT to_jsonb(ARRAY[?::real])::text AS it", [str(MISLEADING)])[0]["it"]
    assert written == "[0.00000000000000000000000007038531]"
    assert from_postgres(Embedding.vector)(written) == struct.pack("<I", LOWER)


# -- what the databases do to values -------------------------------------------------------------------------


def test_json_null_in_a_setting_is_a_value_and_not_sql_null(pair: Pair) -> None:
    journey = pair.carry(Setting.value, None)
    assert (journey.read, journey.stored, journey.text, journey.back) == (None, "null", "null", "null")
    asked = "SELECT value IS NULL AS missing FROM settings"
    assert [bool(side.run(asked)[0]["missing"]) for side in (pair.file, pair.server)] == [False, False]


def test_postgres_reorders_keys_and_the_meaning_stays(pair: Pair) -> None:
    journey = pair.carry(Item.meta_data, {"bb": 1, "a": 2, "": 3})
    assert (journey.stored, journey.back) == ('{"bb":1,"a":2,"":3}', '{"":3,"a":2,"bb":1}')


def test_whole_floats_are_stored_as_the_integers_that_postgres_makes_of_them(pair: Pair) -> None:
    journey = pair.carry(APIKey.scopes, [1e16, -0.0, 1.0, 0.5])
    assert (journey.stored, journey.text) == ("[10000000000000000,0,1,0.5]", "[10000000000000000, 0, 1, 0.5]")


FOREIGN = '{"b": 1e16, "a": -0.0, "c": 2.50, "a": 1.0, "n": 1E+2, "s": "\\u00e9\\/"}'


def test_json_that_another_program_wrote_means_the_same_to_the_server(pair: Pair) -> None:
    sent = to_postgres(Item.meta_data)(FOREIGN)
    assert sent == '{"b":10000000000000000,"a":1,"c":2.5,"n":100,"s":"é/"}'
    assert pair.server.run("SELECT ?::jsonb = ?::jsonb AS same", [sent, FOREIGN]) == [{"same": True}]


def test_json_that_another_program_wrote_on_the_server_means_the_same_in_the_file(pair: Pair) -> None:
    stored = from_postgres(Item.meta_data)(pair.server.run("SELECT ?::jsonb::text AS it", [FOREIGN])[0]["it"])
    assert canonical_json(from_json(str(stored))) == canonical_json(from_json(FOREIGN))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": [1.0, -0.0]}, {"a": [1, 0]}),
        (1e16, 10**16),
        ((1, 2), [1, 2]),
    ],
)
def test_documents_that_mean_the_same_have_one_canonical_text(one: Any, other: Any) -> None:
    assert canonical_json(one) == canonical_json(other)


@pytest.mark.parametrize(("one", "other"), [(True, 1), ("1", 1), (None, {}), (1.5, 1), ([], {}), ("é", "e\u0301")])
def test_documents_that_mean_something_else_have_another(one: Any, other: Any) -> None:
    assert canonical_json(one) != canonical_json(other)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"])
def test_times_are_read_alike_from_a_server_of_another_zone_and_style(pair: Pair, moment: str) -> None:
    connection = pair.server.connection
    connection.execute("UPDATE api_keys SET expires_at = %s", [moment])
    with connection.transaction():
        connection.execute("SET LOCAL TimeZone TO 'Asia/Kolkata'; SET LOCAL DateStyle TO 'SQL, DMY'")
        connection.execute(TEXT_FORMS)
        assert from_postgres(APIKey.expires_at)(pair.copied(APIKey.expires_at)) == moment


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-01-31 09:30:00+00", "2026-01-31T09:30:00.000000Z"),
        ("2026-01-31 09:30:00.5+00", "2026-01-31T09:30:00.500000Z"),
        ("2026-01-31 15:00:00.25+05:30", "2026-01-31T09:30:00.250000Z"),
        ("1850-01-01 00:53:28+00:53:28", "1850-01-01T00:00:00.000000Z"),
        ("2026-01-31T09:30:00.000001+00:00", "2026-01-31T09:30:00.000001Z"),
    ],
)
def test_a_time_is_read_in_whatever_offset_the_server_prints(text: str, stored: str) -> None:
    assert from_postgres(APIKey.expires_at)(text) == stored


@pytest.mark.parametrize("field", [Item.title, Item.type, User.email, Setting.key, FileAsset.path], ids=str)
def test_the_longest_indexed_text_fits_the_server_s_index(pair: Pair, field: Any) -> None:
    value = noise(values.MAX_INDEXED)
    assert_same_text(pair.carry(field, value), value)


def test_json_as_deep_as_the_door_allows_travels(pair: Pair) -> None:
    assert_same_document(pair, Setting.value, nested(values.MAX_DEPTH))
