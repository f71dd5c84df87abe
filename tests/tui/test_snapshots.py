"""The screens look as they did when somebody looked at them last."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.tui.pictures import FOLDER, LINKED, PICTURES, kind_of, make_stores, picture
from tests.tui.snapshots import SNAPSHOTS, Snapshot, file_of, taken


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stores") / "all"
    make_stores(folder)
    return folder


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda snapshot: snapshot.name)
async def test_a_screen_looks_as_it_did(
    snapshot: Snapshot, stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if snapshot.colourless:
        monkeypatch.setenv("NO_COLOR", "1")
    shot = await taken(snapshot, stores, tmp_path / "store")
    file = file_of(snapshot)
    assert shot == file.read_text(encoding="utf-8"), "look at it: python -m tests.tui.snapshots " + snapshot.name


@pytest.mark.parametrize("name", [*PICTURES, *LINKED])
async def test_a_picture_of_the_documents_shows_the_program_as_it_is(name: str, stores: Path, tmp_path: Path) -> None:
    size, keys = (PICTURES | LINKED)[name]
    shot = await picture(stores / kind_of(name), tmp_path / "store", size, keys)
    assert shot == (FOLDER / name).read_text(encoding="utf-8"), "write them anew: python -m tests.tui.pictures"
