"""A change file that is not whole, not ours or not of this version is refused in one sentence that says where."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from localstore.errors import TransferError
from sync.files import change_lines
from sync.files.change_import import import_changes
from sync.files.change_lines import read
from tests.sync.files.carrying import Pair, titles


@pytest.fixture
def written(pair_of_stores: Pair) -> Path:
    """A file of several lines."""
    pair_of_stores.laptop.items.add("One", text="words")
    pair_of_stores.laptop.items.add("Two")
    return pair_of_stores.export(pair_of_stores.laptop, share="all")


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def rewritten(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_a_whole_file_is_read_with_its_header_and_all_changes(written: Path) -> None:
    file = read(written)
    assert (file.header.number, file.header.previous) == (1, None)
    assert file.rows == len(list(file.changes())) == len(lines_of(written)) - 2


def test_changes_can_be_read_from_any_place_on(written: Path) -> None:
    file = read(written)
    assert list(file.changes(2)) == list(file.changes())[2:]


@pytest.mark.parametrize("size", [1, 200, -1, -30])
def test_a_file_that_was_cut_off_is_refused_and_nothing_comes_in(
    pair_of_stores: Pair, written: Path, size: int
) -> None:
    written.write_bytes(written.read_bytes()[:size])
    with pytest.raises(TransferError):
        import_changes(pair_of_stores.desk, written)
    assert titles(pair_of_stores.desk) == set()


def test_a_missing_end_is_named_by_its_line(written: Path) -> None:
    lines = rewritten(written, lines_of(written)[:-1])
    with pytest.raises(TransferError, match=rf"{written.name}:{len(lines_of(lines))}: the file ends here"):
        read(written)


def test_a_line_that_is_no_json_is_named(written: Path) -> None:
    lines = lines_of(written)
    rewritten(written, [*lines[:2], "{]\n", *lines[3:]])
    with pytest.raises(TransferError, match=rf"{written.name}:3: this is no change"):
        read(written)


def test_a_changed_letter_is_noticed(written: Path) -> None:
    rewritten(written, [line.replace("One", "Own") for line in lines_of(written)])
    with pytest.raises(TransferError, match="sha256 differs"):
        read(written)


def test_a_line_that_was_taken_out_is_noticed(written: Path) -> None:
    lines = lines_of(written)
    rewritten(written, [*lines[:2], *lines[3:]])
    with pytest.raises(TransferError, match="changes were written and"):
        read(written)


def edited(change: dict[str, object], **given: object) -> str:
    return json.dumps(change | given) + "\n"


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda change: edited(change, tbl="nothing"), "there is no table 'nothing'"),
        (lambda change: edited(change, row={"id": "x"}), "has not the columns"),
        (lambda change: edited(change, row=None, base=None), "neither what the row was nor what it is"),
        (lambda change: edited(change, pk="another"), "the row and its key differ"),
        (lambda change: edited(change, base={"nonsense": 1}), "neither what the row was"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(
    written: Path, edit: Callable[[dict[str, object]], str], says: str
) -> None:
    lines = lines_of(written)
    rewritten(written, [lines[0], edit(json.loads(lines[1])), *lines[2:]])
    with pytest.raises(TransferError, match=rf"{written.name}:2: .*{says}"):
        read(written)


def test_another_version_is_refused_in_one_sentence(written: Path) -> None:
    lines = lines_of(written)
    rewritten(written, [lines[0].replace('"version":1', '"version":2'), *lines[1:]])
    with pytest.raises(TransferError, match="version 2, this localstore reads 1: use the same localstore"):
        read(written)


@pytest.mark.parametrize("content", ["id,title\n1,One\n", '{"title": "One"}\n', "[]\n", "\0\1\n"])
def test_another_file_is_not_taken_for_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TransferError, match="is no change file"):
        read(path)


def test_an_empty_file_and_a_missing_one_are_said_so(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(TransferError, match="is empty"):
        read(empty)
    with pytest.raises(TransferError, match="cannot be read: No such file"):
        read(tmp_path / "missing")


def test_a_file_without_an_end_of_line_is_no_change_file(tmp_path: Path) -> None:
    path = tmp_path / "endless.changes"
    with path.open("wb") as file:
        file.truncate(1 << 32)
    with pytest.raises(TransferError, match=r"endless\.changes is no change file"):
        read(path)


def test_a_line_longer_than_any_change_is_refused_by_its_number(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_lines, "LONGEST", 2_000)
    lines = lines_of(written)
    rewritten(written, [lines[0], " " * 3_000 + lines[1], *lines[2:]])
    with pytest.raises(TransferError, match=rf"{written.name}:2: the line is longer than 2,000 bytes"):
        read(written)


def test_a_row_too_long_for_a_line_is_named_and_no_file_is_left(
    pair_of_stores: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_lines, "LONGEST", 2_000)
    content = pair_of_stores.laptop.items.add("Long", text="x" * 3_000)
    with pytest.raises(TransferError, match=r"the row .* of contents takes 0 MB"):
        pair_of_stores.export(pair_of_stores.laptop, share="all")
    assert content and not list(pair_of_stores.laptop.path.parent.glob("*.partial"))


@pytest.mark.parametrize("many", [b"[],", b"1,", b'"",'], ids=["lists", "numbers", "texts"])
def test_a_line_of_very_many_small_values_is_refused_before_they_are_made(written: Path, many: bytes) -> None:
    header = lines_of(written)[0].encode()
    line = b'{"tbl":"items","pk":"a","row":[' + many * (5 << 20) + b"1]}\n"
    written.write_bytes(header + line + b"{}\n")
    tracemalloc.start()
    try:
        with pytest.raises(TransferError, match=rf"{written.name}:2: this is no change"):
            read(written)
        assert tracemalloc.get_traced_memory()[1] < 6 * len(line)
    finally:
        tracemalloc.stop()
