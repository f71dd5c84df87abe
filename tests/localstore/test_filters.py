"""Filters: what a person types, what it means, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstore import Filter, InvalidFilter, InvalidValue, Store, filters
from localstore.finding.conditions import Condition
from localstore.values import check_json

META: dict[str, dict[str, Any]] = {
    "number": {"n": 5, "f": 2.5, "lang": "en", "list": [1, "a b", {"k": None}], "flag": True, "nil": None},
    "text": {"n": "5", "f": "2.5", "lang": "ΣΊΣΥΦΟΣ", "list": ["a", "b"], "flag": 1, "deep": {"a.b": {"c": [10, 20]}}},
    "words": {"n": 50, "lang": "Café 100%_\\x", "flag": "true", "nil": "null", "title": "Draft TWO", "İ": "İstanbul"},
    "strange": {'q"uote': 1, "back\\slash": 2, "": 3, "$.x": 4, "a=b": 5, "o": {"b": 2, "a": 1}},
    "none": {},
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("library") / "store.db", email="ada@example.org") as store:
        store.organizations.add("Vision Lab", slug="lab")
        store.users.add("bob@example.org")
        model = store.ai_models.add("bge-small", "baai", "1.5")
        for title, meta_data in META.items():
            store.items.add(title, meta_data=meta_data)
        store.items.add("paper", type="paper", tags=["NLP", "Größe"], organization="lab", text="attention heads")
        store.items.add("tagged", tags=["nlp"], owner_id=store.users.get("bob@example.org").id)
        with store.database.writing() as connection:
            sql = (
                "INSERT INTO embeddings (model_id, item_id, vector, dim) SELECT ?, id, x'00000000', 1 FROM items WHERE"
            )
            connection.execute(f"{sql} title = 'tagged'", (model.id,))
        yield store


def titles(store: Store, line: str) -> set[str]:
    where = Filter.parse(line)
    rows = {row.title for row in store.items.rows(where).rows}
    assert rows == {row.title for row in store.items.page(where).rows}
    assert len(rows) == store.items.count(where)
    return rows


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("meta.n=5", {"number", "text"}),
        ("meta.n:=5", {"number"}),
        ('meta.n="5"', {"text"}),
        ('meta.n:="5"', {"text"}),
        ("meta.n=5.0", {"number", "text"}),
        ("meta.n>5", {"words"}),
        ("meta.n>=5", {"number", "words"}),
        ('meta.n>"4"', {"text"}),
        ("meta.n<50", {"number"}),
        ("meta.f<=2.5", {"number"}),
        ("meta.n!=5", {"words", "strange", "none", "paper", "tagged"}),
        ("meta.flag=true", {"number"}),
        ('meta.flag="true"', {"words"}),
        ("meta.flag=1", {"text"}),
        ("meta.flag!=true type:note", {"text", "words", "strange", "none", "tagged"}),
        ("meta.nil=null", {"number"}),
        ('meta.nil="null"', {"words"}),
        ('meta.list=["a","b"]', {"text"}),
        ("meta.list[0]=1", {"number"}),
        ("meta.list[0]=a", {"text"}),
        ('meta.list[1]="a b"', {"number"}),
        ("meta.list[2].k=null", {"number"}),
        ('meta.list[2]={"k":null}', {"number"}),
        ('meta_data.deep."a.b".c[1]=20', {"text"}),
        ('meta."a=b"=5', {"strange"}),
        ("meta.back\\slash=2", {"strange"}),
        ('meta.""=3', {"strange"}),
        ('meta."$.x"=4', {"strange"}),
        ("meta.lang=en", {"number"}),
        ("meta.lang~E", {"number"}),
        ("meta.lang~σίσυφος", {"text"}),
        ("meta.lang~ΣΊΣΥΦΟΣ", {"text"}),
        ("meta.lang~CAFÉ", {"words"}),
        ("meta.lang~cafe", set()),
        ("meta.lang~100%_", {"words"}),
        ("meta.lang~1%x", set()),
        ("meta.lang~\\", {"words"}),
        ('meta.title~"draft t"', {"words"}),
        ("meta.İ~İSTANBUL", {"words"}),
        ("meta.İ~stan", {"words"}),
        ("meta.İ~ıstan", set()),
        ("meta.n~5", {"number", "text", "words"}),
        ("meta.none=1", set()),
        ("type:paper", {"paper"}),
        ("type:paper type:note no:tag meta.n=5", {"number", "text"}),
        ("#nlp", {"paper", "tagged"}),
        ("#NLP #größe", {"paper"}),
        ("tag:GRÖSSE", {"paper"}),
        ("any:größe any:nlp", {"paper", "tagged"}),
        ("#none", set()),
        ("org:lab", {"paper"}),
        ("org:- has:tag", {"tagged"}),
        ("owner:bob@example.org", {"tagged"}),
        ("has:embedding", {"tagged"}),
        ("model:bge-small", {"tagged"}),
        ("model:baai/bge-small@1.5", {"tagged"}),
        ("no:embedding has:tag", {"paper"}),
        ("no:embedding model:bge-small has:tag", {"paper"}),
        ("has:file", set()),
        ("since:1d type:paper", {"paper"}),
        ("until:1d", set()),
        ("created:2020-01-01 type:paper", {"paper"}),
        ("attention head", {"paper"}),
        ('"attention heads" paper', {"paper"}),
        ("attention tagged", set()),
        ("++", set()),
    ],
)
@pytest.mark.parametrize("few", [0, 5000])
def test_a_line_finds_what_it_says_whichever_way_it_is_read(
    library: Store, monkeypatch: pytest.MonkeyPatch, line: str, found: set[str], few: int
) -> None:
    monkeypatch.setattr(filters, "FEW", few)
    assert titles(library, line) == found


def test_a_find_line_that_says_nothing_finds_everything(library: Store) -> None:
    assert len(titles(library, "  ")) == len(META) + 2
    assert not Filter.parse("")


@pytest.mark.parametrize(
    ("line", "sentence", "position"),
    [
        ('words "open', 'a quote is open: close it with "', 6),
        ("a tpye:note", "unknown field 'tpye': did you mean 'type'? Put quotes around it to find it as words.", 2),
        ("x zzz:1", "unknown field 'zzz': there is any, created, has, like, model, no, org, organization", 2),
        ("ok type:", "type: needs a value, such as type:paper", 8),
        ("a ~ #b", "~ needs words, such as ~how to retry", 2),
        ('~"  "', "~ needs words, such as ~how to retry", 0),
        ("like:", "like: needs a value, such as like:0198c0de", 5),
        ("has:money", "has: takes embedding, fresh, stale, file, tag, not 'money'", 4),
        ("a since:soon", "'soon' is neither a date (2026-01-31) nor an age (7d, 12h, 2w)", 8),
        ("a since:99999999999d", "'99999999999d' is too long an age", 8),
        ("a meta.x:=en", "'en' is not JSON: quote texts, or use = for text", 10),
        ("a meta.x:=NaN", "value: nan has no place in JSON: use null", 10),
        ("a meta.x>true", "true is neither more nor less than anything: use = or !=", 9),
        ("abc meta.=1", "'meta.' is no path: write it like meta_data.source.name or meta_data.list[0]", 4),
        ("a meta..x=1", "'meta..x' is no path: write it like meta_data.source.name", 2),
        ("a meta.x[y]=1", "'meta.x[y]' is no path: write it like meta_data.source.name or meta_data.list[0]", 2),
        ("a meta.a:b=1", "'meta.a:b=1' is no condition: write it like meta_data.lang=en", 2),
    ],
)
def test_a_line_that_cannot_be_read_says_where_and_what_is_near(line: str, sentence: str, position: int) -> None:
    with pytest.raises(InvalidFilter) as caught:
        Filter.parse(line)
    assert str(caught.value).startswith(sentence)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("org:lib", "there is no organization 'lib': did you mean 'lab'?"),
        ("owner:ada@example.com", "there is no user 'ada@example.com': did you mean 'ada@example.org'?"),
        ("model:gpt", "there is no model 'gpt': there is bge-small"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_the_nearest(library: Store, line: str, sentence: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        library.items.rows(Filter.parse(line))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "line", ['type:"{}"', '#"{}"', 'any:"{}"', 'meta.x="{}"', 'meta.x~"{}"', 'meta."{}"=1', '"{}"']
)
@pytest.mark.parametrize(
    "attack", ["' OR 1=1 --", "'; DROP TABLE items; --", "x') UNION SELECT 1 --", "?1", ":a", "$.x"]
)
def test_sql_in_a_filter_is_a_value(library: Store, line: str, attack: str) -> None:
    assert titles(library, line.format(attack)) == set()
    assert library.items.count() == len(META) + 2


@pytest.mark.parametrize("path", [("a'b",), ('a"b',), ("a\\",), ("a]",), ("#-1",), ("a", 99999999999)])
def test_any_key_may_stand_in_a_path(library: Store, path: tuple[str | int, ...]) -> None:
    assert library.items.count(Filter(where=(Condition(path, "=", 1),))) == 0


def test_a_key_with_a_quote_is_found(library: Store) -> None:
    assert library.items.count(Filter(where=(Condition(('q"uote',), "=", 1),))) == 1


def outcome(store: Store, line: str) -> int | str:
    try:
        return store.items.count(Filter.parse(line))
    except InvalidValue:
        return "refused"


@pytest.mark.parametrize("line", ["\ud800", "#\ud800", "type:\ud800", "meta.x=\ud800", "owner:\ud800", "meta.\ud800=1"])
def test_half_a_character_is_refused_or_finds_nothing(library: Store, line: str) -> None:
    assert outcome(library, line) in ("refused", 0)


def test_a_word_with_half_a_character_still_finds_the_rest(library: Store) -> None:
    assert titles(library, "atten\udcfftion") == set()
    assert titles(library, "\udcffattention") == {"paper"}


# -- read and written ---------------------------------------------------------------------------------------

NAME = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=8)
LEAF = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUE = st.recursive(
    LEAF | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAME.filter(lambda t: "\0" not in t), inner, max_size=3)
    ),
    max_leaves=5,
)
PATH = st.lists(NAME | st.integers(0, 99), min_size=1, max_size=3).map(tuple)
PLAIN = st.builds(Condition, PATH, st.sampled_from(["=", "!=", "<", ">", "<=", ">=", "~"]), NAME)
NUMBERS = st.builds(Condition, PATH, st.sampled_from(["=", "!=", "<", ">="]), st.integers(-(2**63), 2**63 - 1))
FORCED = st.builds(Condition, PATH, st.just(":="), VALUE.map(lambda value: check_json(value, "")), st.just(True))
MANY = st.lists(NAME, max_size=2).map(tuple)
STAMP = st.none() | st.just("2026-01-31T09:30:00.000000Z")


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("~cats that sleep", Filter(meaning="cats that sleep")),
        (
            "retry ~cats asleep #nlp type:note on sofas",
            Filter("retry", ("note",), ("nlp",), meaning="cats asleep on sofas"),
        ),
        ('~"cats asleep" retry', Filter("retry", meaning="cats asleep")),
        ('~cats "must occur" asleep', Filter('"must occur"', meaning="cats asleep")),
        ('~"a b" c ~d e', Filter("c", meaning="a b d e")),
        ("a~b ~c", Filter("a~b", meaning="c")),
        ("like:0198c0de #nlp", Filter(tags=("nlp",), like="0198c0de")),
    ],
)  # fmt: skip
def test_a_tilde_begins_a_meaning_and_bare_words_after_it_belong_to_it(line: str, where: Filter) -> None:
    assert Filter.parse(line) == where
    assert Filter.parse(str(where)) == where
    assert where.ranks
    assert not where.unranked().ranks


@pytest.mark.parametrize("line", ["~cats", "like:0198c0de", "type:paper ~cats"])
def test_a_list_that_does_not_rank_refuses_a_filter_that_does(library: Store, line: str) -> None:
    with pytest.raises(InvalidFilter, match=r"rank by nearness, and this does not: leave them out, or use"):
        library.items.rows(Filter.parse(line))
    with pytest.raises(InvalidFilter, match="rank by nearness"):
        library.items.count(Filter.parse(line))
    assert library.items.rows(Filter.parse(line).unranked()).rows


@given(
    st.builds(
        Filter,
        types=MANY,
        tags=MANY,
        any_tags=MANY,
        organization=st.none() | NAME,
        owner=st.none() | NAME,
        model=st.none() | NAME,
        since=STAMP,
        until=STAMP,
        created_since=STAMP,
        like=st.just("") | NAME,
        meaning=st.just("") | NAME.filter(str.strip),
        has=st.lists(st.sampled_from(filters.FACTS), max_size=2).map(tuple),
        without=st.lists(st.sampled_from(filters.FACTS), max_size=2).map(tuple),
        where=st.lists(PLAIN | NUMBERS | FORCED, max_size=3).map(tuple),
    )
)
def test_a_filter_written_and_read_is_the_same(where: Filter) -> None:
    assert repr(Filter.parse(str(where))) == repr(where)


@given(st.text(max_size=40) | st.text('meta."[]=:!<>~#a0 typesinch', max_size=30))
def test_any_line_is_read_or_refused_and_reads_back_the_same(line: str) -> None:
    try:
        where = Filter.parse(line)
    except InvalidFilter as error:
        assert 0 <= error.position <= len(line)
    else:
        assert Filter.parse(str(where)) == where
