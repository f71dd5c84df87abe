"""Destinations: whole or not there, and nobody else's to read."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstore.errors import TransferError
from localstore.records import ContentRecord, ItemRecord
from localstore.transfer import WriteOptions, named

RECORD = ItemRecord("A", contents=[ContentRecord("text")])


def failing() -> Iterator[ItemRecord]:
    yield RECORD
    raise RuntimeError("the store went away")


@pytest.mark.parametrize("name", ["jsonl", "csv", "messages", "markdown"])
def test_what_is_written_is_readable_by_its_owner_alone(tmp_path: Path, name: str) -> None:
    assert named(name).write([RECORD], tmp_path / "out", WriteOptions()) == 1
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o600]


@pytest.mark.parametrize("name", ["jsonl", "csv", "messages", "markdown"])
def test_an_export_that_fails_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    with pytest.raises(RuntimeError, match="went away"):
        named(name).write(failing(), tmp_path / "out", WriteOptions())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["jsonl", "csv", "messages"])
def test_an_export_that_fails_leaves_the_file_that_was_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").write_text("before")
    with pytest.raises(RuntimeError, match="went away"):
        named(name).write(failing(), tmp_path / "out", WriteOptions())
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out", "before")]


@pytest.mark.parametrize("name", ["jsonl", "csv", "messages", "markdown"])
def test_a_place_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(TransferError, match="cannot be written"):
        named(name).write([RECORD], tmp_path / "no" / "such" / "folder", WriteOptions())


def test_a_folder_is_not_replaced_by_a_file_and_a_device_is_written_to(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="is a folder"):
        named("jsonl").write([RECORD], tmp_path, WriteOptions())
    assert named("jsonl").write([RECORD], Path("/dev/null"), WriteOptions()) == 1
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
