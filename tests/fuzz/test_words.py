"""Any text whatever is looked for without an error of SQLite, and a text that was stored is found by its own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from localstore import Store
from localstore.errors import InvalidValue
from localstore.filters import Filter
from localstore.text import match_query
from tests.fuzz.facts import a_store, check_sound
from tests.fuzz.mutation import runs

pytestmark = pytest.mark.slow
SIGNS = st.text("\"*^(){}[]:+-|&~\\'%_ \t\n\0ANDORTNE aé1日\ud800\udfff\u0301\u200b\u202e🚀", max_size=30)
HOSTILE = st.one_of(
    SIGNS,
    st.text(st.characters(), max_size=40),
    st.lists(
        st.sampled_from(["NEAR(", "AND", "OR", "NOT", "title:", '"', "*", "(", ")", "x", "^", "{title}:", "-", "+"])
    ).map(" ".join),
)
# Letters that both Python and the tokenizer (of Unicode 6.1) know for letters.
LETTERS = st.characters(min_codepoint=0x30, max_codepoint=0x24F) | st.sampled_from("ΣσςЖж한국ノ研究éßİı")
STORED = st.text(LETTERS | st.sampled_from(' "*:()-\n\t\u0301\u202e🚀'), min_size=1, max_size=80)
LARGE = ["a" * 1_000_000, "a " * 20_000, '"' * 10_001, '"a ' * 10_000, "(" * 50_000, "é" * 500_000, "日本" * 20_000]


@pytest.fixture(scope="module")
def library() -> Iterator[Store]:
    with a_store() as (store, _):
        yield store


@runs(150)
@given(HOSTILE)
@example("\0")
@example('"')
@example("\ud800\udfff")
def test_no_words_are_an_error(library: Store, words: str) -> None:
    library.search(words, limit=2)
    library.items.count(Filter(words=words))


@pytest.mark.parametrize("number", range(len(LARGE)))
def test_words_of_any_length_are_no_error(library: Store, number: int) -> None:
    assert library.search(LARGE[number]).rows == []


@runs(30)
@given(title=STORED, body=STORED, start=st.integers(0, 200))
def test_a_stored_text_is_found_by_each_of_its_words(library: Store, title: str, body: str, start: int) -> None:
    item = library.items.add(f"t {title}"[:100], text=body)
    words = [word for word in re.findall(r"[^\W_]+", unicodedata.normalize("NFC", body)) if word in body]
    word = words[start % len(words)] if words else "t"
    found = {hit.item_id for hit in library.search(word, limit=1000).rows} if match_query(word) else {item.id}
    phrase = library.search(f'"{word}"', limit=1000).rows if match_query(word) else []
    library.items.delete(item.id)
    assert item.id in found
    assert not words or item.id in {hit.item_id for hit in phrase}


@runs(15)
@given(HOSTILE, HOSTILE)
def test_hostile_texts_are_stored_or_refused_and_the_index_stays_in_step(library: Store, title: str, body: str) -> None:
    try:
        item = library.items.add(title, text=body)
    except InvalidValue:
        return
    library.search(body)
    library.items.edit(item.id, title=body[:50] or "x")
    library.items.delete(item.id)
    check_sound(library)
