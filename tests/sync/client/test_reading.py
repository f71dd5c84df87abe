"""Rows of COPY: read column by column when all is as usual, row by row when something is not, always to the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore import ids, tables, values
from localstore.errors import InvalidValue
from localstore.models import BY_NAME, Content, Item
from sync.postgres.reading import Images, Reader
from sync.postgres.values import from_postgres
from sync.shapes import Page, vector_hash

ITEM = [
    "0190a0b0-0000-7000-8000-000000000001",
    "2026-01-31 09:30:00.123456+00",
    "2026-01-31 09:30:00+00",
    "0190a0b0-0000-7000-8000-000000000002",
    r"\N",
    "note",
    "A title",
    r"\N",
    '{"b": 1, "a": [true, null, "x"]}',
]
STORED = (
    "0190a0b0-0000-7000-8000-000000000001",
    "2026-01-31T09:30:00.123456Z",
    "2026-01-31T09:30:00.000000Z",
    "0190a0b0-0000-7000-8000-000000000002",
    None,
    "note",
    "A title",
    None,
    '{"b":1,"a":[true,null,"x"]}',
)
NAMES = tables.columns(Item)
CONTENT = ["0190a0b0-0000-7000-8000-000000000003", *ITEM[1:4], "user", "text", "{}"]


def line(*cells: str) -> bytes:
    return ("\t".join(cells) + "\n").encode()


def changed(column: str, text: str) -> list[str]:
    """The item with another text in one column."""
    return [text if name == column else cell for name, cell in zip(NAMES, ITEM, strict=True)]


def read(raw: bytes, tbl: str = "items", marked: bool = False) -> Page:
    page, _ = Reader(tbl, marked).page(raw)
    return page


def test_a_row_is_read_in_its_stored_form() -> None:
    page = read(line(*ITEM))
    assert page.rows == [STORED]
    assert page.size == len(line(*ITEM))


def test_the_key_of_the_last_row_is_told() -> None:
    _, last = Reader("items", marked=True).page(line("f", *ITEM) + line("t", *changed("id", ids.tag_id("x"))))
    assert last == ids.tag_id("x")


def test_keys_of_two_columns_are_joined() -> None:
    page = read(line("t", ITEM[0], ITEM[3]) + line("f", ITEM[3], ITEM[0]), "item_tag_links", marked=True)
    assert page.gone == [f"{ITEM[0]}/{ITEM[3]}"]
    assert page.rows == [(ITEM[3], ITEM[0])]


def test_rows_that_are_gone_have_only_a_key() -> None:
    gone = [ITEM[0], *[r"\N"] * 8]
    page = read(line("f", *ITEM) + line("t", *gone), marked=True)
    assert (page.rows, page.gone, page.unreadable) == ([STORED], [ITEM[0]], [])


def test_a_page_of_rows_that_are_all_gone_is_read() -> None:
    page = read(line("t", ITEM[0], *[r"\N"] * 8), marked=True)
    assert (page.rows, page.gone, page.unreadable) == ([], [ITEM[0]], [])


def test_escapes_are_undone() -> None:
    page = read(line(*changed("title", r"a\tb\nc\\d\\N\r\b\f\v" + "\u2028\x85")))
    assert page.rows[0][6] == "a\tb\nc\\d\\N\r\b\f\v\u2028\x85"


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("created_at", "20000-01-01 00:00:00.12345+00", "created_at"),
        ("created_at", "20000-01-01 00:00:00+00", "created_at"),
        ("updated_at", "infinity", "updated_at"),
        ("created_at", "0044-03-15 00:00:00+00 BC", "created_at"),
        ("owner_id", r"\N", "owner_id: a value is needed"),
        ("title", r"\N", "title: a value is needed"),
        ("meta_data", r"\N", "meta_data"),
        ("meta_data", "[]", "expected an object"),
        ("meta_data", r'{"a": "\\u0000"}', "NUL"),
        ("meta_data", "{" + '"a": {' * 250 + "}" * 251, "deep"),
        ("id", "no-uuid", "not a UUID"),
    ],
)
def test_a_row_that_breaks_a_rule_is_set_aside_alone(column: str, text: str, said: str) -> None:
    good = changed("title", "another")
    page = read(line(*ITEM) + line(*changed(column, text)) + line(*good))
    assert [row[6] for row in page.rows] == ["A title", "another"]
    (found,) = page.unreadable
    assert said in found.reason
    assert found.raw["type"] == "note" and found.raw["organization_id"] is None


def test_bytes_that_are_no_utf_8_are_set_aside() -> None:
    page = read(line(*ITEM) + line(*ITEM).replace(b"A title", b"A \xfftitle"))
    assert page.rows == [STORED]
    assert page.unreadable[0].raw["title"] == "A \ufffdtitle"


@pytest.mark.parametrize("text", [ITEM[0].upper(), "{" + ITEM[0] + "}", ITEM[0].replace("-", "")])
def test_other_spellings_of_an_id_are_brought_to_ours(text: str) -> None:
    assert read(line(*changed("id", text))).rows == [STORED]


def test_ids_that_only_together_look_right_are_read_one_by_one() -> None:
    """Two wrong ones whose lengths make up for each other are not taken for two right ones."""
    short, long = ITEM[0][:-1], ITEM[0] + ITEM[0][-1]
    page = read(line(*changed("id", short)) + line(*changed("id", long)))
    assert len(page.unreadable) == 2


leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.text()
documents = st.recursive(
    leaves | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def slowly(text: str) -> str | None:
    """What the reader of single values makes of a document; None when it refuses it."""
    try:
        return str(from_postgres(tables.field_of(Content, "meta_data"))(text))
    except InvalidValue:
        return None


@given(st.dictionaries(st.text(), documents, max_size=4).map(values.to_json))
def test_the_fast_way_through_a_document_ends_as_the_slow_one_does(text: str) -> None:
    page = read(line(*CONTENT[:-1], text.replace("\\", r"\\")), "contents")
    found = page.rows[0][-1] if page.rows else None
    assert found == slowly(text)


def test_images_of_locked_rows_have_the_hash_of_a_vector() -> None:
    model = BY_NAME["embeddings"]
    cells = [ITEM[0], *ITEM[1:3], ITEM[3], None, None, vector_hash(b"1234"), "1", "{}"]
    (image,) = Images("embeddings").read([cells])
    assert isinstance(image, dict)
    assert list(image) == list(tables.columns(model))
    assert (image["vector"], image["dim"]) == (vector_hash(b"1234"), 1)


def test_an_image_that_cannot_be_read_is_its_reason() -> None:
    bad = [None if cell == r"\N" else cell for cell in changed("created_at", "infinity")]
    good = [None if cell == r"\N" else cell for cell in ITEM]
    found = Images("items").read([bad, good])
    assert isinstance(found[0], str) and "created_at" in found[0]
    assert isinstance(found[1], dict) and found[1]["title"] == "A title"
