"""No room, a failing disk, a locked file: a sentence, nothing half-written, and the store goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from localstore import Store
from localstore.bulk.wal import Wal
from localstore.errors import StoreBusy, StoreFull
from localstore.records import ItemRecord
from tests.localstore import programs
from tests.localstore.children import running, said_by
from tests.localstore.failing_disk import Disk, mounted
from tests.localstore.snapshots import everything


@pytest.fixture
def disk() -> Iterator[Disk]:
    with mounted() as opened:
        yield opened


def goes_on(store: Store) -> None:
    """The store writes, finds and is whole."""
    item = store.items.add("afterwards", text="still working")
    assert [hit.item_id for hit in store.search("still working").rows] == [item.id]
    with store.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_store_at_its_page_limit_refuses_the_whole_action(store: Store) -> None:
    store.items.add("before")
    before = everything(store)
    with store.database.writing() as connection:
        connection.pragma("max_page_count", connection.pragma("page_count") + 2)
    with pytest.raises(StoreFull, match=r"^No room left for .*store\.db: nothing of this action was kept; free some"):
        store.items.add("too much", text="x " * 200_000, tags=["new"])
    assert everything(store) == before
    with store.database.writing() as connection:
        connection.pragma("max_page_count", 1_000_000)
    goes_on(store)


@pytest.mark.parametrize("on", ["write", "sync"])
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            apsw.FullError,
            r"^No room left for .*store\.db: nothing of this action was kept; free some space, try again\.$",
        ),
        (
            apsw.IOError,
            r"^The disk refused to read or write .*store\.db \(.*\): nothing of this action was kept; check",
        ),
    ],
)
def test_a_disk_that_fails_leaves_nothing_half_written(
    tmp_path: Path, disk: Disk, fault: type[apsw.Error], sentence: str, on: str
) -> None:
    with Store.open(tmp_path / "store.db") as store:
        store.items.add("before", text="words", tags=["a"])
        before = everything(store)
        with disk.failing(fault, on), pytest.raises(StoreFull, match=sentence):
            store.items.add("lost", text="never " * 5000, tags=["b"])
        assert everything(store) == before
        assert store.search("never").rows == []
        goes_on(store)


def test_a_deletion_that_finds_no_room_deletes_nothing(tmp_path: Path, disk: Disk) -> None:
    with Store.open(tmp_path / "store.db") as store:
        item = store.items.add("large", text="word " * 50_000, tags=["a"])
        before = everything(store)
        with disk.failing(apsw.FullError, "write"), pytest.raises(StoreFull, match="No room left"):
            store.items.delete(item.id)
        assert everything(store) == before
        assert store.items.delete(item.id).deleted["contents"] == 1


def test_a_file_that_may_not_grow_refuses_and_goes_on_when_it_may_again(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        store.items.add("before")
    refusal, then, later = said_by(programs.fill_up, path, 5_000_000)
    assert refusal.startswith((f"StoreFull The disk refused to read or write {path}", "StoreFull No room left"))
    assert (then, later) == ("0", "1")
    with Store.open(path) as store:
        goes_on(store)


# -- a locked file ------------------------------------------------------------------------------------------


def test_a_writer_that_waits_too_long_says_so_and_readers_do_not_wait(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path, timeout=0.2) as store, running(programs.hold, path) as child:
        store.items.add("before")
        before = everything(store)
        assert child.says() == "holding"
        with pytest.raises(StoreBusy, match=r"store\.db is locked by another program for too long: close it, or try"):
            store.items.add("refused")
        assert everything(store) == before
        child.hear()
        assert child.says() == "committed"
        store.items.add("after")
        assert sorted(row.title for row in store.items.rows().rows) == ["after", "before", "held"]


def test_a_search_beside_a_locked_file_finds_what_another_program_wrote(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path, timeout=30) as store:
        owner = store.local_user_id
        outside = apsw.Connection(str(path))
        outside.execute("INSERT INTO items (owner_id, title) VALUES (?, 'from elsewhere')", (owner,))
        with running(programs.hold, path) as child:
            assert child.says() == "holding"
            assert [hit.title for hit in store.search("elsewhere").rows] == ["from elsewhere"]
        outside.close()


@pytest.mark.parametrize("fault", [apsw.FullError, apsw.IOError])
def test_an_import_whose_last_batch_the_disk_refuses_says_that_and_not_what_it_led_to(
    disk: Disk, tmp_path: Path, fault: type[apsw.Error]
) -> None:
    with Store.open(tmp_path / "store.db") as store:
        with pytest.raises(StoreFull, match="nothing of this action was kept"), store.bulk(source="x") as bulk:
            bulk.put(ItemRecord(title="last"))
            disk.fault, disk.on = fault, "write"
        disk.fault = None
        assert store.items.count() == 0
        goes_on(store)


def test_an_import_gives_the_writer_back_although_the_disk_fails(disk: Disk, tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        guard = Wal(store.database)
        with store.database.writing() as writer:
            guard.watch(writer)
        writer.pragma("writable_schema", "RESET")  # to be read again before the next pragma
        with disk.failing(apsw.IOError, "read"):
            guard.close()
        goes_on(store)
