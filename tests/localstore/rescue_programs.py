"""What other processes do in the tests of backup and restore: they wait to be killed, or die at each step in turn."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import apsw

from localstore import Store
from localstore.recovery.restore import restore

STEPS = frozenset({"os.rename", "os.link", "os.remove", "os.mkdir"})


def backing_up(path: str, dest: str) -> None:
    """Begin a backup, and wait in the middle of it."""

    def wait(done: int, whole: int) -> None:
        print("under way", flush=True)
        sys.stdin.readline()

    with Store.open(path) as store:
        store.backup(dest, wait)


def holding(path: str) -> None:
    """Have a store open."""
    with Store.open(path):
        print("open", flush=True)
        sys.stdin.readline()


def restoring(old: str, backup: str) -> None:
    """Restore again and again, in a process that dies before its first step, its second…, and say what is there."""
    number, status = 0, 1
    while status:
        folder = Path(old).parent / f"try-{number}"
        folder.mkdir()
        _unclosed_copy(Path(old), folder / "store.db")
        process = os.fork()
        if process == 0:
            _die_before(number)
            restore(folder / "store.db", backup)
            os._exit(0)
        status = os.waitpid(process, 0)[1]
        print(_found(folder / "store.db"), flush=True)
        number += 1


def _unclosed_copy(source: Path, target: Path) -> None:
    """A store whose last change is in its log alone."""
    shutil.copy(source, target)
    with Store.open(target) as store:
        store.items.add("in the log")
        kept = {each.name: each.read_bytes() for each in target.parent.glob("store.db*") if "shm" not in each.name}
    for name, content in kept.items():
        target.with_name(name).write_bytes(content)


def _found(path: Path) -> str:
    with Store.open(path, create=False) as store:
        titles = sorted(str(row.title) for row in store.items.rows().rows)
        return f"{' and '.join(titles)}: {'sound' if not store.check() else 'damaged'}"


def _die_before(step: int) -> None:
    """Let this process end before its step number *step*: a name given or taken, or a file flushed by SQLite."""
    left = step

    def count() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os._exit(1)

    def audit(event: str, _: tuple[Any, ...]) -> None:
        if event in STEPS:
            count()

    class Flushed(apsw.VFSFile):
        def xSync(self, flags: int) -> None:
            count()
            super().xSync(flags)

    class Disk(apsw.VFS):
        def __init__(self) -> None:
            self.base = apsw.vfs_names()[0]
            super().__init__("counted", self.base)

        def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
            return Flushed(self.base, name, flags)

        def xDelete(self, name: str, synced: bool) -> None:
            count()
            super().xDelete(name, synced)

    globals()["_disk"] = Disk()
    apsw.set_default_vfs("counted")
    sys.addaudithook(audit)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
