"""Whatever a person types to find something, it is read and asked, or refused in one sentence with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from localstore import Store
from localstore.errors import InvalidFilter, InvalidValue, LocalstoreError
from localstore.filters import Filter
from localstore.finding.conditions import Condition
from localstore.finding.event_filters import EventFilter
from localstore.finding.file_filters import FileFilter
from localstore.finding.table_filters import TableFilter
from localstore.finding.titles import titled
from localstore.lists.any_table import AnyTable
from localstore.models import BY_NAME
from tests.fuzz.facts import a_store, check_sentence
from tests.fuzz.mutation import runs
from tui.cli import filtering

pytestmark = pytest.mark.slow
PIECES = [
    "type:",
    "tag:",
    "any:",
    "org:",
    "owner:",
    "model:",
    "since:",
    "until:",
    "created:",
    "has:",
    "no:",
    "without:",
    "like:",
    "~",
    "#",
    "meta.",
    "meta_data",
    "meta[0]",
    ":=",
    "!=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "~=",
    '"',
    '\\"',
    "\\",
    "[",
    "]",
    "[99999999999999999999]",
    "{}",
    "[]",
    "null",
    "true",
    "1e999",
    "-0",
    "9223372036854775808",
    "NaN",
    "2024-02-30",
    "7d",
    "999999999999d",
    "-1d",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "99:99",
    "item.*",
    "*[",
    "[a-z]",
    "?",
    "%",
    "_",
    "'",
    ";",
    "--",
    "/*",
    "()",
    "NEAR(",
    "AND",
    "OR",
    "NOT",
    "^",
    ":",
    "::",
    "http://x",
    "kind:image/*",
    "is:missing",
    "is:kept",
    "is:",
    "item:-",
    "who:",
    "who:%",
    "email=",
    "role=",
    "user!=",
    "size_bytes>",
    "updated>",
    "path~",
    "description=null",
    "é",
    "ß",
    "İ",
    "🚀",
    "á",
    "\u202e",
    "embedding",
    "fresh",
    "stale",
    "file",
    "lab",
    "ada@example.org",
    "lab/m@",
    "m@",
    "/",
    "todo",
]
LINES = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=7).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=7).map(" ".join),
    st.lists(st.sampled_from([*PIECES, "\0", "\ud800", "\udcff", "\n", "\t", "\x1b"]), max_size=6).map("".join),
    st.text(max_size=40),
)
MANY = [
    *(
        "a " * 2_000,
        '"' * 999 + '"',
        "#x " * 1_500,
        "type:" + "y" * 100_000,
        "meta.a=1 " * 1_500,
        "meta." + "a." * 2_000 + "b=1",
    ),
    *(
        "x" * 100_000,
        "meta.t~" + "%_" * 40_000,
        "meta.a:=" + "[" * 5_000,
        "meta.a:=" + "9" * 10_000,
        "(" * 5_000,
        "~" * 999,
    ),
    *("type:* " * 1_500, "kind:" + "*" * 60_000, "since:" + "9" * 5_000 + "d", "is:kept " * 1_500, "no:tag " * 1_500),
    *(
        "description~" + "é" * 900,
        "description=x " * 1_500,
        "any:x " * 40_000,
        "-" * 10_000,
        "meta[" + "9" * 5_000 + "]=1",
    ),
]
"""Lines that are far too long or have far too many parts."""


@pytest.fixture(scope="module")
def searched() -> Iterator[Store]:
    """One store for all lines: none of them changes it."""
    with a_store() as (store, _):
        store.files.add(path="papers/a.pdf", filename="a.pdf", mime_type="application/pdf", size_bytes=3)
        yield store


def is_refused(line: str, error: InvalidFilter | InvalidValue) -> None:
    check_sentence(str(error))
    assert 0 <= getattr(error, "position", 0) <= len(line)


def ask_items(store: Store, line: str) -> None:
    where = Filter.parse(line)
    assert Filter.parse(str(where)) == where
    rows = store.items.rows(where.unranked(), limit=2).rows
    assert store.items.count(where.unranked()) >= len(rows)
    store.search("words", where.unranked())


def ask_table(store: Store, line: str, table: str) -> None:
    where = TableFilter.parse(table, line)
    asked = AnyTable(store, table)
    assert asked.count(where) >= len(asked.page(where, limit=1).rows)


def ask_events(store: Store, line: str) -> None:
    where = EventFilter.parse(line)
    assert store.events.listing.count(where) >= len(store.events.listing.page(where, "", limit=1).rows)
    store.events.types(where)


def ask_files(store: Store, line: str) -> None:
    where = FileFilter.parse(line)
    listing = store.files.listing
    assert listing.count(where) >= len(listing.page(where, "", limit=1).rows)


def asked(store: Store, line: str, ask: Any, *more: Any) -> None:
    """Ask; what is refused is refused in one sentence, and asking never changes a thing."""
    try:
        ask(store, line, *more)
    except InvalidValue as error:
        is_refused(line, error)
    except LocalstoreError as error:
        check_sentence(str(error))


NOUNS = {"items": ask_items, "events": ask_events, "files": ask_files}


@pytest.mark.parametrize("noun", NOUNS)
def test_any_line_is_asked_or_refused(noun: str, searched: Store) -> None:
    @runs(120)
    @given(LINES)
    @example("meta.a=\ud800")
    @example("\ud800")
    @example("kind:\0 \udcff")
    def check(line: str) -> None:
        asked(searched, line, NOUNS[noun])

    check()


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("number", range(len(MANY)))
def test_a_line_that_is_far_too_long_is_asked_or_refused(noun: str, number: int, searched: Store) -> None:
    asked(searched, MANY[number], NOUNS[noun])


@pytest.mark.parametrize("number", range(len(MANY)))
def test_a_line_that_is_far_too_long_is_asked_of_a_table_or_refused(number: int, searched: Store) -> None:
    asked(searched, MANY[number], ask_table, "items")


@runs(120)
@given(table=st.sampled_from(sorted(BY_NAME)), line=LINES)
@example(table="items", line="title=\ud800")
def test_any_line_is_asked_of_any_table_or_refused(searched: Store, table: str, line: str) -> None:
    asked(searched, line, ask_table, table)


@runs(80)
@given(path=LINES, sign=st.sampled_from(["=", "!=", ":=", "<", ">=", "~"]), value=LINES)
def test_any_condition_is_asked_or_refused(searched: Store, path: str, sign: str, value: str) -> None:
    def ask(store: Store, line: str) -> None:
        found = Condition.parse(line)
        assert Condition.parse(str(found)) == found
        store.items.count(Filter(where=(found,)))

    asked(searched, f"meta.{path}{sign}{value}", ask)


OPTIONS = {
    "types": (),
    "tags": (),
    "any_tags": (),
    "where": (),
    "organization": None,
    "owner": None,
    "model": None,
    "since": None,
    "until": None,
    "created_since": None,
    "words": "",
}


@runs(120)
@given(given=st.dictionaries(st.sampled_from(sorted(OPTIONS)), LINES, max_size=3), typed=st.lists(LINES, max_size=2))
def test_any_options_of_a_command_make_a_filter_or_are_refused(
    searched: Store, given: dict[str, str], typed: list[str]
) -> None:
    def ask(store: Store, line: str) -> None:
        made: dict[str, Any] = {name: (value,) if OPTIONS[name] == () else value for name, value in given.items()}
        where = filtering.with_line(filtering.make(**made), tuple(typed))
        store.items.count(where.unranked())

    asked(searched, "x" * 10_000, ask)


@runs(60)
@given(name=LINES, line=LINES, to=LINES)
def test_any_saved_search_is_kept_as_it_was_or_refused(searched: Store, name: str, line: str, to: str) -> None:
    def ask(store: Store, line: str) -> None:
        store.saved_searches.save(name, line)
        kept = {each.name: each.filter for each in store.saved_searches.all()}
        assert Filter.parse(kept[name.strip()]) == Filter.parse(line)
        store.saved_searches.rename(name.strip(), to)
        store.saved_searches.remove(to.strip())

    asked(searched, line, ask)


@runs(80)
@given(LINES)
@example("\ud800")
def test_any_words_look_for_titles_names_and_ids_without_an_error(searched: Store, words: str) -> None:
    asked(searched, words, titled)
    asked(searched, words, lambda store, line: AnyTable(store, "users").search(line))
    asked(searched, words, lambda store, line: store.items.resolve(line))
