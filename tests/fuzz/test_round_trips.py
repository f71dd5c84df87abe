"""What our own export wrote comes back equal, whatever the items hold."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore.records import ItemRecord
from localstore.transfer import ReadOptions, WriteOptions, named
from tests.fuzz.mutation import runs
from tests.localstore.transfer.strategies import json_values, names, records

pytestmark = pytest.mark.slow
HOSTILE = st.text(
    st.sampled_from("a\t\n\r\x1b\x7f\x85\u2028\u2029\ufeff\u202e\u0301\U0001f680日\"'\\,;:#-=+@*&!|>%{}[]`~ "),
    max_size=30,
)


def noted(item: ItemRecord, title: str, text: str) -> ItemRecord:
    item.title = title
    if item.contents:
        item.contents[0].text = text
    return item


TITLES = names.map(str.strip).filter(bool)
ITEMS = st.lists(st.builds(noted, records, TITLES, HOSTILE), min_size=1, max_size=3, unique_by=lambda item: item.id)


def written(found: list[ItemRecord]) -> bytes:
    stream = BytesIO()
    named("jsonl").write(found, Path("-"), WriteOptions(stream))
    return stream.getvalue()


def again(lines: bytes) -> list[ItemRecord]:
    read = list(named("jsonl").read(Path("-"), ReadOptions(stream=BytesIO(lines))))
    assert all(isinstance(each, ItemRecord) for each in read), read
    return [each for each in read if isinstance(each, ItemRecord)]


@runs(30)
@given(ITEMS)
def test_lines_come_back_equal(items: list[ItemRecord]) -> None:
    lines = written(items)
    back = again(lines)
    assert written(back) == lines
    assert [each.contents[0].text for each in back if each.contents] == [
        each.contents[0].text for each in items if each.contents
    ]


@runs(30)
@given(title=TITLES, text=HOSTILE, meta=st.dictionaries(HOSTILE, json_values, max_size=3), tag=TITLES)
def test_a_note_comes_back_with_its_title_text_and_tags(title: str, text: str, meta: dict[str, Any], tag: str) -> None:
    from localstore.records import ContentRecord, TagRecord
    from localstore.values import check_json

    item = ItemRecord(title, id="0198c0de-0000-7000-8000-000000000001", meta_data=check_json(meta, "meta_data"))
    item.tags, item.contents = [TagRecord(tag)], [ContentRecord(text=text, key="0")]
    with TemporaryDirectory() as folder:
        place = Path(folder) / "notes"
        named("markdown").write([item], place, WriteOptions())
        (back,) = named("markdown").read(place, ReadOptions())
    assert isinstance(back, ItemRecord), back
    assert (back.title, back.contents[0].text, [each.name for each in back.tags]) == (title, text, [tag])
    assert back.meta_data == item.meta_data
