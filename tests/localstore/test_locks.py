"""Locks: whatever this process does beside an open store, the store's locks on its file and on its log stay.

Closing any handle of a file takes all locks of the process on it away; another program that closes the store would
then take itself for the last one and delete the log, and with it what is acknowledged here from then on.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from localstore import Store
from localstore.backup import backup
from localstore.errors import InvalidValue, StoreBusy, TransferError
from localstore.exporting import export
from localstore.importing import ImportOptions, import_files

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there, a lock belongs to a handle")

FREE = """
import fcntl, sys
for name, first, length in ((sys.argv[1], 0x40000002, 510), (sys.argv[1] + "-shm", 128, 1)):
    with open(name, "r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, first)
            print(name)
        except OSError:
            pass
"""
"""Prints which of a store's two lasting locks another program could take (https://sqlite.org/src/file/src/os_unix.c)."""


def free(store: Store) -> str:
    command = [sys.executable, "-I", "-c", FREE, str(store.path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def opens_it_again(store: Store) -> None:
    with Store.open(store.path) as again:
        again.items.count()


def checks(store: Store) -> None:
    assert store.check(deep=True) == []


def attaches_it(store: Store) -> None:
    with pytest.raises(InvalidValue, match="is a store that is in use: make a backup, and attach that"):
        store.files.attach(None, store.path, copy=True)


def attaches_its_index(store: Store) -> None:
    with pytest.raises(InvalidValue, match="is a store that is in use"):
        store.files.attach(None, f"{store.path}-shm")


def verifies_a_row_that_names_it(store: Store) -> None:
    store.files.add(filename="store.db", path=f"file://localhost{store.path}", size_bytes=store.path.stat().st_size)
    store.files.verify()


def exports_onto_it(store: Store) -> None:
    with pytest.raises(TransferError, match="is a SQLite file"):
        export(store, store.path, "jsonl")


def imports_it(store: Store) -> None:
    with suppress(TransferError):
        import_files(store, [store.path], ImportOptions())


DEEDS: tuple[Callable[[Store], None], ...] = (
    opens_it_again,
    checks,
    attaches_it,
    attaches_its_index,
    verifies_a_row_that_names_it,
    exports_onto_it,
    imports_it,
)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_a_store_keeps_its_locks_while_its_own_process(tmp_path: Path, deed: Callable[[Store], None]) -> None:
    with Store.open(tmp_path / "store.db") as store:
        store.items.add("acknowledged", text="precious")
        deed(store)
        assert free(store) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only there the handles of a process can be listed")
def test_the_handle_by_which_a_store_was_looked_at_goes_with_the_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        opens_it_again(store)
    there = [link.readlink() for link in Path("/proc/self/fd").glob("*") if link.is_symlink()]
    assert store.path not in there


def test_a_backup_takes_the_place_of_no_store_that_is_in_use(tmp_path: Path) -> None:
    with Store.open(tmp_path / "mine.db") as mine, Store.open(tmp_path / "other.db") as other:
        other.items.add("acknowledged", text="precious")
        with pytest.raises(StoreBusy, match="is open in another program"):
            backup(mine, other.path, overwrite=True)
        other.items.add("later", text="precious")
    with Store.open(tmp_path / "other.db") as again:
        assert again.items.count() == 2
