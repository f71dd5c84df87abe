"""Restore: the backup in the place of the store, whole or not at all, and the store before kept beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from localstore import Store
from localstore.errors import (
    LocalstoreError,
    NewerStore,
    NotAStore,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreMissing,
    TransferError,
)
from localstore.recovery import placing
from localstore.recovery.restore import ASIDE, plan, restore
from tests.localstore import rescue_programs
from tests.localstore.children import running
from tests.localstore.rescued import flipped


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed store with one item, and ``backup.db`` from when it had another."""
    path = tmp_path / "store.db"
    with Store.open(path, email="ada@example.org") as store:
        first = store.items.add("then", text="body then")
        store.backup(tmp_path / "backup.db")
        store.items.delete(first.id)
        store.items.add("now")
    return path


def titles(path: Path) -> list[str]:
    with Store.open(path, create=False) as store:
        assert store.check() == []
        return [str(row.title) for row in store.items.rows().rows]


def beside(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir() if each.name not in ("store.db", "backup.db"))


def test_the_backup_takes_the_place_and_the_store_before_is_kept(path: Path, tmp_path: Path) -> None:
    report = restore(path, tmp_path / "backup.db")
    assert report.kept is not None
    assert beside(path) == [report.kept.name]
    assert report.kept.name.startswith("store.db" + ASIDE)
    assert (titles(path), titles(report.kept), titles(tmp_path / "backup.db")) == (["then"], ["now"], ["then"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_only_in_the_log_of_the_store_before_is_kept_and_not_read_into_the_backup(
    path: Path, tmp_path: Path
) -> None:
    with Store.open(path) as store:
        store.items.add("in the log")
        left = {each.name: each.read_bytes() for each in tmp_path.glob("store.db*") if "shm" not in each.name}
    [(tmp_path / name).write_bytes(content) for name, content in left.items()]
    report = restore(path, tmp_path / "backup.db")
    assert report.kept is not None
    assert (titles(path), sorted(titles(report.kept))) == (["then"], ["in the log", "now"])


def test_what_is_only_in_the_log_of_the_backup_comes_too(path: Path, tmp_path: Path) -> None:
    with Store.open(tmp_path / "backup.db") as backup:
        backup.items.add("later")
        restore(path, tmp_path / "backup.db")
    assert sorted(titles(path)) == ["later", "then"]


def test_a_missing_store_is_made_and_a_log_that_was_left_of_it_is_not_read(path: Path, tmp_path: Path) -> None:
    with Store.open(path) as store:
        store.items.add("in the log")
        log = (tmp_path / "store.db-wal").read_bytes()
    path.unlink()
    (tmp_path / "store.db-wal").write_bytes(log)
    report = restore(path, tmp_path / "backup.db")
    assert titles(path) == ["then"]
    assert report.kept is not None
    assert report.kept.with_name(report.kept.name + "-wal").read_bytes() == log


def test_a_damaged_store_is_kept_as_it_is_with_its_log(path: Path, tmp_path: Path) -> None:
    damaged = flipped(path.read_bytes(), [(at, 0x55) for at in range(16_384)])
    path.write_bytes(damaged)
    (tmp_path / "store.db-wal").write_bytes(b"a log")
    looked = plan(path, tmp_path / "backup.db")
    assert looked.store is not None
    assert "cannot be read" in looked.store.problem
    report = restore(path, tmp_path / "backup.db")
    assert report.kept is not None
    assert report.kept.read_bytes() == damaged
    assert report.kept.with_name(report.kept.name + "-wal").read_bytes() == b"a log"
    assert titles(path) == ["then"]


def test_kept_files_come_back_when_asked(path: Path, tmp_path: Path) -> None:
    (tmp_path / "paper.txt").write_text("the bytes")
    with Store.open(path) as store:
        store.files.attach(None, tmp_path / "paper.txt", copy=True)
        store.backup(tmp_path / "backup.db", files=True, overwrite=True)
        store.files.delete(store.files.all()[0].id)
        kept = store.files.folder
    shutil.rmtree(kept)
    assert restore(path, tmp_path / "backup.db").files_left == 1
    assert restore(path, tmp_path / "backup.db", files=True).files_copied == 1
    with Store.open(path) as store:
        assert store.files.read(store.files.all()[0]) == b"the bytes"


def test_a_plan_shows_what_both_hold_and_changes_nothing(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    looked = plan(path, tmp_path / "backup.db")
    assert looked.store is not None
    assert (looked.store.counts["items"], looked.backup.counts["contents"]) == (1, 1)
    assert (looked.backup.changed or "") < (looked.store.changed or "")
    assert (path.read_bytes(), beside(path)) == (before, [])


def test_while_another_process_has_the_store_open_nothing_happens(path: Path, tmp_path: Path) -> None:
    with running(rescue_programs.holding, path) as child:
        assert child.says() == "open"
        with pytest.raises(StoreBusy, match=r"is open in .*: close it, then restore again; nothing was changed"):
            restore(path, tmp_path / "backup.db")
        child.hear()
    assert [name for name in beside(path) if ASIDE in name or "partial" in name] == []
    assert titles(path) == ["now"]


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()


def _foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()


def _noise(path: Path) -> None:
    path.write_bytes(b"noise" * 1000)


def _damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 30 * 16_384])


def _missing(path: Path) -> None:
    path.unlink()


def _itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("store.db"))


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (_newer, NewerStore),
        (_foreign, NotAStore),
        (_noise, NotAStore),
        (_damaged, StoreDamaged),
        (_missing, StoreMissing),
        (_itself, TransferError),
    ],
)
def test_a_backup_that_cannot_be_used_is_refused(
    path: Path, tmp_path: Path, spoil: object, error: type[LocalstoreError]
) -> None:
    assert callable(spoil)
    spoil(tmp_path / "backup.db")
    before = path.read_bytes()
    with pytest.raises(error):
        restore(path, tmp_path / "backup.db")
    assert (path.read_bytes(), [n for n in beside(path) if "before" in n or "partial" in n]) == (before, [])


def test_a_damaged_index_in_a_backup_is_found_before_it_takes_a_place(path: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "backup.db") as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'items_title'").fetchone()
    connection.close()
    content = (tmp_path / "backup.db").read_bytes()
    (tmp_path / "backup.db").write_bytes(flipped(content, [((root - 1) * 16_384 + 3, 1), ((root - 1) * 16_384 + 4, 9)]))
    with pytest.raises(StoreDamaged, match="does not pass the check"):
        restore(path, tmp_path / "backup.db")
    assert titles(path) == ["now"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_killed_at_any_step_the_old_or_the_new_store_is_there_whole(path: Path, tmp_path: Path) -> None:
    with running(rescue_programs.restoring, path, tmp_path / "backup.db") as child:
        said = child.ends()
    assert set(said) == {"in the log and now: sound", "then: sound"}
    assert said == sorted(said)
    assert (len(said) > 10, said[-1]) == (True, "then: sound")


def test_when_the_last_step_fails_a_damaged_store_has_its_log_again(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"damaged")
    (tmp_path / "store.db-wal").write_bytes(b"a log")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(placing, "drop_logs", refuse)
    with pytest.raises(StoreFull, match="No room left"):
        restore(path, tmp_path / "backup.db")
    assert (path.read_bytes(), (tmp_path / "store.db-wal").read_bytes()) == (b"damaged", b"a log")
    assert beside(path) == ["store.db-wal"]
