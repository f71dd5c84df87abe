"""The hash of a row is the same on both sides, whatever the row holds."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from localstore import tables, values
from localstore.models import TABLES, Embedding, Item, Row, User
from localstore.schema import field_type
from localstore.values import INT_MAX, INT_MIN
from sync.comparing.row_hash import UNWRITABLE, hasher, jsonb_text
from sync.postgres.connection import Connection
from sync.postgres.values import to_postgres
from sync.shapes import vector_hash
from tests.sync.journeys import Pair

pytestmark = pytest.mark.postgres
many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
numbers = st.floats(allow_nan=False, allow_infinity=False)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(INT_MIN, INT_MAX) | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=6),
    max_leaves=15,
)
objects = st.dictionaries(texts, documents, max_size=6)

VECTOR_HASH = "(SELECT md5(string_agg(float4send(n::real), ''::bytea ORDER BY at))"
VECTOR_HASH += " FROM jsonb_array_elements_text(vector) WITH ORDINALITY AS each (n, at))"
FORMS = {
    "UTC": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    "JSON": "{0}::jsonb::text",
    "BOOL": "CASE WHEN {0} THEN 't' ELSE 'f' END",
    "VECTOR": VECTOR_HASH,
}


def on_server(model: type[Row]) -> str:
    """The contract in SQL, for rows whose columns are all shown."""
    texts = [FORMS.get(field_type(f), "{0}::text").format(f.column_name) for f in model._meta.sorted_fields]
    parts = [f"COALESCE(octet_length({text}) || ':' || {text}, '-')" for text in texts]
    return f"SELECT md5({' || '.join(parts)}) FROM {model._meta.table_name}"


def written(connection: Connection, document: Any) -> str:
    (text,) = connection.execute("SELECT %s::jsonb::text", [values.to_json(document)]).fetchone() or ("",)
    return str(text)


@pytest.fixture(scope="module")
def server(pair: Pair) -> Connection:
    return pair.server.connection


def hash_of(pair: Pair, model: type[Row]) -> tuple[str, str]:
    names = ", ".join(tables.columns(model))
    row = pair.file.connection.execute(f"SELECT {names} FROM {model._meta.table_name}").fetchone()
    there = pair.server.connection.execute(on_server(model)).fetchone()
    assert row and there
    return hasher(model)(tuple(row)), str(there[0])


def carry(pair: Pair, model: type[Row], stored: dict[str, Any]) -> None:
    """Give the one row of a table the same values on both sides."""
    table, names = model._meta.table_name, tables.columns(model)
    if stored:
        pair.file.run(f"UPDATE {table} SET {_set(tuple(stored))}", list(stored.values()))
    whole = pair.file.run(f"SELECT * FROM {table}")[0]
    pair.server.run("SET session_replication_role TO replica")  # rows of the two sides were made apart
    pair.server.run(
        f"UPDATE {table} SET {_set(names)}", [to_postgres(tables.field_of(model, n))(whole[n]) for n in names]
    )


def _set(names: Sequence[str]) -> str:
    return ", ".join(f"{name} = ?" for name in names)


@many
@given(documents)
@example([1e-07, 1e-300, 5e-324, 1e16, 1e22, 1.5e300, 1.7976931348623157e308, -1.25e-9, 0.1, 2.0**63, -(2.0**63)])
@example({"b": 1, "aa": 2, "a": 3, "": 4, "é": 5, "zz": 6, "😀": 7, "\ue000": 8})
@example("".join(map(chr, range(1, 128))) + '"\\/\u2028\ufeff\U0010ffff')
@example({"a": {}, "b": [], "c": [[], {}], "d": None})
def test_a_document_is_written_as_the_server_writes_it(server: Connection, document: Any) -> None:
    checked = values.check_json(document, "")
    assert jsonb_text(checked) == written(server, checked)


@many
@given(title=texts, description=st.none() | texts, meta=objects)
def test_texts_and_documents_of_a_row_hash_the_same(
    pair: Pair, title: str, description: str | None, meta: dict[str, Any]
) -> None:
    given_ = {"title": title[:400], "description": description, "meta_data": meta}
    carry(pair, Item, tables.encode(Item, given_))
    ours, theirs = hash_of(pair, Item)
    assert ours == theirs


@many
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=8, max_size=8))
def test_a_vector_hashes_the_same_on_both_sides(pair: Pair, vector: list[float]) -> None:
    carry(pair, Embedding, tables.encode(Embedding, {"vector": vector, "dim": 8}))
    blob = pair.file.run("SELECT vector FROM embeddings")[0]["vector"]
    assert vector_hash(blob) == pair.server.run(f"SELECT {VECTOR_HASH} AS h FROM embeddings")[0]["h"]


@pytest.mark.parametrize("model", TABLES)
def test_a_row_as_it_was_made_hashes_the_same(pair: Pair, model: type[Row]) -> None:
    carry(pair, model, {})
    ours, theirs = hash_of(pair, model)
    assert ours == theirs


def test_a_row_that_the_server_would_refuse_equals_none_of_it() -> None:
    row = tuple("{broken" if name == "meta_data" else None for name in tables.columns(Item))
    assert hasher(Item)(row) == UNWRITABLE


def test_what_is_masked_counts_as_empty() -> None:
    names = tables.columns(User)
    shown = tuple({"hashed_password": "", "extras": "{}"}.get(name, "x") for name in names)
    secret = tuple({"hashed_password": "$argon2", "extras": json.dumps({"a": 1})}.get(name, "x") for name in names)
    mask = frozenset({"hashed_password", "extras"})
    assert hasher(User, mask)(secret) == hasher(User, mask)(shown) == hasher(User)(shown) != hasher(User)(secret)


def test_a_vector_is_not_the_next_one() -> None:
    assert vector_hash(struct.pack("<2f", 1, 2)) != vector_hash(struct.pack("<2f", 1, 2.0000002))
