"""Backup: one state of a store in use, private, checked, and never half-written."""

from __future__ import annotations

import stat
from pathlib import Path

import apsw
import pytest

from localstore import Store
from localstore.attached import file_bytes
from localstore.backup import backup
from localstore.database import PAGE_SIZE
from localstore.errors import StoreDamaged, StoreFull, StoreReadOnly, TransferError
from tests.localstore import bulk_programs, rescue_programs
from tests.localstore.children import running
from tests.localstore.failing_disk import mounted
from tests.localstore.rescued import flipped
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
    with running(bulk_programs.write_on, store.path) as child:
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
        ("store.db-wal", "is the store itself", TransferError),
        ("/dev/null", "is a device or a pipe", TransferError),
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


def test_a_damaged_copy_is_refused_and_thrown_away(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store, store.reading() as connection:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'users_email'"
        root = connection.execute(sql).fetchone()[0]
    place = (root - 1) * PAGE_SIZE
    store.path.write_bytes(flipped(store.path.read_bytes(), [(place + 4, 1)]))  # an entry less than there are users
    with Store.open(store.path) as damaged, pytest.raises(StoreDamaged, match="run 'localstore check'"):
        backup(damaged, tmp_path / "copy.db")
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


def test_a_link_to_the_store_is_the_store(store: Store, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(store.path)
    with pytest.raises(TransferError, match="is the store itself"):
        store.backup(tmp_path / "link.db", overwrite=True)


def test_a_link_stays_one_and_the_backup_is_where_it_leads(store: Store, tmp_path: Path) -> None:
    (tmp_path / "latest.db").symlink_to(tmp_path / "copy.db")
    assert store.backup(tmp_path / "latest.db").path == tmp_path / "copy.db"
    assert ((tmp_path / "latest.db").is_symlink(), (tmp_path / "copy.db").is_file()) == (True, True)


def test_a_file_that_comes_meanwhile_is_not_replaced(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "copy.db"

    def come(done: int, total: int) -> None:
        place.write_text("precious")

    with pytest.raises(TransferError, match="is there already"):
        store.backup(place, come)
    assert (place.read_text(), names(tmp_path)) == ("precious", ["copy.db"])


def test_the_log_of_a_backup_that_is_replaced_is_not_read_into_the_new_one(store: Store, tmp_path: Path) -> None:
    store.backup(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        copy.items.add("only in the log of the copy")
        log = (tmp_path / "copy.db-wal").read_bytes()
    (tmp_path / "copy.db-wal").write_bytes(log)
    store.items.add("kept")
    store.backup(tmp_path / "copy.db", overwrite=True)
    with Store.open(tmp_path / "copy.db") as copy:
        assert [row.title for row in copy.items.rows().rows] == ["kept"]


@pytest.mark.parametrize(
    ("fault", "on", "message"),
    [(apsw.FullError, "write", "No room left for"), (apsw.IOError, "sync", "The disk refused")],
)
def test_a_disk_that_fails_leaves_nothing_half_written(
    tmp_path: Path, fault: type[apsw.Error], on: str, message: str
) -> None:
    with mounted() as disk, Store.open(tmp_path / "store.db") as store:
        (tmp_path / "copy.db").write_text("the backup before")
        with disk.failing(fault, on), pytest.raises(StoreFull, match=message):
            store.backup(tmp_path / "copy.db", overwrite=True)
        assert (names(tmp_path), (tmp_path / "copy.db").read_text()) == (["copy.db"], "the backup before")


def test_one_that_is_stopped_leaves_nothing_half_written(store: Store, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.backup(tmp_path / "copy.db", stop)
    assert names(tmp_path) == []


def test_what_a_killed_backup_left_goes_with_the_next_one(store: Store, tmp_path: Path) -> None:
    with running(rescue_programs.backing_up, store.path, tmp_path / "copy.db") as child:
        assert child.says() == "under way"
        store.backup(tmp_path / "other.db")
        child.kill()
    left = [name for name in names(tmp_path) if "partial" in name]
    store.backup(tmp_path / "copy.db")
    assert (len(left) > 0, names(tmp_path)) == (True, ["copy.db", "other.db"])


def test_a_kept_file_that_changed_is_not_copied_and_counted(store: Store, tmp_path: Path) -> None:
    (tmp_path / "paper.txt").write_text("the bytes")
    store.files.attach(None, tmp_path / "paper.txt", copy=True)
    place = next(file_bytes.kept_files(store.files.folder))
    place.chmod(0o600)
    place.write_text("not bytes")
    report = store.backup(tmp_path / "copy.db", files=True)
    assert (report.files_copied, report.files_damaged) == (0, 1)
    assert list(file_bytes.kept_files(tmp_path / "copy.db.files")) == []


def names(folder: Path) -> list[str]:
    """What lies beside the store."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("store.db"))
