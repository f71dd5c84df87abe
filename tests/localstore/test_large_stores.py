"""What a large store asks for: work that grows with what is asked, told by SQLite's own count of steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from localstore import Filter, Store, filters
from localstore.connection import Connection
from localstore.embedding.selection import choose
from localstore.vectors.insight.stats import stats


class Steps:
    """Counts the steps of SQLite's virtual machine."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, event: dict[str, dict[str, int]]) -> None:
        self.count += event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]


@contextmanager
def counted(connection: Connection) -> Iterator[Steps]:
    """Count what runs on a connection."""
    steps = Steps()
    connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, steps)
    try:
        yield steps
    finally:
        connection.trace_v2(0, None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    with Store.open(tmp_path / "store.db", email="a@b.c") as opened:
        yield opened


def tagged(store: Store, count: int) -> list[str]:
    """Add items with two tags each; return their ids."""
    return [str(store.items.add(f"item {n}", tags=["one", "two"]).id) for n in range(count)]


def restoring(path: Path, others: int) -> int:
    """Return the steps of taking back a deletion of ten items, beside so many others."""
    with Store.open(path, email="a@b.c") as store:
        tagged(store, others)
        store.items.delete(*tagged(store, 10))
        with store.database.writing() as connection, counted(connection) as steps:
            store.undo()
    return steps.count


def test_taking_back_a_deletion_takes_the_same_steps_beside_many_items_as_beside_none(tmp_path: Path) -> None:
    assert restoring(tmp_path / "more.db", 150) < 1.3 * restoring(tmp_path / "none.db", 0)


def test_deleting_a_link_that_the_server_deleted_looks_it_up_by_its_columns(store: Store) -> None:
    from localstore.models import ItemTagLink
    from localstore.tables import keys_in

    sql = (
        f"EXPLAIN QUERY PLAN DELETE FROM item_tag_links WHERE {keys_in(ItemTagLink, 'SELECT value FROM json_each(?)')}"
    )
    with store.database.writing() as connection:
        plan = [row[3] for row in connection.execute(sql, ("[]",))]
    assert not [line for line in plan if line.startswith("SCAN item_tag_links")]


def listed(store: Store, words: str) -> list[str]:
    """Return the titles that a filter by words finds."""
    return sorted(item.title for item in store.items.page(Filter(words=words)).rows)


def test_a_common_word_finds_what_a_rare_one_would(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    both = store.items.add("both words", text="alpha in a text")
    store.contents.add(str(both.id), "alpha again")
    store.items.add("alpha in a title")
    store.items.add("none")
    rare = listed(store, "alpha")
    monkeypatch.setattr(filters, "FEW", 0)
    assert listed(store, "alpha") == rare == ["alpha in a title", "both words"]


def test_of_a_common_word_only_the_index_is_read_in_advance(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "FEW", 0)
    store.items.add("alpha", text="alpha")
    with store.reading() as connection:
        condition, bindings = Filter(words="alpha").sql(connection)
        sql = f"EXPLAIN QUERY PLAN SELECT i.id FROM items i WHERE {condition} ORDER BY i.updated_at DESC, i.id DESC"
        plan = [row[3] for row in connection.execute(sql, bindings)]
    at = plan.index(next(line for line in plan if line.startswith("LIST SUBQUERY")))
    assert plan[at + 1].startswith("SCAN text_index")
    assert not [line for line in plan if "LEFT-JOIN" in line or "USE TEMP B-TREE FOR ORDER" in line]


def embedded(store: Store, large: int, small: int) -> None:
    """Add items, so many with a vector of one model, and so many with another's."""
    for name in ("large", "small"):
        store.ai_models.add(name, "test", parameters={"dim": 2})
    keys = [str(store.items.add(f"item {n}").id) for n in range(max(large, small) + 3)]
    if large:
        store.embeddings.put("large", keys[:large], [[1.0, float(n)] for n in range(large)])
    if small:
        store.embeddings.put("small", keys[-small:], [[1.0, float(n)] for n in range(small)])


@pytest.mark.parametrize(("large", "small"), [(0, 0), (5, 0), (5, 2), (5, 5), (4, 5)])
def test_counts_of_several_models_are_each_ones_own(store: Store, large: int, small: int) -> None:
    embedded(store, large, small)
    items = max(large, small) + 3
    found = {each.model.split("/")[-1]: each for each in stats(store, norms=False)}
    assert [(found[name].fresh, found[name].without) for name in ("large", "small")] == [
        (large, items - large),
        (small, items - small),
    ]


def counting(path: Path, small: int) -> int:
    """Return the steps of counting 300 vectors of one model beside a few of another."""
    with Store.open(path, email="a@b.c") as store:
        embedded(store, 300, small)
        with store.reading() as connection, counted(connection) as steps:
            stats(store, norms=False)
    return steps.count


def test_a_few_vectors_of_a_second_model_do_not_make_the_first_ones_be_read(tmp_path: Path) -> None:
    assert counting(tmp_path / "two.db", 2) < 1.5 * counting(tmp_path / "one.db", 0)


def choosing(path: Path, texts: int) -> int:
    """Return the steps of choosing the one stale text among so many."""
    with Store.open(path, email="a@b.c") as store:
        store.ai_models.add("words", "builtin", parameters={"dim": 2})
        items = [str(store.items.add(f"item {n}", text=f"text {n}").id) for n in range(texts)]
        contents = [str(store.contents.of(item)[0].id) for item in items]
        store.embeddings.put("words", contents, [[1.0, 2.0]] * texts)
        store.contents.edit(contents[0], text="another")
        with store.reading() as connection, counted(connection) as steps:
            assert len(choose(store, store.ai_models.resolve("words"), "stale", None)) == 1
    return steps.count


def test_stale_texts_are_found_by_their_states(tmp_path: Path) -> None:
    beside, alone = choosing(tmp_path / "more.db", 81), choosing(tmp_path / "one.db", 1)
    assert (beside - alone) / 80 < 12
