"""Check of damaged files: what SQLite cannot read is told by table, what is derived is made anew, nothing crashes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstore import Store
from localstore.checking.broken_log import commits_behind_the_end
from localstore.checking.finding import Finding
from localstore.checking.opening import opened_damaged
from localstore.errors import NotAStore, StoreDamaged, StoreError
from localstore.records import ContentRecord, ItemRecord
from tests.localstore.damage import loosely, overwrite


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed store of some hundred items, vectors and a deletion."""
    path = tmp_path_factory.mktemp("filled") / "store.db"
    with Store.open(path, email="ada@example.org") as store:
        with store.bulk(source="notes") as bulk:
            for number in range(300):
                text = f"text of number {number} " * 12
                bulk.put(ItemRecord(f"title {number}", key=str(number), contents=[ContentRecord(text)]))
        store.ai_models.add("m", "p")
        store.embeddings.put_one("m", [1.0, 2.0], content=store.contents.of("title 7")[0].id)
        store.items.delete("title 8")
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(filled, tmp_path / "store.db")
    with Store.open(tmp_path / "store.db") as opened:
        yield opened


def kinds(findings: list[Finding]) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.table, one.repaired) for one in findings]


DERIVED = {
    "the root of an index": ("items_title", 0, 0, "index", "items"),
    "the cells of an index": ("items_title", -3000, 2000, "index", "items"),
    "the index of a key": ("sqlite_autoindex_items_1", -3000, 2000, "index", "items"),
    "the root of the full text": ("text_index_data", 0, 0, "text", "text_index"),
    "the cells of the full text": ("text_index_data", -40, 40, "text", "text_index"),
    "the rows of the full text": ("text_rows", 0, 0, "derived", "text_rows"),
    "the states of vectors": ("embedding_states", 0, 0, "derived", "embedding_states"),
    "the codes of vectors": ("vector_blocks", 0, 0, "derived", "vector_blocks"),
}


@pytest.mark.parametrize("what", DERIVED)
def test_damage_to_what_is_derived_is_told_and_made_anew(store: Store, what: str) -> None:
    name, start, length, kind, table = DERIVED[what]
    overwrite(store, name, start, length)
    with Store.open(store.path) as again:
        assert (kind, table, False) in kinds(again.check())
        assert (kind, table, True) in kinds(again.check(repair=True))
        assert again.check() == []
        assert [hit.title for hit in again.search("title 123").rows] == ["title 123"]


TABLES = {
    "the root of a table": ("items", 0, 0),
    "the cells of a table": ("contents", 20, 200),
    "the texts of a trash": ("trash_rows", 0, 0),
}


@pytest.mark.parametrize("what", TABLES)
def test_a_damaged_table_is_named_and_no_row_is_changed_before_it_is_salvaged(store: Store, what: str) -> None:
    name, start, length = TABLES[what]
    loosely(store, "INSERT INTO tags (name) VALUES ('TAG'), ('tag')")
    overwrite(store, name, start, length)
    with Store.open(store.path) as again:
        found = again.check(repair=True)
        told = next(one for one in found if one.table == name)
        assert f"the table {name} is damaged" in told.message
        assert f"'localstore recover {store.path} DEST' salvages what can be read" in told.message
        assert kinds([one for one in found if one.kind == "duplicate"]) == [("duplicate", "tags", False)]


def test_pages_that_belong_to_nothing_are_swept_out(store: Store) -> None:
    loosely(store, "PRAGMA writable_schema = ON", "DELETE FROM sqlite_schema WHERE name = 'trash_rows_gone'")
    loosely(store, "CREATE TABLE extra (x)", "PRAGMA writable_schema = ON")
    loosely(store, "PRAGMA writable_schema = ON", "DELETE FROM sqlite_schema WHERE name = 'extra'")
    store.close()
    with Store.open(store.path) as again:
        assert kinds(again.check()) == [("index", "", False)]
        assert kinds(again.check(repair=True)) == [("index", "", True)]
        assert again.check() == []


def halved(raw: bytes) -> bytes:
    return raw[: len(raw) // 2 + 1000]


def without_magic(raw: bytes) -> bytes:
    return b"XXXX" + raw[4:]


def of_zeros(raw: bytes) -> bytes:
    return bytes(len(raw))


def with_broken_schema(raw: bytes) -> bytes:
    return raw[:100] + b"\xff" * 200 + raw[300:]


@pytest.mark.parametrize("spoil", [halved, without_magic, of_zeros, with_broken_schema])
def test_a_file_that_does_not_open_is_one_sentence_with_what_to_do(
    store: Store, spoil: Callable[[bytes], bytes]
) -> None:
    store.close()
    store.path.write_bytes(spoil(store.path.read_bytes()))
    with pytest.raises((StoreDamaged, NotAStore)) as caught:
        Store.open(store.path)
    found = opened_damaged(store.path, caught.value)
    assert isinstance(found, Finding)
    assert found.message.startswith(f"{store.path} cannot be opened (")
    assert f"'localstore recover {store.path} DEST'" in found.message


def test_a_store_whose_own_state_is_damaged_is_looked_at_all_the_same(store: Store) -> None:
    overwrite(store, "local_state", 0, 0)
    with pytest.raises(StoreDamaged, match="'localstore check' says what can be mended") as caught:
        Store.open(store.path)
    opened = opened_damaged(store.path, caught.value)
    assert isinstance(opened, Store)
    with opened as again:
        assert ("integrity", "local_state", False) in kinds(again.check())


def test_a_file_of_another_program_is_no_damaged_store(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Ada, " * 100)
    error: StoreError = NotAStore("not a store")
    with pytest.raises(NotAStore, match="not a store"):
        opened_damaged(path, error)


# -- the write-ahead log


def torn_copy(store: Store, folder: Path, frame: int) -> Path:
    """Commit five times, and copy the file and its log with one flipped bit in a frame of the log."""
    for number in range(5):
        store.preferences.set("theme", f"t{number}")
    target = folder / "torn.db"
    shutil.copy(store.path, target)
    log = bytearray(Path(f"{store.path}-wal").read_bytes())
    with store.reading() as connection:
        size = 24 + int(connection.pragma("page_size"))
    log[32 + (len(log) // size + frame) * size + 5000] ^= 1
    Path(f"{target}-wal").write_bytes(log)
    return target


def test_commits_behind_a_damaged_frame_of_the_log_are_told_and_the_log_is_kept(store: Store, tmp_path: Path) -> None:
    torn = torn_copy(store, tmp_path, -4)
    before = Path(f"{torn}-wal").read_bytes()
    with Store.open(torn) as again:
        (found,) = again.check()
        assert (found.kind, found.repaired) == ("log", False)
        assert f"the {found.count} commits written last before it was opened are not in the store" in found.message
        (kept,) = tmp_path.glob("torn.db.damaged-wal-*")
        assert kept.read_bytes() == before
    with Store.open(torn) as again:
        assert again.check() == []


def test_one_torn_commit_at_the_end_of_the_log_is_what_a_power_cut_leaves(store: Store, tmp_path: Path) -> None:
    torn = torn_copy(store, tmp_path, -1)
    with Store.open(torn) as again:
        assert commits_behind_the_end(Path(f"{torn}-wal")) <= 1
        assert again.check() == []


def test_a_log_that_is_whole_has_nothing_behind_its_end(store: Store) -> None:
    store.preferences.set("theme", "dark")
    assert commits_behind_the_end(Path(f"{store.path}-wal")) == 0
