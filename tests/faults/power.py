"""Power cuts: what was written and not yet flushed is lost, whole, in part, or in the middle of a sector run.

A write runs once on a VFS that keeps every operation in order. Each cut is then an image of the files as the disk
may hold them at that operation: flushed bytes for certain, and of the others whatever the cut's mode lets through.
A file's name is safe with the first flush of a new file, which flushes the folder too (SQLite does so for its logs).
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from tests.faults import world
from tests.faults.acknowledged import Heard, Model
from tests.faults.layer import Layer, LayerFile
from tests.faults.numbered import numbered
from tests.faults.writes import Kind, carry_out

SECTOR = 512
MODES = ("lost", "first", "some", "torn", "kept")
"""What becomes of writes that were not flushed: none is there, the first ones, any of them, any sectors, all."""


class Deed(NamedTuple):
    """One operation, or an acknowledgement, in the order they happened."""

    what: str
    file: str = ""
    at: int = 0
    content: bytes = b""


class Recorder(Layer):
    """Notes what is written, flushed, cut short and deleted."""

    title = "recording-disk"

    def __init__(self) -> None:
        super().__init__()
        self.deeds: list[Deed] = []

    def xOpen(self, name: Any, flags: list[int]) -> LayerFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _Recorded(self, str(path or ""), name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self.deeds.append(Deed("delete", filename, int(syncdir)))


class _Recorded(LayerFile):
    def __init__(self, disk: Recorder, path: str, name: Any, flags: list[int]) -> None:
        super().__init__(disk.base, name, flags)
        self.disk, self.path = disk, path
        if path:
            disk.deeds.append(Deed("open", path))

    def note(self, what: str, at: int = 0, content: bytes = b"") -> None:
        if self.path:
            self.disk.deeds.append(Deed(what, self.path, at, content))

    def xWrite(self, content: bytes, offset: int) -> None:
        super().xWrite(content, offset)
        self.note("write", offset, bytes(content))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self.note("truncate", size)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self.note("sync")


@dataclass
class Content:
    """A file's bytes as the disk has them, and the operations that it was told and has not flushed."""

    safe: bytearray = field(default_factory=bytearray)
    waiting: list[Deed] = field(default_factory=list)
    named: bool = False

    def flush(self) -> None:
        """Take everything in."""
        for deed in self.waiting:
            carry(self.safe, deed)
        self.waiting.clear()
        self.named = True

    def after(self, mode: str, chance: random.Random) -> bytearray:
        """Return the bytes that a cut leaves."""
        left = bytearray(self.safe)
        for deed in survivors(self.waiting, mode, chance):
            carry(left, deed)
        return left


def carry(into: bytearray, deed: Deed) -> None:
    """Carry an operation out."""
    if deed.what == "truncate":
        del into[deed.at :]
        return
    if len(into) < deed.at:
        into.extend(bytes(deed.at - len(into)))
    into[deed.at : deed.at + len(deed.content)] = deed.content


def survivors(waiting: list[Deed], mode: str, chance: random.Random) -> list[Deed]:
    """Return what of the unflushed operations reached the disk."""
    if mode == "lost":
        return []
    if mode == "first":
        return waiting[: chance.randint(0, len(waiting))]
    if mode == "some":
        return [deed for deed in waiting if chance.random() < 0.5]
    if mode == "torn":
        return [part for deed in waiting for part in sectors(deed) if chance.random() < 0.5]
    return waiting


def sectors(deed: Deed) -> list[Deed]:
    """Cut a write where the disk's sectors end."""
    if deed.what != "write":
        return [deed]
    begin = deed.at - deed.at % SECTOR
    edges = range(begin, deed.at + len(deed.content), SECTOR)
    spans = [(max(edge, deed.at), min(edge + SECTOR, deed.at + len(deed.content))) for edge in edges]
    return [deed._replace(at=a, content=deed.content[a - deed.at : b - deed.at]) for a, b in spans]


class Disk:
    """The files at one moment of the recording."""

    def __init__(self, folder: Path) -> None:
        files = (path for path in folder.rglob("*") if path.is_file())
        self.files = {str(path): Content(bytearray(path.read_bytes()), named=True) for path in files}
        self.gone: dict[str, Content] = {}
        """Files whose deletion may not have reached the disk."""
        self.told = 0

    def take(self, deed: Deed) -> None:
        """Go on by one operation."""
        if deed.what == "done":
            self.told += 1
        elif deed.what == "delete":
            content = self.files.pop(deed.file, None)
            if content and content.named and not deed.at:
                self.gone[deed.file] = content
        elif deed.what == "open":
            self.files.setdefault(deed.file, Content())
        elif deed.what == "sync":
            if not self.files[deed.file].named:
                self.gone.clear()  # the folder is flushed with the first flush of a new file
            self.files[deed.file].flush()
        else:
            self.files[deed.file].waiting.append(deed)

    def cut(self, mode: str, chance: random.Random) -> dict[str, bytearray]:
        """Return what a power cut leaves of each file."""
        left = {name: file.after(mode, chance) for name, file in self.gone.items() if chance.random() < 0.5}
        for name, file in self.files.items():
            if file.named or mode == "kept" or chance.random() < 0.5:
                left[name] = file.after(mode, chance)
        return left


class Recording:
    """One write of a kind in *folder* with all that it asked of the disk; cuts are made of it."""

    def __init__(self, kind: Kind, base: Path, folder: Path) -> None:
        self.kind, self.base = kind, base
        self.folder = world.copy(base, folder)
        self.model = Model(kind.whole)
        with numbered(1), Recorder().mounted() as disk:
            carry_out(kind, folder, _Marking(self.model, disk))
        self.deeds = disk.deeds
        self.kept = folder.with_name(f"{folder.name}.kept")
        """Copies of attached files are flushed before their rows are written, so they outlive every cut."""
        for files in folder.glob("*.files"):
            shutil.copytree(files, self.kept / files.name)

    def image(self, moment: int, mode: str, seed: int = 0) -> Heard:
        """Let the files be as a cut before operation *moment* leaves them; return what was acknowledged by then."""
        shutil.rmtree(self.folder)
        world.copy(self.base, self.folder)
        disk = Disk(self.folder)
        for deed in self.deeds[:moment]:
            disk.take(deed)
        for stale in [path for path in self.folder.glob("*.db*") if path.is_file()]:
            stale.unlink()
        if self.kept.exists():
            shutil.copytree(self.kept, self.folder, dirs_exist_ok=True)
        for name, content in disk.cut(mode, random.Random(f"{self.kind.name} {moment} {mode} {seed}")).items():
            if Path(name).parent == self.folder:
                Path(name).write_bytes(content)
        return Heard(disk.told)


class _Marking:
    """Marks in the recording when something was acknowledged, and keeps the sums."""

    def __init__(self, model: Model, disk: Recorder) -> None:
        self.model, self.disk = model, disk

    def done(self, store: Any) -> None:
        self.disk.deeds.append(Deed("done"))
        self.model.done(store)

    def rows(self, table: str, count: int) -> None:
        """Steps are enough."""
