"""Backup: one state of a store in use, private, checked, and never half-written."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from localstore import Store
from localstore.backup import backup
from localstore.errors import StoreDamaged, StoreReadOnly, TransferError
from tests.localstore.bulk_children import importing
from tests.localstore.snapshots import everything


def test_a_backup_is_a_store_with_the_same_rows(store: Store, tmp_path: Path) -> None:
    store.items.add("kept", text="body", tags=["t"])
    report = store.backup(tmp_path / "copy.db")
    assert (report.path, report.size) == (tmp_path / "copy.db", (tmp_path / "copy.db").stat().st_size)
    assert stat.S_IMODE(report.path.stat().st_mode) == 0o600
    with Store.open(report.path) as copy:
        assert everything(copy) == everything(store)
        assert copy.check() == []
        assert [hit.title for hit in copy.search("body").rows] == ["kept"]


def test_a_backup_beside_a_process_that_writes_is_sound(store: Store, tmp_path: Path) -> None:
    with importing("write_on", store.path) as child:
        assert child.says() == "ready"
        calls: list[int] = []
        report = store.backup(tmp_path / "copy.db", lambda done, total: calls.append(done))
        beside = store.items.count()
    with Store.open(report.path) as copy:
        assert copy.check() == []
        assert copy.items.count() <= beside
    assert calls == sorted(calls)


def test_what_is_committed_during_a_backup_is_not_in_it_and_does_not_start_it_anew(
    store: Store, tmp_path: Path
) -> None:
    store.items.add("large", text="x" * 20_000_000)
    shares: list[float] = []
    with Store.open(store.path) as beside:

        def write(done: int, total: int) -> None:
            shares.append(done / total)
            assert len(shares) < 50, "it began anew"
            beside.items.add("meanwhile")

        store.backup(tmp_path / "copy.db", write)
    assert (len(shares) > 2, shares, shares[-1]) == (True, sorted(shares), 1.0)
    with Store.open(tmp_path / "copy.db") as copy:
        assert [row.title for row in copy.items.rows().rows] == ["large"]


def test_a_file_that_is_there_stays_unless_told(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "copy.db"
    place.write_text("precious")
    with pytest.raises(TransferError, match=r"copy\.db is there already: choose another name"):
        store.backup(place)
    assert place.read_text() == "precious"
    store.backup(place, overwrite=True)
    assert place.read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize(
    ("name", "message", "error"),
    [
        ("store.db", "is the store itself", TransferError),
        (".", "is a folder: name a file", TransferError),
        ("gone/copy.db", "cannot be written", StoreReadOnly),
    ],
)
def test_a_place_that_cannot_be_used_is_refused(
    store: Store, tmp_path: Path, name: str, message: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=message):
        store.backup(tmp_path / name, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.db", "store.db-shm", "store.db-wal"]


def test_a_damaged_copy_is_refused_and_thrown_away(store: Store, tmp_path: Path) -> None:
    store.items.add("kept", text="body")
    with store.database.writing() as connection:
        connection.pragma("writable_schema", True)
        connection.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'items'")
        connection.pragma("writable_schema", False)
    with pytest.raises(StoreDamaged, match="run 'localstore check'"):
        backup(store, tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == []


def test_kept_files_are_named_and_copied_when_asked(store: Store, tmp_path: Path) -> None:
    (tmp_path / "paper.txt").write_text("the bytes")
    store.files.attach(None, tmp_path / "paper.txt", copy=True)
    assert store.backup(tmp_path / "one.db").files_left == 1
    assert store.backup(tmp_path / "two.db", files=True).files_copied == 1
    with Store.open(tmp_path / "two.db") as copy:
        assert copy.files.read(copy.files.all()[0]) == b"the bytes"


def test_a_store_open_for_reading_only_is_backed_up(store: Store, tmp_path: Path) -> None:
    store.items.add("kept")
    with Store.open(store.path, read_only=True) as reader:
        reader.backup(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        assert copy.items.count() == 1
