"""CSV: tables of all dialects in, a table that no spreadsheet runs out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.errors import TransferError
from localstore.records import ContentRecord, ItemRecord, TagRecord
from localstore.transfer import ReadOptions
from localstore.transfer.documents import MAX_RECORD
from localstore.transfer.spreadsheet import guarded, unguarded
from tests.localstore.transfer.reading import bad, items, only, read_bytes, written
from tests.localstore.transfer.strategies import calm, records, texts


def test_usual_names_of_columns_are_found_and_the_others_are_meta_data() -> None:
    found = only(read_bytes("csv", b'ID,Title,Text,Tags,lang,empty\n7,Hello,Body,"a, b",en,\n'))
    assert (found.key, found.title, found.contents[0].text) == ("7", "Hello", "Body")
    assert found.tags == [TagRecord("a"), TagRecord("b")]
    assert (found.meta_data, found.place) == ({"lang": "en"}, "stdin:2")


def test_named_columns_win_over_usual_names() -> None:
    options = ReadOptions(title_column="q", text_column="a", id_column="n", tags_column="t", type="faq")
    found = only(read_bytes("csv", b"title,q,a,n,t\nx,Q,A,1,k\n", options))
    assert (found.title, found.contents[0].text, found.key, found.type) == ("Q", "A", "1", "faq")
    assert (found.tags, found.meta_data) == ([TagRecord("k")], {"title": "x"})


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_line_ends_are_found_by_content(mark: str, end: str) -> None:
    rows = [["title", "text"], ["A", '"two, lines;\n|here"'], ["B", "x"]]
    data = end.join(mark.join(row) for row in rows) + end
    found = items(read_bytes("csv", b"\xef\xbb\xbf" + data.encode()))
    assert [record.contents[0].text for record in found] == ["two, lines;\n|here", "x"]
    assert [record.place for record in found] == ["stdin:2", "stdin:4"]


def test_a_cell_may_be_longer_than_the_standard_librarys_limit() -> None:
    found = only(read_bytes("csv", b"title,text\nA," + b"x" * 500_000 + b"\n"))
    assert len(found.contents[0].text) == 500_000


def test_without_a_title_column_the_first_line_of_the_text_is_the_title() -> None:
    assert only(read_bytes("csv", b'text\n"  \nFirst   line\nsecond"\n')).title == "First line"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"1,2,3\n4,5,6\n", "the first line is no header"),
        (b"title,,x\nA,b,c\n", "the first line is no header"),
        (b"title,title\nA,b\n", "'title' stands twice"),
        (b"apple,pear\nx,y\n", "no column is called title or text"),
        (b"title,text\rA,b\r", "CR alone"),
        ("title,text\nA,b\n".encode("utf-16"), "UTF-16"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0\0\xfe\xfe" * 40, "binary"),
    ],
)
def test_a_table_without_a_usable_header_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(TransferError, match=reason):
        read_bytes("csv", data)


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(TransferError, match="there is no column 'body'; there are title, text"):
        read_bytes("csv", b"title,text\nA,b\n", ReadOptions(text_column="body"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"A,b,c\n", "3 cells, but 2 columns"),
        (b'"A"x,b\n', "expected after"),
        (b"A,b\xff\n", "byte 0xff is not UTF-8"),
        (b"A,b\0\n", "text: NUL at character 1"),
        (b",\n", "neither a title nor a text"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_the_rest_goes_on(row: bytes, reason: str) -> None:
    found = read_bytes("csv", b"title,text\nFirst,1\n" + row + b"Last,2\n")
    assert [record.title for record in items(found)] == ["First", "Last"]
    (problem,) = bad(found)
    assert (problem.place, reason in problem.reason) == ("stdin:3", True)


def test_a_quote_that_is_never_closed_is_reported_at_its_line() -> None:
    found = read_bytes("csv", b'title,text\nA,1\nB,"2\nC,3\n')
    assert [problem.place for problem in bad(found)] == ["stdin:3"]


def test_a_row_over_32_megabytes_is_skipped() -> None:
    found = read_bytes("csv", b"title,text\nA," + b"x" * MAX_RECORD + b"\nB,2\n")
    assert [record.title for record in items(found)] == ["B"]
    assert "longer than 32 MB" in bad(found)[0].reason


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''@"])
def test_cells_that_a_spreadsheet_would_run_get_an_apostrophe(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@calm
@given(texts)
def test_guarding_can_be_undone(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell


@calm
@given(st.lists(records, max_size=3, unique_by=lambda record: record.id))
def test_a_table_written_and_read_holds_the_same_items(given_records: list[ItemRecord]) -> None:
    found = read_bytes("csv", written("csv", given_records))
    assert bad(found) == []
    assert [comparable(record) for record in items(found)] == [comparable(record) for record in given_records]


def comparable(record: ItemRecord) -> ItemRecord:
    """What a table can carry: texts and tags, and no difference between nothing and an empty text."""
    contents = [ContentRecord(content.text, content.role or "user", id=content.id) for content in record.contents]
    tags = [TagRecord(tag.name) for tag in record.tags]
    plain: dict[str, Any] = {
        name: getattr(record, name) or None for name in ("type", "description", "organization", "owner")
    }
    return replace(record, contents=contents, tags=tags, embeddings=[], files=[], place="", **plain)


def test_foreign_cells_keep_their_apostrophes() -> None:
    assert only(read_bytes("csv", b"title,text\n'=A,'+b\n")).title == "'=A"
