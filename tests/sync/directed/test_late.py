"""Devices that come late, twice, with a wrong clock, or no longer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from localstore import LocalstoreError, Store, times
from sync import link, sync
from sync.errors import DeviceRevoked, StoreCopied
from sync.postgres.server import devices
from tests.sync.directed.rows import asked, content, item, kept, marks, server_titles, texts, titles, waiting
from tests.sync.trio import ADA, BEA, World


@pytest.mark.parametrize("now", ["1970-01-01T00:00:00.000000Z", "2099-12-31T23:59:59.000000Z"])
def test_a_wrong_clock_decides_nothing(trio: World, now: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bea, server = trio.store("ada"), trio.store("bea", BEA), trio.plain()
    pk = item(server, "title")
    trio.quiet()
    bea.items.edit(pk, title="by Bea")
    sync(bea)
    monkeypatch.setattr(times, "now", lambda: now)
    ada.items.edit(pk, title="by Ada, who has the wrong time")
    ada.items.add("made at the wrong time")
    sync(ada)
    monkeypatch.undo()
    trio.quiet()
    assert server_titles(server) == {"by Bea", "made at the wrong time"}
    assert "by Ada, who has the wrong time" in kept(ada)
    server.execute("UPDATE items SET title = 'moved on' WHERE id = %s", (pk,))
    trio.quiet()
    assert "moved on" in titles(ada) & titles(bea)


def away(trio: World, store: Store) -> None:
    """Let the server keep nothing for longer than a moment, and the others go on while *store* is away."""
    server = trio.plain()
    server.execute("UPDATE localstore_sync.device_state SET seen_at = now() - interval '90 days'")
    server.execute("UPDATE localstore_sync.log SET xid = xid")
    with store.reading() as connection:
        mine = connection.execute("SELECT value FROM sync_state WHERE key = 'device_id'").fetchone()
    server.execute(
        "UPDATE localstore_sync.device_state SET pulled_at = now() - interval '90 days' WHERE device = %s", (mine[0],)
    )
    server.execute("UPDATE localstore_sync.tombstone SET at = now() - interval '90 days'")
    server.execute("UPDATE localstore_sync.signed_in SET at = now() - interval '90 days'")
    server.execute("UPDATE localstore_sync.batch SET at = now() - interval '90 days'")


def test_a_device_away_for_longer_than_the_server_keeps_its_log_loses_nothing(trio: World) -> None:
    ada, desk, server = trio.store("ada"), trio.store("desk"), trio.plain()
    gone, edited = item(server, "deleted meanwhile"), item(server, "edited meanwhile")
    content(server, gone, "its text")
    trio.quiet()
    desk.items.add("made while away")
    desk.items.edit(edited, description="described while away")
    server.execute("DELETE FROM items WHERE id = %s", (gone,))
    server.execute("UPDATE items SET title = 'new title' WHERE id = %s", (edited,))
    sync(ada)
    away(trio, desk)
    with ada.database.writing() as connection:
        connection.execute("DELETE FROM sync_state WHERE key = 'tidied'")
    sync(ada)
    left = server.execute("SELECT count(*) FROM localstore_sync.log WHERE pk = %s", (gone,)).fetchone()
    state = sync(desk).state
    trio.quiet()
    assert left == (0,)
    assert state == "late"
    assert titles(desk) == titles(ada) == {"new title", "made while away"}
    assert server_titles(server) == {"new title", "made while away"}
    assert asked(desk, "SELECT description FROM items WHERE id = ?", edited) == [("described while away",)]
    assert texts(desk) == set()


def test_a_copied_store_beside_its_original_does_not_sync(trio: World, tmp_path: Path) -> None:
    store = trio.store("ada")
    sync(store)
    copy = tmp_path / "copy.db"
    store.backup(copy)
    with Store.open(copy) as other, pytest.raises(StoreCopied, match="device"):
        sync(other)
    assert sync(store).state == "next"


def test_of_two_copies_that_both_push_none_loses_anything(trio: World, tmp_path: Path) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    copy, moved = tmp_path / "elsewhere" / "ada.db", tmp_path / "moved.db"
    copy.parent.mkdir()
    store.backup(copy)
    path = store.path
    store.close()
    shutil.move(path, moved)
    with Store.open(copy) as second:
        second.items.add("by the copy")
        sync(second)
        second.items.add("by the copy, later")
    shutil.move(copy, tmp_path / "away.db")
    shutil.move(moved, path)
    with Store.open(path) as first:
        first.items.add("by the original")
        _synced_anew(trio, first)
    with Store.open(tmp_path / "away.db") as second:
        _synced_anew(trio, second)
    with Store.open(path) as first:
        sync(first)
        everything = {"by the copy", "by the copy, later", "by the original"}
        assert titles(first) == server_titles(server) == everything


def _synced_anew(trio: World, store: Store) -> None:
    """Sync; when the server says that there are two of them, make this one a device of its own first."""
    try:
        sync(store)
    except StoreCopied:
        link(store, trio.invite(store.path.stem + "-new"), share="all")
        sync(store)
    sync(store)


def test_a_store_on_another_machine_has_no_secret_and_says_what_to_do(
    trio: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = trio.store("ada")
    store.items.add("never sent")
    store.close()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another machine"))
    with Store.open(store.path) as other:
        with pytest.raises(LocalstoreError, match="add-device"):
            sync(other)
        link(other, trio.invite("another"), share="all")
        sync(other)
    assert server_titles(trio.plain()) == {"never sent"}


def test_a_revoked_device_gets_nothing_more_in_or_out(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    devices.revoke(trio.url, "ada")
    item(server, "secret from now on")
    store.items.add("stolen laptop")
    before = marks(server)
    with pytest.raises(DeviceRevoked):
        sync(store)
    assert titles(store) == {"stolen laptop"}
    assert server_titles(server) == {"secret from now on"}
    assert marks(server) == before
    assert waiting(store) == []


def test_a_device_of_someone_who_was_deactivated_gets_nothing(trio: World) -> None:
    store, server = trio.store("ada"), trio.plain()
    sync(store)
    server.execute("UPDATE users SET is_active = false WHERE id = %s", (ADA,))
    item(server, "not for Ada")
    with pytest.raises(LocalstoreError, match="active"):
        sync(store)
    assert titles(store) == set()
