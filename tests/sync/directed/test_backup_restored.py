"""A linked store that is put back from a backup: an older file, and the same device."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import Store
from localstore.recovery.recover import recover
from localstore.recovery.restore import restore
from sync import link, sync
from sync.errors import NotLinked, StoreCopied
from tests.sync.directed.rows import kept, server_titles, titles
from tests.sync.trio import World


def restored(trio: World, tmp_path: Path) -> Path:
    """A store from before its last two rounds; it is closed."""
    store = trio.store("ada")
    edited = store.items.add("before")
    store.items.add("untouched")
    sync(store)
    store.backup(tmp_path / "backup.db")
    store.items.edit(edited.id, title="edited since")
    store.items.add("made since")
    sync(store)
    store.close()
    restore(store.path, tmp_path / "backup.db")
    return store.path


def test_a_restored_store_gets_back_what_it_had_sent_since(trio: World, tmp_path: Path) -> None:
    with Store.open(restored(trio, tmp_path)) as store:
        assert titles(store) == {"before", "untouched"}
        sync(store)
        assert titles(store) == server_titles(trio.plain()) == {"edited since", "made since", "untouched"}
        assert "before" in kept(store)


def test_what_a_restored_store_writes_arrives_once_it_is_a_device_of_its_own(trio: World, tmp_path: Path) -> None:
    with Store.open(restored(trio, tmp_path)) as store:
        store.items.add("after the restore")
        with pytest.raises(StoreCopied, match="device"):
            sync(store)
        link(store, trio.invite("ada-new"), share="all")
        sync(store)
        sync(store)
        everything = {"edited since", "made since", "untouched", "after the restore"}
        assert titles(store) == server_titles(trio.plain()) == everything


def test_a_recovered_store_is_another_device_and_links_anew(trio: World, tmp_path: Path) -> None:
    store = trio.store("ada")
    store.items.add("sent")
    sync(store)
    store.items.add("never sent")
    store.close()
    recover(store.path, tmp_path / "saved.db")
    with Store.open(tmp_path / "saved.db") as saved:
        with pytest.raises(NotLinked):
            sync(saved)
        link(saved, trio.invite("ada-new"), share="all")
        sync(saved)
        sync(saved)
        assert titles(saved) == server_titles(trio.plain()) == {"sent", "never sent"}
