"""Our own JSON lines: what is read, what is refused, and that a round trip gives the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.records import BadRecord, ItemRecord, TagRecord
from localstore.transfer import ReadOptions
from localstore.transfer.documents import MAX_RECORD
from tests.localstore.transfer.reading import bad, items, only, read, read_bytes, written
from tests.localstore.transfer.strategies import calm, records

ID = "0198f0aa-1111-7222-8333-444455556666"


def line(**given: Any) -> bytes:
    return json.dumps({"title": "T", **given}).encode() + b"\n"


@calm
@given(st.lists(records, max_size=3))
def test_export_import_export_gives_the_same_bytes(given_records: list[ItemRecord]) -> None:
    first = written("jsonl", given_records)
    found = read_bytes("jsonl", first)
    assert bad(found) == []
    assert written("jsonl", items(found)) == first


@calm
@given(records)
def test_every_field_comes_back_as_it_was(record: ItemRecord) -> None:
    bare = replace(record, contents=[], embeddings=[], tags=sorted(record.tags, key=lambda tag: tag.name)[:1], files=[])
    found = only(read_bytes("jsonl", written("jsonl", [bare])))
    assert replace(found, place="") == bare


def test_only_the_title_is_required() -> None:
    found = only(read_bytes("jsonl", b'{"title":"Hello"}'))
    assert (found.title, found.type, found.contents, found.place) == ("Hello", None, [], "stdin:1")


def test_unknown_keys_go_to_meta_data() -> None:
    found = only(read_bytes("jsonl", line(lang="en", meta_data={"a": 1.0}, contents=[{"text": "x", "score": 3}])))
    assert found.meta_data == {"a": 1, "lang": "en"}
    assert found.contents[0].meta_data == {"score": 3}


def test_a_single_embedding_and_a_model_by_name_are_accepted() -> None:
    found = only(read_bytes("jsonl", line(embedding={"model": "e5", "vector": [1, 0.5]})))
    assert (found.embeddings[0].provider, found.embeddings[0].name) == ("unknown", "e5")
    assert list(found.embeddings[0].vector) == [1.0, 0.5]


def test_a_bare_vector_takes_the_model_of_the_options() -> None:
    found = only(read_bytes("jsonl", line(embedding=[1]), ReadOptions(model="openai/small")))
    assert (found.embeddings[0].provider, found.embeddings[0].name) == ("openai", "small")


def test_a_uuid_is_the_id_in_its_stored_spelling_and_other_ids_are_keys() -> None:
    found = items(read_bytes("jsonl", line(id=ID.upper()) + line(id="row-7") + line(id=7)))
    assert [(record.id, record.key) for record in found] == [(ID, None), (None, "row-7"), (None, "7")]


def test_a_line_without_an_id_has_a_key_that_does_not_depend_on_its_place() -> None:
    one, two = items(read_bytes("jsonl", b'{"title":"A"}\n{"title":"B"}'))
    moved = items(read_bytes("jsonl", b'\n{"title":"B"}\r\n'))[0]
    assert moved.key == two.key != one.key


def test_tags_are_names_or_names_with_colours_each_once() -> None:
    found = only(read_bytes("jsonl", line(tags=["a", {"name": "b", "color": "#f80"}, "A"])))
    assert found.tags == [TagRecord("a"), TagRecord("b", "#f80")]


def test_named_columns_are_used_for_json_lines_of_others() -> None:
    options = ReadOptions(text_column="body", id_column="nr", tags_column="labels", type="post")
    found = only(read_bytes("jsonl", b'{"body":"First\\nSecond","nr":5,"labels":["x"],"n":1}', options))
    assert (found.title, found.key, found.type, found.meta_data) == ("First", "5", "post", {"n": 1})
    assert found.contents[0].text == "First\nSecond"


@pytest.mark.parametrize(
    ("given_keys", "reason"),
    [
        ({"title": 5}, "title: expected text, got int '5'"),
        ({"title": None}, "title: a value is needed"),
        ({"title": "x" * 2001}, "title: 2,001 bytes; at most 2,000"),
        ({"title": "a\0"}, "title: NUL at character 1"),
        ({"title": "\ud800"}, "lone surrogate U+D800"),
        ({"tags": {"a": 1}}, "tags: expected a list, got dict"),
        ({"tags": {}}, "tags: expected a list, got dict"),
        ({"tags": [5]}, "tags[0]: expected text, got int"),
        ({"tags": [{"name": "a", "size": 1}]}, "tags[0]: unknown key 'size'"),
        ({"tags": [" "]}, "tags[0]: a tag needs a name"),
        ({"contents": {"text": "x"}}, "contents: expected a list, got dict"),
        ({"contents": [{}, {"text": 1}]}, "contents[1].text: expected text, got int"),
        ({"contents": [3]}, "contents[0]: expected an object, got int"),
        ({"contents": [{"embedding": {"vector": [1]}}]}, "contents[0].embedding.model: a vector needs its model"),
        ({"embeddings": [{"model": "m", "vector": ["1"]}]}, "embeddings[0].vector: expected a list of numbers"),
        ({"embeddings": [{"model": "m", "vector": [1e39]}]}, "embeddings[0].vector[0]: 1e+39 does not fit float32"),
        ({"embeddings": [{"model": "m", "vector": [1, 2], "dim": 3}]}, "embeddings[0].dim: 3 is not the 2 numbers"),
        ({"meta_data": []}, "meta_data: expected an object, got list"),
        ({"meta_data": {"a": [2**64]}}, "does not fit 64 bits"),
        ({"meta_data": {"a": 2**63}}, "meta_data.a: 9223372036854775808 does not fit 64 bits"),
        ({"meta_data": {"a": float("nan")}}, "NaN has no place in JSON"),
        ({"meta_data": {"a": 1}, "a": 2}, "a: stands beside meta_data and inside it"),
        ({"created_at": "2024-01-01T10:00"}, "created_at: 2024-01-01T10:00:00 has no time zone"),
        ({"files": [{"filename": "x"}]}, "files[0].path: a value is needed"),
        ({"files": [{"path": "x", "size_bytes": -1}]}, "files[0].size_bytes: -1 is less"),
        ({"id": ["x"]}, "id: expected text or a whole number"),
    ],
)
def test_a_bad_line_is_reported_with_its_place_and_the_rest_goes_on(given_keys: dict[str, Any], reason: str) -> None:
    found = read_bytes("jsonl", line() + line(**given_keys) + line())
    assert len(items(found)) == 2
    (problem,) = bad(found)
    assert problem.place == "stdin:2"
    assert reason in problem.reason


@pytest.mark.parametrize(
    "broken", [b"{", b"\xff\xfe\xfd\xfc\xfb\xfa", b'{"title":"\0"}', b"nonsense", b"5", b'{"title":"a","title":"b"}']
)
def test_a_line_that_is_no_json_object_is_reported_also_when_it_is_the_last(broken: bytes) -> None:
    found = read_bytes("jsonl", line() + broken)
    assert [problem.place for problem in bad(found)] == ["stdin:2"]
    assert len(items(found)) == 1


def test_byte_order_marks_and_windows_line_ends_do_no_harm() -> None:
    found = read_bytes("jsonl", b'\xef\xbb\xbf{"title":"A"}\r\n\r\n\xef\xbb\xbf{"title":"B"}\r\n')
    assert [(record.title, record.place) for record in items(found)] == [("A", "stdin:1"), ("B", "stdin:3")]


def test_a_line_over_32_megabytes_is_reported_and_skipped(tmp_path: Path) -> None:
    source = tmp_path / "notes.jsonl"
    source.write_bytes(line() + b'{"title":"' + b"x" * MAX_RECORD + b'"}\n' + line(title="last"))
    found = read("jsonl", source)
    assert bad(found) == [BadRecord("notes.jsonl:2", "longer than 32 MB: split it")]
    assert [record.place for record in items(found)] == ["notes.jsonl:1", "notes.jsonl:3"]


def test_the_report_says_what_was_seen() -> None:
    options = ReadOptions()
    read_bytes("jsonl", b'{"name":"A","size":1}\n', options)
    assert options.report.summary() == "read as jsonl: 1 files, 1 lines, 0 items, 1 bad; first keys: name, size"
