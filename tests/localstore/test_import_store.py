"""Another store as a source: by id, without its secrets, and nothing twice."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from localstore import Store, demo, ids, migrations
from localstore.connection import Connection
from localstore.errors import TransferError
from localstore.exporting import export
from localstore.importing import ImportOptions, import_files
from localstore.models import BY_NAME
from tests.localstore.snapshots import dumped, everything


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "other.db", email="other@example.org") as opened:
        yield opened


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "full.db", email="someone@example.org") as opened:
        demo.fill(opened)
        yield opened


def rows(store: Store, table: str) -> list[tuple[object, ...]]:
    with store.reading() as connection:
        return sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)


@pytest.mark.parametrize("table", sorted(BY_NAME.keys() - {"users", "events", "api_keys"}))
def test_rows_are_copied_as_they_are(store: Store, full: Store, table: str) -> None:
    import_files(store, [full.path])
    assert rows(store, table) == rows(full, table)


def test_events_and_users_are_added_to_ours(store: Store, full: Store) -> None:
    mine = rows(store, "events")
    import_files(store, [full.path])
    own = [row for row in rows(store, "events") if row not in mine and "items.imported" not in row]
    assert own == rows(full, "events")
    assert {user.email for user in store.users.all()} == {"ada@example.org", *(u.email for u in full.users.all())}
    assert store.local_user.email == "ada@example.org"


def test_no_secret_travels_and_the_report_says_so(store: Store, other: Store) -> None:
    other.users.add("bob@example.org", password="a long pass phrase", is_superuser=True)
    hashed = rows(other, "users")
    key = other.api_keys.new("bob@example.org", description="key")
    report = import_files(store, [other.path])
    assert report.notes == [
        "passwords, API keys, trash and undo log of other.db were left out: they stay with that store"
    ]
    assert (store.api_keys.count(), store.users.get("bob@example.org").hashed_password) == (0, "")
    assert "argon2" in repr(hashed)
    assert "argon2" not in dumped(store, *BY_NAME)
    assert key.row.key_hash not in dumped(store, *BY_NAME)
    assert store.users.get("bob@example.org").is_superuser is False


def test_the_same_store_again_changes_nothing(store: Store, full: Store) -> None:
    import_files(store, [full.path])
    before = everything(store)
    assert import_files(store, [full.path]).counts() == {"skipped": full.items.count()}
    assert everything(store) == before


def test_people_known_here_by_another_id_are_not_doubled(store: Store, other: Store) -> None:
    mine = store.users.add("bob@example.org")
    theirs = other.users.add("bob@example.org")
    lab = store.organizations.add("Lab")
    other.organizations.add("Lab")
    other.memberships.add("bob@example.org", "lab")
    other.settings.set("editor.width", 80, user="bob@example.org", known=False)
    other.items.add("Theirs", owner_id=theirs.id, organization="lab", tags=["A"])
    store.tags.add("a")
    import_files(store, [other.path])
    item = store.items.get("Theirs")
    assert (item.owner_id, item.organization_id, [tag.name for tag in item.tags]) == (mine.id, lab.id, ["a"])
    assert [(m.user_id, m.organization_id) for m in store.memberships.all()] == [(mine.id, lab.id)]
    assert [setting.user_id for setting in store.settings.all({"key": "editor.width"})] == [mine.id]
    assert store.check() == []


def test_an_item_that_differs_here_follows_the_policy(store: Store, other: Store) -> None:
    item = other.items.add("Theirs")
    import_files(store, [other.path])
    store.items.edit(item.id, title="Ours")
    assert import_files(store, [other.path]).counts() == {"kept": 1}
    assert import_files(store, [other.path], ImportOptions(on_conflict="update")).counts() == {"updated": 1}
    assert store.items.get(item.id).title == "Theirs"


def test_kept_bytes_come_along(store: Store, other: Store, tmp_path: Path) -> None:
    place = tmp_path / "paper.txt"
    place.write_text("the bytes")
    other.items.add("With a file")
    other.files.attach("With a file", place, copy=True)
    other.files.attach(None, tmp_path / "paper.txt")
    import_files(store, [other.path])
    kept, loose = sorted(store.files.all(), key=lambda file: file.path, reverse=True)
    assert (store.files.read(kept), loose.item_id) == (b"the bytes", None)
    assert store.check(deep=True) == []


def test_a_dry_run_of_a_store_leaves_no_trace(store: Store, full: Store) -> None:
    before = everything(store)
    report = import_files(store, [full.path], ImportOptions(dry_run=True))
    assert (report.dry_run, report.counts()) == (True, {"added": full.items.count()})
    assert everything(store) == before
    assert not store.files.folder.exists()


def test_a_store_is_not_imported_into_itself(store: Store) -> None:
    with pytest.raises(TransferError, match="is this store itself: name another one"):
        import_files(store, [store.path])


def test_a_store_of_a_newer_version_is_refused(store: Store, other: Store) -> None:
    other.items.add("x")
    with other.database.writing() as connection:
        connection.pragma("user_version", 99)
    with pytest.raises(TransferError, match=r"cannot be imported: .*written by a newer localstore"):
        import_files(store, [other.path])


def test_a_store_of_an_older_version_is_migrated_in_a_copy(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.items.add("Old")
    other.close()
    store.close()
    step = "0099_for_a_test.sql"
    folder = other.path.with_name("steps")
    folder.mkdir()
    (folder / step).write_text("CREATE TABLE drafts_of_99 (x TEXT) STRICT")
    number, original = 99, migrations._step

    def run(connection: Connection, at: int) -> None:
        if at != number:
            original(connection, at)
            return
        connection.execute((folder / step).read_text())
        connection.pragma("user_version", at)

    monkeypatch.setitem(migrations.STEPS, number, step)
    monkeypatch.setattr(migrations, "LATEST", number)
    monkeypatch.setattr(migrations, "_step", run)
    before = other.path.read_bytes()
    with Store.open(store.path) as newer:
        assert import_files(newer, [other.path]).counts() == {"added": 1}
        assert newer.items.get("Old").title == "Old"
    assert other.path.read_bytes() == before


def test_a_file_of_another_program_is_no_store(store: Store, tmp_path: Path) -> None:
    foreign = apsw.Connection(str(tmp_path / "foreign.db"))
    foreign.execute("CREATE TABLE t (x)")
    foreign.close()
    with pytest.raises(TransferError, match="is an SQLite file; no format fits"):
        import_files(store, [tmp_path / "foreign.db"])


def test_what_was_imported_exports_as_the_same_bytes(store: Store, full: Store) -> None:
    import_files(store, [full.path])
    one, two = io.BytesIO(), io.BytesIO()
    export(full, "-", stream=one)
    export(store, "-", stream=two)
    owner = b'"owner":"someone@example.org"'
    assert one.getvalue() == two.getvalue().replace(owner, b'"owner":null')
    assert ids.is_id(store.local_user_id)
