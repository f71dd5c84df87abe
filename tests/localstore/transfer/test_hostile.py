"""No bytes whatever raise anything but TransferError, and whatever is read is fit for the store."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.errors import TransferError
from localstore.records import ItemRecord
from localstore.transfer import Read, ReadOptions, detect, named
from localstore.transfer.registry import formats
from localstore.values import MAX_INDEXED, check_json, check_text
from tests.localstore.transfer.strategies import calm

NAMES = sorted(formats())
KEY_NAMES = """id title tags contents text role embedding vector model meta_data messages content conversations from
    value instruction input output mapping current_node message parts parent children author create_time
    chat_messages sender uuid created_at files path"""
KEYS = st.sampled_from(KEY_NAMES.split())
LEAVES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 2**63, 2**64, 1e300, 0.5, "", "a", "user", "\0", "\ud800", "2024-01-01", [], {}]
)
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5))
DOCUMENTS = st.dictionaries(KEYS, TREES, max_size=8).map(lambda value: json.dumps(value).encode())
TEXTS = st.text(st.sampled_from("a\"\\,;\n\r\t\0:{}[]-#' &*!é\u2028"), max_size=60).map(str.encode)
FRONT = st.text(st.sampled_from("ab: -[]{}&*!|>'\"#%@`\n,0.~?\t\\"), max_size=60).map(
    lambda text: f"---\ntitle: {text}\n---\nbody\n".encode()
)
BYTES = st.binary(max_size=60)


def read_everything(name: str, data: bytes) -> list[Read]:
    with TemporaryDirectory() as folder:
        source = Path(folder) / "source.txt"
        source.write_bytes(data)
        options = ReadOptions(split="headings", all_branches=True)
        try:
            detect(source)
        except TransferError as error:
            check_text(str(error), "message")
        try:
            return list(named(name).read(source, options))
        except TransferError as error:
            check_text(str(error), "message")
            return []


def is_fit(record: Read) -> bool:
    if not isinstance(record, ItemRecord):
        return bool(check_text(record.place, "place") and check_text(record.reason, "reason"))
    check_text(record.title, "title", MAX_INDEXED)
    assert check_json(record.meta_data, "meta_data") == record.meta_data
    assert record.id or record.key
    return all(
        check_text(content.text, "text") == content.text and (content.id or content.key) for content in record.contents
    )


@pytest.mark.parametrize("name", NAMES)
@calm
@given(data=st.one_of(DOCUMENTS, st.lists(DOCUMENTS, max_size=3).map(b"\n".join), TEXTS, FRONT, BYTES))
def test_no_bytes_raise_anything_but_a_transfer_error(name: str, data: bytes) -> None:
    assert all(map(is_fit, read_everything(name, data)))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("csv", "markdown", "llm-logs")])
@calm
@given(values=st.lists(DOCUMENTS, max_size=3))
def test_no_list_of_documents_raises_anything_but_a_transfer_error(name: str, values: list[bytes]) -> None:
    assert all(map(is_fit, read_everything(name, b"[" + b",\n".join(values) + b"]")))


@pytest.mark.parametrize("name", ["chatgpt", "claude"])
@calm
@given(data=BYTES)
def test_no_damaged_zip_raises_anything_but_a_transfer_error(name: str, data: bytes) -> None:
    assert all(map(is_fit, read_everything(name, b"PK\x03\x04" + data)))


@calm
@given(data=BYTES)
def test_no_damaged_database_raises_anything_but_a_transfer_error(data: bytes) -> None:
    assert read_everything("llm-logs", b"SQLite format 3\0" + data) == []
