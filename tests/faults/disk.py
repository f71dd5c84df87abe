"""A disk that refuses: an I/O error, or no room, at the n-th read, write, flush, cut or opening of a file."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from localstore import LocalstoreError, Store
from tests.faults import clock, world
from tests.faults.acknowledged import Heard, Model
from tests.faults.judge import torn, unsound
from tests.faults.layer import Layer, LayerFile
from tests.faults.numbered import numbered
from tests.faults.writes import Kind

OPERATIONS = ("open", "read", "write", "sync", "truncate")


@dataclass(frozen=True)
class Blow:
    """The disk refuses the *nth* operation *on* files (from 1), or that and all after it when it is *lasting*."""

    on: str = ""
    nth: int = 0
    fault: type[apsw.Error] = apsw.IOError
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.fault.__name__} at {self.on} {self.nth}{' and later' if self.lasting else ''}"


class Refusing(Layer):
    """Passes everything on but what a blow strikes."""

    title = "refusing-disk"

    def __init__(self, blow: Blow) -> None:
        super().__init__()
        self.blow, self.healed, self.struck = blow, False, 0
        self.seen: Counter[str] = Counter()

    def xOpen(self, name: Any, flags: list[int]) -> LayerFile:
        self.strike("open")
        return _Refusing(self, name, flags)

    def strike(self, operation: str) -> None:
        """Count an operation, and refuse it when it is its turn."""
        self.seen[operation] += 1
        blow, number = self.blow, self.seen[operation]
        due = number == blow.nth or (blow.lasting and number > blow.nth)
        if operation == blow.on and due and not self.healed:
            self.struck += 1
            raise (apsw.CantOpenError if operation == "open" else blow.fault)("the disk fails")


class _Refusing(LayerFile):
    def __init__(self, disk: Refusing, name: Any, flags: list[int]) -> None:
        super().__init__(disk.base, name, flags)
        self.disk = disk

    def xRead(self, amount: int, offset: int) -> bytes:
        self.disk.strike("read")
        return super().xRead(amount, offset)

    def xWrite(self, content: bytes, offset: int) -> None:
        self.disk.strike("write")
        super().xWrite(content, offset)

    def xSync(self, flags: int) -> None:
        self.disk.strike("sync")
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:
        self.disk.strike("truncate")
        super().xTruncate(size)


@dataclass
class Struck:
    """What came of a blow: whether it fell, what the program said, and what is wrong afterwards."""

    fell: bool = False
    said: str = ""
    wrong: list[str] = field(default_factory=list)


def operations(kind: Kind, base: Path, folder: Path) -> Counter[str]:
    """Return how many operations of each sort a write asks for."""
    folder = world.copy(base, folder)
    with numbered(1), Refusing(Blow()).mounted() as disk, Store.open(folder / kind.path, email=world.EMAIL) as store:
        kind.act(store, Heard())
        return Counter(disk.seen)


def strike(kind: Kind, folder: Path, model: list[str], blow: Blow) -> Struck:
    """Let the blow fall on a write in a copy of the world; go on in the same process, then open it anew."""
    found, heard = Struck(), Heard()
    with numbered(1), Refusing(blow).mounted() as disk:
        try:
            store = _write(kind, folder, heard, disk, found)
            with store:
                found.wrong += goes_on(kind, store, heard, model)
        except LocalstoreError as error:
            found.wrong.append(f"it does not go on: {error}")
        except Exception as error:
            found.wrong.append(f"no sentence: {type(error).__name__}: {error}")
        found.fell = disk.struck > 0
    if not found.wrong:
        found.wrong += reopened(kind, folder / kind.path)
    return found


def _write(kind: Kind, folder: Path, heard: Heard, disk: Refusing, found: Struck) -> Store:
    """Write until the blow falls; return the store with a healed disk."""
    store: Store | None = None
    try:
        store = Store.open(folder / kind.path, email=world.EMAIL)
        heard.done(store)
        kind.act(store, heard)
    except (LocalstoreError, SystemError, apsw.Error) as error:
        if not isinstance(error, LocalstoreError) and not only_here(error):
            raise
        found.said = f"{type(error).__name__}: {error}"
    finally:
        disk.healed = True
    return store or Store.open(folder / kind.path, email=world.EMAIL)


def only_here(error: Exception) -> bool:
    """Tell whether only a VFS written in Python lets SQLite raise this: in closing, and at the end of a backup.

    SQLite itself ignores what fails while it closes a file, for the log keeps everything.
    """
    steps = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    return isinstance(error, SystemError) or "close" in steps


def goes_on(kind: Kind, store: Store, heard: Heard, model: list[str]) -> list[str]:
    """Return what is wrong with the store that is still open: it holds what it should, and takes more."""
    if kind.whole:
        wrong = torn(kind, store, heard, model)
    else:
        again = Model(kind.whole)
        with clock.later(minutes=1):
            kind.act(store, again)
        wrong = [] if again.sums[-1] == model[-1] else ["done again, it comes to another end"]
    store.items.add("afterwards", text="still here")
    return wrong + unsound(kind, store)


def reopened(kind: Kind, path: Path) -> list[str]:
    """Return what is wrong with the store when the system's disk has it."""
    with Store.open(path) as store:
        found = [hit.title for hit in store.search("still here").rows]
        return unsound(kind, store) + ([] if found == ["afterwards"] else [f"what was written afterwards: {found}"])
