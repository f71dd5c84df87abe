"""The power goes at any operation of the disk: the store reopens whole, with everything that was acknowledged.

``python -m tests.faults`` cuts at every operation, in every mode; docs/reliability.md has the counts.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from localstore import Store
from tests.faults import power, world
from tests.faults.conftest import Small, chosen
from tests.faults.judge import judged
from tests.faults.power import Deed
from tests.faults.writes import KINDS

CUTS = 3
STRUCK = [kind.name for kind in KINDS.values() if not kind.made]
"""What is made beside the store is flushed and renamed by the system alone."""
FILE = "f"


@pytest.mark.parametrize("number", range(CUTS))
@pytest.mark.parametrize("kind", STRUCK)
def test_what_was_acknowledged_outlives_a_power_cut(small: Small, kind: str, number: int) -> None:
    recording = small.recording(kind)
    moment = chosen(f"cut {kind}", CUTS, len(recording.deeds))[number]
    mode = power.MODES[(STRUCK.index(kind) + number) % len(power.MODES)]
    heard = recording.image(moment, mode)
    assert judged(KINDS[kind], recording.folder, heard, recording.model.sums) == [], (moment, mode)


@pytest.fixture(scope="module")
def making(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Deed]]:
    """The folder of a new store, and what its making asks of the disk until the log is begun."""
    folder = tmp_path_factory.mktemp("making")
    with power.Recorder().mounted() as disk, Store.open(folder / "store.db", email=world.EMAIL):
        return folder, disk.deeds[:13]


CUT_SHORT = [(7, "torn", 0), (8, "torn", 1), (8, "torn", 2), (9, "first", 0), (12, "first", 1), (12, "kept", 1)]


def cut_short(folder: Path, deeds: list[Deed], mode: str, chance: random.Random) -> None:
    """Let the folder be as a power cut behind these operations leaves it."""
    for path in folder.iterdir():
        path.unlink()
    disk = power.Disk(folder)
    for deed in deeds:
        disk.take(deed)
    for name, content in disk.cut(mode, chance).items():
        Path(name).write_bytes(content)


@pytest.mark.parametrize(("moment", "mode", "seed"), CUT_SHORT)
def test_a_store_whose_making_was_cut_short_is_made_anew(
    making: tuple[Path, list[Deed]], moment: int, mode: str, seed: int
) -> None:
    folder, deeds = making
    cut_short(folder, deeds[:moment], mode, random.Random(f"{moment}{mode}{seed}"))
    with Store.open(folder / "store.db", email=world.EMAIL) as store:
        assert store.items.add("first") and store.check() == []


def test_a_disk_that_never_flushes_loses_what_was_acknowledged_and_the_judge_says_so(small: Small) -> None:
    recording = small.recording("edit")
    flushed, recording.deeds = recording.deeds, [deed for deed in recording.deeds if deed.what != "sync"]
    try:
        heard = recording.image(len(recording.deeds), "lost")
        assert judged(KINDS["edit"], recording.folder, heard, recording.model.sums) != []
    finally:
        recording.deeds = flushed


@pytest.mark.parametrize(
    ("deed", "parts"),
    [
        (Deed("write", FILE, 0, b"a" * 512), [(0, 512)]),
        (Deed("write", FILE, 500, b"a" * 24), [(500, 12), (512, 12)]),
        (Deed("write", FILE, 512, b"a" * 1025), [(512, 512), (1024, 512), (1536, 1)]),
        (Deed("truncate", FILE, 700), [(700, 0)]),
    ],
)
def test_a_torn_write_is_cut_where_sectors_end(deed: Deed, parts: list[tuple[int, int]]) -> None:
    assert [(part.at, len(part.content)) for part in power.sectors(deed)] == parts


def test_the_bytes_of_an_attached_file_are_flushed_and_named_before_its_row_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "paper.txt").write_text("words")
    told: list[str] = []
    flush, rename = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        flush(handle)
        told.append("flushed")

    def replace(self: Path, target: Path) -> Path:
        told.append("named")
        return rename(self, target)

    with Store.open(tmp_path / "store.db") as store:
        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(Path, "replace", replace)
        store.database.before_commit.append(lambda _: told.append("commit"))
        store.files.attach(None, tmp_path / "paper.txt", copy=True)
    assert told == ["flushed", "named", "flushed", "flushed", "commit"]
