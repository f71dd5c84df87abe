"""The pictures of the README."""

from __future__ import annotations

from pathlib import Path

from tests.tui.pictures import LINKED, PICTURES, write


async def test_the_pictures_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    first = await write(tmp_path / "one")
    second = await write(tmp_path / "two")
    assert [file.name for file in first] == [*PICTURES, *LINKED]
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
