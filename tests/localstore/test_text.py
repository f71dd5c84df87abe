"""Full text: any words are safe, what is stored is found, and the index is in step whatever tool writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localstore import Filter, InvalidValue, Store, text
from localstore.search import Hit
from tests.localstore import foreign

TEXTS = {
    "languages": "C++ and C# are not C; a AND b OR c NOT d",
    "quotes": 'she said "hello there", didn\'t she? semi;colon',
    "emoji": "rocket 🚀 science 👩‍🔬 works",
    "cjk": "研究室のノート 한국어 中文",
    "accents": "Crème brûlée, naïve façade, Ångström, ΣΊΣΥΦΟΣ, İstanbul",
    "syntax": "NEAR(a b) title:x body:y ^start {curly} col:umn -minus +plus *star",
    "numbers": "3.14159 and 10_000 and v1.2.3-rc4",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("library") / "store.db") as store:
        for title, body in TEXTS.items():
            store.items.add(title, text=body)
        store.items.add("Attention", description="a described thing", text="is all you need", tags=["paper"])
        store.items.add("long", text="filler " * 5000 + "needle in\n\nthe   haystack" + " filler" * 5000)
        yield store


def found(store: Store, words: str) -> set[str]:
    hits = {hit.title for hit in store.search(words).rows}
    assert hits == {row.title for row in store.items.rows(Filter(words=words)).rows}
    return hits


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("C++", {"languages"}),
        ("a AND", {"languages"}),
        ("AND OR NOT", {"languages"}),
        ("hello there", {"quotes"}),
        ('"hello there"', {"quotes"}),
        ('"there hello"', set()),
        ('"hello there', {"quotes"}),
        ("didn't", {"quotes"}),
        ("semi;colon", {"quotes"}),
        ("🚀", set()),
        ("rocket 🚀", {"emoji"}),
        ("ROCK", {"emoji"}),
        ("rock science", set()),
        ('"scien"', set()),
        ("研究", {"cjk"}),
        ("研究室のノート", {"cjk"}),
        ("中文", {"cjk"}),
        ("creme BRULEE", {"accents"}),
        ("naïv", {"accents"}),
        ("angstrom", {"accents"}),
        ("σίσυφος", {"accents"}),
        ("NEAR(a b)", {"syntax"}),
        ("NEAR(", {"syntax"}),
        ("title:x", {"syntax"}),
        ("^start", {"syntax"}),
        ("{curly}", {"syntax"}),
        ("-minus", {"syntax"}),
        ("*", set()),
        ("star*", {"syntax"}),
        ('""', set()),
        ('"', set()),
        ("3.14", {"numbers"}),
        ("v1.2.3", {"numbers"}),
        ("rocket\0science", {"emoji"}),
        ("attention need", {"Attention"}),
        ("need attention", {"Attention"}),
        ("attention described", {"Attention"}),
        ("attention rocket", set()),
        ("described need", set()),
    ],
)
def test_words_find_what_holds_them_all(library: Store, words: str, titles: set[str]) -> None:
    assert found(library, words) == titles


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(), max_size=30) | st.text('"*^(){}:+-ANDORTE aé\0\ud800', max_size=20))
def test_no_words_are_an_error(library: Store, words: str) -> None:
    assert {hit.title for hit in library.search(words).rows} <= {row.title for row in library.items.rows().rows}
    assert library.items.count(Filter(words=words)) <= len(TEXTS) + 2


# The tokenizer knows the letters of Unicode 6.1, Python newer ones.
LETTERS = st.characters(min_codepoint=1, max_codepoint=0x233) | st.characters(
    min_codepoint=0x4E00, max_codepoint=0x9FA5
)
WORDS = st.text(LETTERS | st.sampled_from("ΣσςЖж한국ノ🚀\u2028\u0301"), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(body=WORDS, pick=st.integers(0, 99))
def test_a_word_of_any_stored_text_finds_it(tmp_path_factory: pytest.TempPathFactory, body: str, pick: int) -> None:
    words = re.findall(r"[^\W_]+", body)
    with Store.open(Path(tmp_path_factory.getbasetemp()) / "words.db") as store:
        item = store.items.add("any", text=body)
        word = words[pick % len(words)] if words else body
        hits = [hit.item_id for hit in store.search(word, limit=1000).rows]
        assert (item.id in hits) == bool(text.match_query(word))
        assert outs_of_step(store) == 0


# -- what is shown ------------------------------------------------------------------------------------------


def marked(hit: Hit) -> list[str]:
    return [hit.snippet[start:end] for start, end in hit.marks]


def test_the_marks_of_a_snippet_stand_at_the_words(library: Store) -> None:
    [hit] = library.search("needle hay").rows
    assert marked(hit) == ["needle", "haystack"]
    assert "needle in the haystack" in hit.snippet
    assert len(hit.snippet) < 400


def test_a_word_of_the_title_only_shows_the_beginning_of_the_text(library: Store) -> None:
    [hit] = library.search("attention").rows
    assert (hit.snippet, hit.marks, hit.title) == ("a described thing", (), "Attention")


def test_marks_stored_in_a_text_are_not_taken_for_ours(store: Store) -> None:
    store.items.add("odd", text="\x01evil\x02 word \x02 \x01 end")
    [hit] = store.search("word").rows
    assert marked(hit) == ["word"]


def test_pages_of_hits_are_the_list_of_hits(store: Store) -> None:
    with store.database.writing():
        items = [
            store.items.add(f"n{n}", text="same " * (n % 5 + 1), contents=[{"text": "same again"}]) for n in range(23)
        ]
    whole = store.search("same", limit=100)
    first = store.search("same", limit=10)
    second = store.search("same", limit=10, after=first.next)
    third = store.search("same", limit=10, after=second.next)
    pages = [*first.rows, *second.rows, *third.rows]
    assert ([hit.item_id for hit in pages], third.next) == ([hit.item_id for hit in whole.rows], None)
    assert {hit.item_id for hit in pages} == {item.id for item in items}


@pytest.mark.parametrize("after", ["x", "-1", "1.5"])
def test_a_cursor_that_is_none_is_refused(library: Store, after: str) -> None:
    with pytest.raises(InvalidValue, match=f"'{after}' is no cursor"):
        library.search("attention", after=after)


def test_better_rows_come_first(store: Store) -> None:
    for title, body in (("none", "a long text with one topic in it " * 5), ("topic", "short"), ("both", "topic topic")):
        store.items.add(title, text=body)
    assert store.search("topic").rows[0].title == "topic"
    assert [hit.score for hit in store.search("topic").rows] == sorted(
        (hit.score for hit in store.search("topic").rows), reverse=True
    )


# -- in step ------------------------------------------------------------------------------------------------

ONE, TWO, TEXT_ONE, TEXT_TWO = (f"0190aaaa-0000-7000-8000-00000000000{n}" for n in range(4))


@pytest.fixture
def pair(store: Store) -> Store:
    """Two items with a text each."""
    store.items.add("apple", id=ONE, contents=[{"id": TEXT_ONE, "text": "red fruit"}])
    store.items.add("banana", id=TWO, contents=[{"id": TEXT_TWO, "text": "yellow fruit"}])
    return store


def outs_of_step(store: Store) -> int:
    with store.reading() as connection:
        return text.out_of_step(connection)


OWNER = "(SELECT id FROM users)"
WRITES: dict[str, tuple[str, dict[str, set[str]]]] = {
    "insert": (
        f"INSERT INTO items (id, owner_id, title) VALUES ('{ONE[:-1]}9', {OWNER}, 'cherry')",
        {"cherry": {"cherry"}, "fruit": {"apple", "banana"}},
    ),
    "insert text": (
        f"INSERT INTO contents (item_id, text) VALUES ('{ONE}', 'crisp')",
        {"crisp": {"apple"}, "apple crisp": {"apple"}},
    ),
    "update text": (f"UPDATE contents SET text = 'green' WHERE id = '{TEXT_ONE}'", {"red": set(), "green": {"apple"}}),
    "update title": (
        f"UPDATE items SET title = 'pear' WHERE id = '{ONE}'",
        {"apple": set(), "apple fruit": set(), "pear red": {"pear"}},
    ),
    "update description": (f"UPDATE items SET description = 'sweet' WHERE id = '{ONE}'", {"apple sweet": {"apple"}}),
    "move text": (
        f"UPDATE contents SET item_id = '{TWO}' WHERE id = '{TEXT_ONE}'",
        {"apple red": set(), "banana red": {"banana"}},
    ),
    "delete text": (f"DELETE FROM contents WHERE id = '{TEXT_ONE}'", {"red": set(), "apple": {"apple"}}),
    "delete": (f"DELETE FROM items WHERE id = '{ONE}'", {"red": set(), "apple": set(), "fruit": {"banana"}}),
    "delete owner": ("DELETE FROM users", {"fruit": set(), "banana": set()}),
    "replace": (
        f"INSERT OR REPLACE INTO items (id, owner_id, title) VALUES ('{ONE}', {OWNER}, 'pear')",
        {"apple": set(), "pear": {"pear"}, "red": set()},
    ),
    "replace text": (
        f"INSERT OR REPLACE INTO contents (id, item_id, text) VALUES ('{TEXT_ONE}', '{TWO}', 'ripe')",
        {"red": set(), "apple": {"apple"}, "banana ripe": {"banana"}},
    ),
    "update or replace": (
        f"UPDATE OR REPLACE items SET id = '{TWO}' WHERE id = '{ONE}'",
        {"apple": {"apple"}, "banana": set(), "red": set(), "yellow": set()},
    ),
    "update or replace text": (
        f"UPDATE OR REPLACE contents SET id = '{TEXT_TWO}' WHERE id = '{TEXT_ONE}'",
        {"red": {"apple"}, "yellow": set(), "banana": {"banana"}},
    ),
}
CHILDREN = {"update or replace": ["DELETE FROM events", f"DELETE FROM contents WHERE id = '{TEXT_ONE}'"]}


def answers(store: Store, wanted: dict[str, set[str]]) -> dict[str, set[str]]:
    return {words: {hit.title for hit in store.search(words).rows} for words in wanted}


@pytest.mark.parametrize("name", list(WRITES))
def test_the_index_is_in_step_with_what_another_program_wrote(pair: Store, name: str) -> None:
    sql, wanted = WRITES[name]
    foreign.write(pair.path, *CHILDREN.get(name, []), sql)
    assert answers(pair, wanted) == wanted
    assert outs_of_step(pair) == 0


def test_a_list_narrowed_by_words_knows_what_another_program_just_wrote(pair: Store) -> None:
    foreign.write(pair.path, *(sql for sql, _ in (WRITES["insert text"], WRITES["update title"])))
    assert [row.title for row in pair.items.rows(Filter(words="crisp")).rows] == ["pear"]
    assert pair.items.count(Filter(words="apple")) == 0
    assert pair.items.count(Filter(words="fruit")) == 2


KEYLESS: dict[str, dict[str, set[str]]] = {
    "delete": {"apple": set(), "red": set(), "fruit": {"banana"}},
    "replace": {"apple": set(), "pear red": {"pear"}},
    "replace text": WRITES["replace text"][1],
    "update or replace text": WRITES["update or replace text"][1],
}


@pytest.mark.parametrize("name", list(KEYLESS))
def test_the_index_is_in_step_with_a_program_that_minds_no_foreign_keys(pair: Store, name: str) -> None:
    foreign.write(pair.path, WRITES[name][0], keys=False)
    assert answers(pair, KEYLESS[name]) == KEYLESS[name]
    assert outs_of_step(pair) == 0


@pytest.mark.parametrize("name", ["insert text", "update title", "delete", "replace text"])
def test_a_read_only_store_searches_what_waits_to_be_indexed(pair: Store, name: str) -> None:
    sql, wanted = WRITES[name]
    foreign.write(pair.path, sql)
    with Store.open(pair.path, read_only=True) as reader:
        assert answers(reader, wanted) == wanted
        assert {words: {row.title for row in reader.items.rows(Filter(words=words)).rows} for words in wanted} == wanted


def test_the_index_is_in_step_after_vacuum(pair: Store) -> None:
    pair.close()
    foreign.vacuum(pair.path)
    with Store.open(pair.path) as store:
        assert answers(store, {"red": set(), "fruit": set()}) == {"red": {"apple"}, "fruit": {"apple", "banana"}}
        store.items.delete("apple")
        assert found(store, "fruit") == {"banana"}
        assert outs_of_step(store) == 0


def test_rebuilding_finds_the_same(pair: Store) -> None:
    with pair.database.writing() as connection:
        text.rebuild(connection)
    assert found(pair, "fruit") == {"apple", "banana"}
    assert outs_of_step(pair) == 0


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM text_rows WHERE docid = 1",
        "INSERT INTO text_rows (id) VALUES ('nothing')",
        "DELETE FROM text_index WHERE rowid = 1",
        "INSERT INTO text_index (rowid, title) VALUES (99, 'x')",
    ],
)
def test_an_index_out_of_step_is_counted(pair: Store, harm: str) -> None:
    with pair.database.writing() as connection:
        connection.execute(harm)
    assert outs_of_step(pair) > 0
