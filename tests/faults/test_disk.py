"""The disk refuses at any operation: one sentence, nothing half-written, and the same process goes on.

``python -m tests.faults`` strikes every operation; docs/reliability.md has the counts.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from localstore import Store
from localstore.errors import StoreReadOnly
from tests.faults import disk, world
from tests.faults.conftest import Small, chosen
from tests.faults.disk import Blow
from tests.faults.kill import ROOT
from tests.faults.writes import KINDS

BLOWS = 3
NAMES = list(KINDS)


def blow(small: Small, kind: str, number: int) -> Blow:
    """Return a blow that falls: which operation, which time, and which error change from one to the next."""
    turn = NAMES.index(kind) + number
    seen = small.operations(kind)
    on = [each for each in disk.OPERATIONS if seen[each]][turn % len(seen)]
    fault = apsw.FullError if on == "write" and turn % 2 else apsw.IOError
    return Blow(on, chosen(f"blow {kind} {number}", 1, seen[on])[0], fault, lasting=number == 1)


@pytest.mark.parametrize("number", range(BLOWS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_that_refuses_costs_one_sentence_and_nothing_that_was_acknowledged(
    small: Small, tmp_path: Path, kind: str, number: int
) -> None:
    falls = blow(small, kind, number)
    found = disk.strike(KINDS[kind], world.copy(small.base, tmp_path / "struck"), small.model(kind), falls)
    assert found.wrong == [], falls
    assert found.fell or not KINDS[kind].whole, falls  # what is done in parts asks more or less often


def test_a_reader_that_is_refused_its_log_is_refused_and_does_not_see_an_old_state_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        store.items.add("first")
    the_readers_log = Blow("open", 4)
    with disk.Refusing(the_readers_log).mounted(), pytest.raises(StoreReadOnly, match="cannot be opened: check that"):
        Store.open(path)
    with Store.open(path) as store:
        store.items.add("second")
        assert store.items.count() == 2


SMALL_DISK = """
import sys
from localstore import LocalstoreError, Store
kept = 0
with Store.open(sys.argv[1]) as store:
    try:
        for kept in range(10_000):
            store.items.add(f"item {kept}", text="words " * 5_000)
    except LocalstoreError as error:
        print(type(error).__name__)
    print(store.items.count() == kept, store.check())
with Store.open(sys.argv[1]) as store:
    print(store.items.count() == kept, store.check())
"""


def test_a_file_system_that_is_full_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    command = ["unshare", "-Urm", "sh", "-c", 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$@"', str(tmp_path)]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody make a file system of their own")
    program = [sys.executable, "-c", SMALL_DISK, str(tmp_path / "store.db")]
    done = subprocess.run([*command, *program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["StoreFull", "True []", "True []"], done.stderr
