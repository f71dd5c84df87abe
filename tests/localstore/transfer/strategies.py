"""Records as a store may hold them, for round trips."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from localstore import ids, times
from localstore.fields import to_vector
from localstore.records import ContentRecord, EmbeddingRecord, FileRecord, ItemRecord, TagRecord
from localstore.values import check_json

calm = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
names = texts.filter(lambda text: bool(text.strip()))
uuids = st.uuids().map(str)
stamps = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)).map(
    times.to_text
)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
meta_data = st.dictionaries(texts, json_values, max_size=4).map(lambda value: check_json(value, "meta_data"))
vectors = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=8).map(
    lambda numbers: to_vector(numpy.asarray(numbers))
)
tags = st.lists(
    st.builds(TagRecord, name=names, color=st.none() | texts), max_size=3, unique_by=lambda t: ids.fold(t.name)
)
embeddings = st.lists(
    st.builds(
        EmbeddingRecord,
        provider=texts,
        name=texts,
        version=st.none() | texts,
        vector=vectors,
        id=uuids,
        meta_data=meta_data,
        created_at=stamps,
        updated_at=stamps,
    ),
    max_size=2,
)
contents = st.lists(
    st.builds(
        ContentRecord,
        text=texts,
        role=texts,
        id=uuids,
        meta_data=meta_data,
        created_at=stamps,
        updated_at=stamps,
        embeddings=embeddings,
    ),
    max_size=3,
)
files = st.lists(
    st.builds(
        FileRecord,
        path=texts,
        filename=st.none() | texts,
        id=uuids,
        mime_type=st.none() | texts,
        size_bytes=st.integers(0, 2**63 - 1),
        checksum=st.none() | texts,
        meta_data=meta_data,
        created_at=stamps,
        updated_at=stamps,
    ),
    max_size=2,
)
records = st.builds(
    ItemRecord,
    title=texts,
    type=texts,
    description=st.none() | texts,
    id=uuids,
    meta_data=meta_data,
    tags=tags,
    organization=st.none() | texts,
    owner=st.none() | texts,
    contents=contents,
    embeddings=embeddings,
    files=files,
    created_at=stamps,
    updated_at=stamps,
)
