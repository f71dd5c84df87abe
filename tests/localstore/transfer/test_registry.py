"""The registry: formats are found by their files and recognised by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import transfer
from localstore.errors import TransferError
from localstore.transfer import STREAM, ReadOptions, WriteOptions, detect, for_destination, named, writer_named
from localstore.transfer.registry import formats
from tests.localstore.transfer.reading import read, read_bytes


def test_every_file_in_formats_is_a_format_with_a_summary() -> None:
    files = [path.stem for path in (Path(transfer.__file__).parent / "formats").glob("*.py")]
    assert sorted(name.replace("-", "_") for name in formats()) == sorted(set(files) - {"__init__"})
    assert all(entry.summary for entry in formats().values())


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b'{"id":"x","title":"T","contents":[]}\n', "jsonl"),
        ("a.json", b'\xef\xbb\xbf[{"title":"T"}]', "jsonl"),
        ("a.jsonl", b'{"messages":[]}', "messages"),
        ("a.jsonl", b'{"title":"t","messages":[]}', "messages"),
        ("a.json", b'[{"conversations":[]}]', "sharegpt"),
        ("a.json", b'[{"instruction":"a","input":"","output":"b"}]', "alpaca"),
        ("a.json", b'[{"title":"a","mapping":{' + b'"x":{},' * 99_999, "chatgpt"),
        ("a.json", b'[{"uuid":"a","name":"b","chat_messages":[]}]', "claude"),
        ("a.csv", b"title\nA\n", "csv"),
        ("a.data", b"title;text\nA;b\nC;d\n", "csv"),
        ("a.md", b"# A\n", "markdown"),
        ("a.txt", b"title, and more\nplain text\n", "markdown"),
    ],
)
def test_a_source_is_recognised_by_its_content(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    assert detect(source).name == expected


@pytest.mark.parametrize(
    ("name", "content", "seen"),
    [
        ("a.bin", bytes(range(256)) * 40, "is binary, no text"),
        ("a.log", b"hello there", "is text beginning 'hello there'"),
        ("a.json", b'{"rows": 1}', "is JSON with the keys rows"),
        ("empty", b"", "is an empty file"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "is binary"),
    ],
)
def test_an_unknown_source_is_refused_with_what_was_seen(tmp_path: Path, name: str, content: bytes, seen: str) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(TransferError, match=seen) as caught:
        detect(source)
    assert "alpaca, chatgpt, claude, csv, jsonl" in str(caught.value)


def test_what_is_not_there_or_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="there is no such file"):
        detect(tmp_path / "none")
    with pytest.raises(TransferError, match="No such file"):
        read("jsonl", tmp_path / "none")
    with pytest.raises(TransferError, match="a folder without"):
        detect(tmp_path)
    with pytest.raises(TransferError, match="no format is called 'docx'"):
        named("docx")
    with pytest.raises(TransferError, match="name a file"):
        read("jsonl", STREAM)


@pytest.mark.parametrize(
    ("dest", "expected"),
    [("a.jsonl", "jsonl"), ("a.csv", "csv"), ("notes", "markdown"), ("-", "jsonl")],
)
def test_the_format_to_write_follows_from_the_name(dest: str, expected: str) -> None:
    assert for_destination(Path(dest)).name == expected


def test_formats_that_are_only_read_say_so(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="claude is read but not written: choose from csv, jsonl, markdown"):
        writer_named("claude")
    with pytest.raises(TransferError, match="read but not written"):
        named("claude").write([], tmp_path / "x", WriteOptions())
    with pytest.raises(TransferError, match="which format"):
        for_destination(Path("a.docx"))


def test_standard_input_is_taken_for_json_lines() -> None:
    assert detect(STREAM).name == "jsonl"
    assert ReadOptions().source_name(Path("/a/b/notes")) == "notes"
    assert ReadOptions(source="mine").source_name(Path("x")) == "mine"


@pytest.mark.parametrize("name", ["jsonl", "messages", "sharegpt", "alpaca", "chatgpt", "claude"])
def test_an_empty_stream_gives_nothing_and_a_report_that_says_so(name: str) -> None:
    options = ReadOptions()
    assert read_bytes(name, b"", options) == []
    assert options.report.summary() == f"read as {name}: 1 files, 0 lines, 0 items, 0 bad"
