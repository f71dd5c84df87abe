"""A repair that is killed: the store can be written as before, and the next repair goes on."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from localstore import Store, text
from localstore.database import PAGE_SIZE
from tests.localstore.damage import GARBAGE, loosely, overwrite


def filled(path: Path) -> Store:
    store = Store.open(path)
    store.items.add("title 1", text="words of one")
    return store


DERIVED = ("text_index", "text_rows", "text_pending", "embedding_states", "vector_blocks", "vector_models")


@pytest.mark.parametrize("table", DERIVED)
def test_a_missing_table_that_is_derived_is_made_anew(tmp_path: Path, table: str) -> None:
    with filled(tmp_path / "store.db") as store:
        loosely(store, f"DROP TABLE {table}")
    with Store.open(store.path) as again:
        assert [(one.kind, one.table, one.repaired) for one in again.check(repair=True)] == [("schema", table, True)]
        assert again.check() == []
        again.items.add("title 2", text="words of two")
        assert [hit.title for hit in again.search("one").rows] == ["title 1"]


def test_a_repair_stopped_before_the_full_text_is_filled_leaves_a_store_to_write_and_to_repair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overwrite(filled(tmp_path / "store.db"), "text_index_data", 0, 0)

    def stopped(_: object) -> None:
        raise KeyboardInterrupt

    with Store.open(tmp_path / "store.db") as store, monkeypatch.context() as patched:
        patched.setattr(text, "rebuild", stopped)
        with pytest.raises(KeyboardInterrupt):
            store.check(repair=True)
    with Store.open(tmp_path / "store.db") as again:
        again.items.add("title 2", text="words of two")
        again.check(repair=True)
        assert again.check() == []
        assert [hit.title for hit in again.search("one").rows] == ["title 1"]


TOGETHER = (
    ("items_title", "text_index_data"),
    ("sqlite_autoindex_contents_1", "embedding_states"),
    ("text_rows", "text_index_data"),
)


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_two_damaged_trees_that_are_derived_are_mended_by_one_repair(tmp_path: Path, one: str, other: str) -> None:
    overwrite(filled(tmp_path / "store.db"), one, 0, 0)
    page = page_of(tmp_path / "store.db", other)
    with (tmp_path / "store.db").open("r+b") as file:
        file.seek((page - 1) * PAGE_SIZE)
        file.write(GARBAGE * PAGE_SIZE)
    with Store.open(tmp_path / "store.db") as store:
        assert {found.repaired for found in store.check(repair=True)} == {True}
        assert store.check() == []
        assert [hit.title for hit in store.search("one").rows] == ["title 1"]


def page_of(path: Path, name: str) -> int:
    connection = apsw.Connection(str(path))
    ((page,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchall()
    connection.close()
    assert isinstance(page, int)
    return page


def test_vectors_that_stand_for_nothing_are_not_taken_for_duplicates(tmp_path: Path) -> None:
    with filled(tmp_path / "store.db") as store:
        model = store.ai_models.add("m", "p").id
        one = f"INSERT INTO embeddings (model_id, vector, dim) VALUES ('{model}', x'0000803f', 1)"
        loosely(store, one, one.replace("0000803f", "00000040"))
        assert [found.kind for found in store.check()] == []
