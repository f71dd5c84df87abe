"""Stores that earlier versions wrote and that were kept: one with codes of vectors, one that is linked.

Each has 60 items with a vector each, of which one was edited and one is in the trash. The linked one, of schema 3
before it had its index ``sync_dirty_held``, has a change that waits for its server, and a conflict.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore import Store
from localstore.errors import NewerStore, StoreDamaged
from sync.conflicts import conflicts

FIXTURES = Path(__file__).parents[2] / "fixtures"
KEPT = ("0002-codes", "0003-linked")
QUERY = [0.1 * number - 0.5 for number in range(16)]


@pytest.fixture(params=KEPT)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return unpacked(request.param, tmp_path)


def unpacked(name: str, folder: Path) -> Path:
    path = folder / "kept.db"
    path.write_bytes(gzip.decompress((FIXTURES / f"store-{name}.db.gz").read_bytes()))
    return path


@pytest.fixture
def old(kept: Path) -> Iterator[Store]:
    with Store.open(kept) as store:
        yield store


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[Store]:
    with Store.open(unpacked("0003-linked", tmp_path)) as store:
        yield store


def test_codes_of_the_first_form_are_told_of_and_made_anew_by_a_repair(tmp_path: Path) -> None:
    with Store.open(unpacked("0002-first-codes", tmp_path)) as store:
        assert store.items.count() == 59
        with pytest.raises(StoreDamaged, match="'localstore check --repair' makes anew"):
            store.embeddings.nearest(QUERY, model="tiny", k=5)
        store.check(repair=True, copy=False)
        assert store.check() == []
        assert len(store.embeddings.nearest(QUERY, model="tiny", k=5).matches) == 5


def test_its_rows_are_there(old: Store) -> None:
    counts = (old.items.count(), old.contents.count(), old.embeddings.count(), old.tags.counts()[0].items)
    assert counts == (59, 59, 59, 29)
    assert old.contents.of(old.items.get("Item 07").id)[0].text == "text number 7"


def test_it_is_sound_once_repaired(old: Store) -> None:
    old.check(repair=True)
    assert old.check() == []


@pytest.mark.parametrize("exact", [True, False])
def test_nearest_vectors_are_found_with_its_codes_as_with_new_ones(old: Store, exact: bool) -> None:
    before = old.embeddings.nearest(QUERY, model="tiny", k=5, exact=exact).matches
    old.embeddings.rebuild()
    assert [each.embedding_id for each in before] == [
        each.embedding_id for each in old.embeddings.nearest(QUERY, model="tiny", k=5, exact=exact).matches
    ]
    assert len(before) == 5


def test_its_deeds_are_undone_the_last_first(old: Store) -> None:
    assert [old.undo(), old.undo()] == ["delete item 'Item 05'", "edit 'Item 03'"]
    assert (old.items.get("Item 05").title, old.items.get("Item 03").description) == ("Item 05", None)


def test_its_trash_is_restored(old: Store) -> None:
    old.trash.restore(old.trash.entries()[0].id)
    assert (old.items.count(), old.embeddings.count()) == (60, 60)


def test_what_waited_for_the_server_and_the_conflict_are_still_there(linked: Store) -> None:
    title = linked.items.get("Item 01, changed here").id
    with linked.reading() as connection:
        noted = [row[0] for row in connection.execute("SELECT pk FROM sync_dirty WHERE tbl = 'items'")]
    assert title in noted
    assert [each.pk for each in conflicts(linked).rows] == [linked.items.get("Item 02").id]


def test_edits_are_noted_for_the_server_as_before(linked: Store) -> None:
    pk = linked.items.get("Item 10").id
    linked.items.edit(pk, title="Changed by a new version")
    with linked.reading() as connection:
        assert connection.execute("SELECT 1 FROM sync_dirty WHERE tbl = 'items' AND pk = ?", (pk,)).fetchall() == [(1,)]


def test_a_linked_store_of_a_newer_version_is_refused_with_one_sentence(linked: Store) -> None:
    with linked.database.writing() as connection:
        connection.execute("PRAGMA user_version = 999")
    with pytest.raises(NewerStore, match=r"^[^\n]*kept\.db was written by a newer localstore [^\n]*\.$"):
        Store.open(linked.path)
