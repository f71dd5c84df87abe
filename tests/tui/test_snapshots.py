"""The screens look as they did when somebody looked at them last."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
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


async def looks(file: Path, shoot: Callable[[int], Awaitable[str]]) -> bool:
    """Tell whether a picture is as it was kept; taken anew, twice at most, when a busy machine drew its end late."""
    kept = file.read_text(encoding="utf-8")
    return await shoot(0) == kept or await shoot(1) == kept or await shoot(2) == kept


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda snapshot: snapshot.name)
async def test_a_screen_looks_as_it_did(
    snapshot: Snapshot, stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def shoot(time: int) -> str:
        if snapshot.colourless:
            monkeypatch.setenv("NO_COLOR", "1")
        return await taken(snapshot, stores, tmp_path / str(time))

    assert await looks(file_of(snapshot), shoot), f"look at it: python -m tests.tui.snapshots {snapshot.name}"


@pytest.mark.parametrize("name", [*PICTURES, *LINKED])
async def test_a_picture_of_the_documents_shows_the_program_as_it_is(name: str, stores: Path, tmp_path: Path) -> None:
    size, keys = (PICTURES | LINKED)[name]

    async def shoot(time: int) -> str:
        return await picture(stores / kind_of(name), tmp_path / str(time), size, keys)

    assert await looks(FOLDER / name, shoot), "write them anew: python -m tests.tui.pictures"
