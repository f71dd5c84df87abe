"""Opening: what is not a store is refused with a sentence and stays as it was."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from localstore import InvalidValue, Store, StoreError, migrations
from localstore.database import PAGE_SIZE
from localstore.errors import NewerStore, NotAStore, StoreDamaged, StoreMissing, StoreReadOnly
from tests.localstore import programs
from tests.localstore.children import running, said_by
from tests.localstore.snapshots import everything

BEFORE = migrations.LATEST
NEXT_STEP = f"{BEFORE + 1:04}_more.sql"
FAILED = rf"^Migration .*{re.escape(NEXT_STEP)} failed \(.*\): the store is as it was\.$"
KEPT = [1, 2]
"""Schemas of which a store was kept when they were the newest."""


def kept_store(number: int, path: Path) -> Path:
    """Unpack the store that was kept of a schema."""
    fixture = Path(__file__).resolve().parents[1] / "fixtures" / f"store-{number:04}.db.gz"
    path.write_bytes(gzip.decompress(fixture.read_bytes()))
    return path


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user may enter, unlike ``tmp_path``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A closed store with an item."""
    path = tmp_path / "filled.db"
    make_store(path)
    return path


def make_store(path: Path) -> None:
    with Store.open(path, email="ada@example.org") as store:
        store.items.add("kept", text="some words", tags=["a"])


def content_of(folder: Path) -> dict[str, bytes]:
    """All files of a folder but SQLite's shared memory and the empty log that any reader leaves."""
    found = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}
    return {name: content for name, content in found.items() if content or not name.endswith("-wal")}


def execute(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(sql)


# -- other files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"# Notes\n\nnot a database at all", b"SQLite", b"\0" * 5000, b"\xff\xd8\xff"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_not_sqlite_is_refused(tmp_path: Path, content: bytes, read_only: bool) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(content)
    with pytest.raises(NotAStore, match=r"notes\.md is not a SQLite file: choose another path, or import it instead\."):
        Store.open(path, read_only=read_only)
    assert content_of(tmp_path) == {"notes.md": content}


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_sqlite_file_of_another_program_is_refused(tmp_path: Path, journal: str, read_only: bool) -> None:
    path = tmp_path / "browser.db"
    execute(path, f"PRAGMA journal_mode={journal}; CREATE TABLE places (url TEXT); INSERT INTO places VALUES ('a')")
    before = content_of(tmp_path)
    with pytest.raises(NotAStore, match=r"browser\.db is a SQLite file of another program: choose another path"):
        Store.open(path, read_only=read_only)
    assert content_of(tmp_path)["browser.db"] == before["browser.db"]


def test_the_write_ahead_log_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path, copy = tmp_path / "live.db", tmp_path / "copy" / "live.db"
    copy.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE places (url TEXT)")
        shutil.copy(path, copy)
        shutil.copy(f"{path}-wal", f"{copy}-wal")
    before = content_of(copy.parent)
    with pytest.raises(NotAStore, match="another program"):
        Store.open(copy)
    assert content_of(copy.parent) == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_store_of_a_newer_version_is_refused(filled: Path, read_only: bool) -> None:
    execute(filled, "PRAGMA user_version = 999")
    before = content_of(filled.parent)
    sentence = (
        rf"filled\.db was written by a newer localstore \(schema 999, this one knows {migrations.LATEST}\): update"
    )
    with pytest.raises(NewerStore, match=sentence):
        Store.open(filled, read_only=read_only)
    assert content_of(filled.parent) == before


def test_a_store_cut_short_is_reported_as_damaged(filled: Path) -> None:
    filled.write_bytes(filled.read_bytes()[: 3 * PAGE_SIZE])
    before = filled.read_bytes()
    with pytest.raises(StoreDamaged, match=r"filled\.db is damaged"), Store.open(filled) as store:
        store.items.count()
    assert filled.read_bytes() == before


# -- paths --------------------------------------------------------------------------------------------------


def test_a_folder_as_path_is_refused_with_a_better_one(tmp_path: Path) -> None:
    with pytest.raises(NotAStore, match=rf"{tmp_path} is a folder: name a file, such as {tmp_path}/store\.db\."):
        Store.open(tmp_path)
    assert content_of(tmp_path) == {}


def test_a_device_as_path_is_refused() -> None:
    with pytest.raises(NotAStore, match="/dev/null is a device or a pipe, not a file"):
        Store.open("/dev/null")


def test_a_pipe_as_path_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotAStore, match="pipe is a device or a pipe"):
        Store.open(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["a\0b.db", "a\ud800b.db", os.fsdecode(b"caf\xe9.db")])
def test_a_path_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match=r"is no path \(it must be UTF-8 without NUL\): choose another"):
        Store.open(tmp_path / name)
    assert content_of(tmp_path) == {}


def test_a_path_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly, match="cannot be reached: File name too long"):
        Store.open(tmp_path / ("x" * 300))


def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreReadOnly, match=r"file/store\.db cannot be made: something else has a name on the way"):
        Store.open(tmp_path / "file" / "store.db")
    assert content_of(tmp_path) == {"file": b"mine"}


@pytest.mark.parametrize("name", ["größe & 100%?#.db", "空 白.db", "-x.db", "file:x?mode=ro.db"])
def test_any_other_name_is_a_name(tmp_path: Path, name: str) -> None:
    make_store(tmp_path / name)
    with Store.open(tmp_path / name, read_only=True) as store:
        assert store.items.count() == 1
    assert sorted(content_of(tmp_path)) == [name]


@pytest.mark.parametrize("options", [{"read_only": True}, {"create": False}])
def test_reading_never_makes_a_store(tmp_path: Path, options: dict[str, bool]) -> None:
    path = tmp_path / "deep" / "none.db"
    with pytest.raises(StoreMissing, match=rf"There is no store at {path}: make one with 'localstore init', or see"):
        Store.open(path, **options)  # type: ignore[arg-type]
    assert not path.parent.exists()


@pytest.mark.parametrize("options", [{"read_only": True}, {"create": False}])
def test_reading_an_empty_file_says_so_and_leaves_it_empty(tmp_path: Path, options: dict[str, bool]) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(StoreMissing, match=r"empty\.db is empty: make it a store with 'localstore init'\."):
        Store.open(path, **options)  # type: ignore[arg-type]
    assert content_of(tmp_path) == {"empty.db": b""}


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    make_store(path)
    with Store.open(path) as store:
        assert store.items.count() == 1


# -- permissions --------------------------------------------------------------------------------------------


def test_a_read_only_file_may_be_read_but_not_opened_for_writing(open_folder: Path) -> None:
    path = open_folder / "store.db"
    make_store(path)
    path.chmod(0o444)
    before = path.read_bytes()
    refusal = f"StoreReadOnly {path} may not be written: change its permissions, or open with --read-only."
    assert said_by(programs.opened, path, "write") == [refusal]
    assert said_by(programs.opened, path, "read") == ["opened 1"]
    assert path.read_bytes() == before


def test_a_store_in_a_read_only_folder_may_be_read_but_not_opened_for_writing(open_folder: Path) -> None:
    path = open_folder / "closed" / "store.db"
    path.parent.mkdir()
    make_store(path)
    path.chmod(0o666)
    path.parent.chmod(0o555)
    before = content_of(path.parent)
    refusal = f"StoreReadOnly {path.parent} may not be written: change its permissions, or open with --read-only."
    assert said_by(programs.opened, path, "write") == [refusal]
    assert said_by(programs.opened, path, "read") == ["opened 1"]
    assert content_of(path.parent) == before


def test_a_store_not_closed_in_a_read_only_folder_is_not_read_without_its_last_changes(open_folder: Path) -> None:
    path = open_folder / "closed" / "store.db"
    path.parent.mkdir()
    with Store.open(open_folder / "live.db") as store:
        store.items.add("in the write-ahead log only")
        shutil.copy(store.path, path)
        shutil.copy(f"{store.path}-wal", f"{path}-wal")
    path.chmod(0o444)
    path.parent.chmod(0o555)
    [refusal] = said_by(programs.opened, path, "read")
    assert refusal.startswith(f"StoreReadOnly {path} was not closed, and its last changes in store.db-wal cannot be")


def test_a_folder_that_may_not_be_entered_is_refused(open_folder: Path) -> None:
    path = open_folder / "private" / "store.db"
    path.parent.mkdir(mode=0o700)
    make_store(path)
    path.parent.chmod(0o000)
    [refusal] = said_by(programs.opened, path, "read")
    path.parent.chmod(0o700)
    assert refusal == f"StoreReadOnly {path} cannot be reached: Permission denied; check its permissions."


def test_a_folder_in_which_nothing_may_be_made_is_refused(open_folder: Path) -> None:
    path = open_folder / "closed" / "store.db"
    path.parent.mkdir()
    path.parent.chmod(0o555)
    assert said_by(programs.opened, path, "write") == [
        f"StoreReadOnly {path} cannot be made: Permission denied; choose another path."
    ]


def test_a_new_store_and_its_side_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Store.open(tmp_path / "store.db") as store:
            store.items.add("x")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


def test_a_new_store_has_the_page_size_and_the_mark_for_ever(filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        pragmas = ("page_size", "application_id", "user_version", "journal_mode")
        found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert found == [16384, 0x6C6F6373, migrations.LATEST, "wal"]


# -- what a fresh start needs -------------------------------------------------------------------------------


def test_two_processes_that_make_one_store_at_the_same_moment_share_it(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with running(programs.make, path) as one, running(programs.make, path) as two:
        assert (one.says(), two.says()) == ("ready", "ready")
        one.hear()
        two.hear()
        assert one.says() == two.says() != ""
    with Store.open(path) as store:
        assert (store.items.count(), store.users.count()) == (2, 1)


def test_a_local_user_that_is_refused_leaves_a_store_that_opens_later(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with pytest.raises(InvalidValue, match="email"):
        Store.open(path, email="a\0da@example.org")
    assert not Path(f"{path}-wal").exists()  # it was closed
    with Store.open(path, email="ada@example.org") as store:
        assert store.local_user.email == "ada@example.org"


def test_a_store_that_another_tool_took_out_of_wal_is_put_back(filled: Path) -> None:
    execute(filled, "PRAGMA journal_mode = DELETE")
    with Store.open(filled) as store, store.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


# -- migrations ---------------------------------------------------------------------------------------------


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a step after the last."""
    path = tmp_path / NEXT_STEP
    monkeypatch.setitem(migrations.STEPS, migrations.LATEST + 1, str(path))
    monkeypatch.setattr(migrations, "LATEST", migrations.LATEST + 1)
    return path


def test_a_migration_that_succeeds_removes_its_copy(filled: Path, step: Path) -> None:
    step.write_text("CREATE TABLE more (x TEXT) STRICT; INSERT INTO more VALUES ('new');")
    with Store.open(filled) as store, store.reading() as connection:
        assert connection.execute("SELECT x FROM more").fetchall() == [("new",)]
        assert store.items.count() == 1
    assert not migrations.copy_path(filled, BEFORE).exists()


def items_and_version(path: Path) -> tuple[object, ...]:
    with closing(sqlite3.connect(path)) as connection:
        items = connection.execute("SELECT * FROM items").fetchall()
        return items, connection.execute("PRAGMA user_version").fetchone()


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE more (x TEXT); DROP TABLE tags; NONSENSE",
        "DELETE FROM items; INSERT INTO tags (id, name) VALUES ('no id', 'x');",
        "DELETE FROM items; INSERT INTO items (title) VALUES ('no owner');",
        "DELETE FROM items; UPDATE users SET is_active = 'maybe';",
    ],
)
def test_a_migration_that_fails_leaves_the_store_and_keeps_the_copy(filled: Path, step: Path, sql: str) -> None:
    before, copy = items_and_version(filled), migrations.copy_path(filled, BEFORE)
    step.write_text(sql)
    with pytest.raises(StoreError, match=FAILED):
        Store.open(filled)
    assert items_and_version(filled) == items_and_version(copy) == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_migration_that_makes_a_table_anew_keeps_what_hangs_on_it(filled: Path, step: Path) -> None:
    step.write_text(
        "CREATE TABLE items_new AS SELECT * FROM items; DROP TABLE items; ALTER TABLE items_new RENAME TO items;"
    )
    with Store.open(filled) as store:
        assert (store.contents.count(), store.tags.counts()[0].items) == (1, 1)


def test_a_migration_killed_in_its_midst_leaves_the_store_as_it_was(filled: Path, tmp_path: Path) -> None:
    step, before = tmp_path / NEXT_STEP, items_and_version(filled)
    step.write_text("DELETE FROM items; CREATE TABLE more (x TEXT);")
    with running(programs.migrate_and_die, filled, step) as child:
        assert child.says() == "in the midst"
        child.kill()
    assert migrations.copy_path(filled, BEFORE).exists()
    assert items_and_version(filled) == before
    with Store.open(filled) as store:
        assert [row.title for row in store.items.rows().rows] == ["kept"]


def test_an_older_store_opened_for_reading_is_not_migrated(filled: Path, step: Path) -> None:
    step.write_text("CREATE TABLE more (x TEXT);")
    before = content_of(filled.parent)
    with pytest.raises(StoreReadOnly, match="must be migrated: open it once without --read-only"):
        Store.open(filled, read_only=True)
    assert content_of(filled.parent) == before


@pytest.mark.parametrize("number", KEPT)
def test_a_store_kept_from_an_older_schema_opens_and_reads(tmp_path: Path, number: int) -> None:
    with Store.open(kept_store(number, tmp_path / "old.db")) as store:
        rows = {name: len(found) for name, found in everything(store, local=False).items()}
        item = store.items.get("Reading list")
        assert [content.text for content in store.contents.of(item.id)] == ["Attention is all you need", "Grüße"]
        assert [hit.title for hit in store.search("attent").rows] == ["Reading list"]
        assert store.trash.restore(store.trash.entries()[0].id).label == "delete item 'Gone'"
    assert min(rows.values()) >= 1, rows


@pytest.mark.parametrize("number", KEPT)
def test_a_kept_store_has_the_schema_of_the_steps_up_to_its_own(tmp_path: Path, number: int) -> None:
    kept, fresh = kept_store(number, tmp_path / "kept.db"), tmp_path / "fresh.db"
    folder = Path(migrations.__file__).parent
    steps = [(folder / migrations.STEPS[each]).read_text(encoding="utf-8") for each in range(1, number + 1)]
    with closing(apsw.Connection(str(kept))) as old, closing(apsw.Connection(str(fresh))) as new:
        new.execute("".join(steps))
        assert schema_of(old) == schema_of(new)


@pytest.mark.parametrize("number", KEPT)
def test_a_kept_store_is_brought_to_the_schema_of_a_new_one(tmp_path: Path, number: int, filled: Path) -> None:
    path = kept_store(number, tmp_path / "kept.db")
    Store.open(path).close()
    with closing(apsw.Connection(str(path))) as old, closing(apsw.Connection(str(filled))) as new:
        assert old.pragma("user_version") == migrations.LATEST
        assert schema_of(old) == schema_of(new)
    assert not migrations.copy_path(path, number).exists()


def schema_of(connection: apsw.Connection) -> list[object]:
    names = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT GLOB 'text_index_*' ORDER BY name"
    return list(connection.execute(names))
