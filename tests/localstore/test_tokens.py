"""Quotes of the find line: what they hold, a quote within them, and backslashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore import Filter, InvalidFilter, Store
from localstore.finding.conditions import Condition
from localstore.finding.table_filters import TableFilter
from localstore.finding.tokens import in_quotes, quoted, split, unquoted
from localstore.text import match_query

TEXTS = st.text(alphabet='ab "\\\n#:', min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("two words", '"two words"'),
        ('say "hi"', r'"say \"hi\""'),
        ('5"', r'"5\""'),
        (r"C:\dir", r"C:\dir"),
        (r"C:\my dir\x", r'"C:\my dir\x"'),
        ("my dir\\", r'"my dir\\"'),
        ("", '""'),
    ],
)
def test_a_text_is_written_with_quotes_where_it_needs_them_and_reads_back(text: str, written: str) -> None:
    assert quoted(text) == written
    assert unquoted(written) == text


@given(text=TEXTS)
def test_any_text_in_quotes_is_one_token_that_says_the_text(text: str) -> None:
    (token,) = split(f"type:{in_quotes(text)}")
    assert token.value == text


@given(names=st.lists(TEXTS, min_size=1, max_size=3))
def test_a_filter_of_any_names_reads_back_from_its_find_line(names: list[str]) -> None:
    where = Filter(tags=tuple(names), types=tuple(names))
    assert Filter.parse(str(where)) == where


@given(key=TEXTS, value=TEXTS)
def test_a_condition_of_any_key_and_value_reads_back(key: str, value: str) -> None:
    condition = Condition((key,), "=", value)
    read = Filter.parse(str(condition)).where
    assert [(each.path, str(each.value)) for each in read] == [((key,), value)]


@pytest.mark.parametrize(("line", "place"), [('a "b', 2), (r'"a\"', 0), ('"a" b "c', 6)])
def test_an_open_quote_is_said_with_its_place(line: str, place: int) -> None:
    with pytest.raises(InvalidFilter, match="a quote is open") as caught:
        Filter.parse(line)
    assert caught.value.position == place


def test_a_phrase_may_hold_a_quote() -> None:
    assert match_query(r'"say \"hi\" now"') == '"say ""hi"" now"'


def test_a_word_of_a_table_filter_may_hold_a_quote() -> None:
    assert TableFilter.parse("tags", r'name="5\" disk"').tests[0].value == '5" disk'


def test_items_of_a_tag_and_type_with_quotes_are_found(store: Store) -> None:
    store.items.add("Old disks", type='3.5" disk', tags=['5"'])
    assert [row.title for row in store.items.rows(Filter.parse(r'#"5\"" type:"3.5\" disk"')).rows] == ["Old disks"]
