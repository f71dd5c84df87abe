"""An export over a file that is there: it may be the only copy of what was imported, so none is replaced unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.cli.conftest import Run

ONLY = "name,kept\nA row,the only copy\n"


def test_an_export_replaces_no_file_unasked(home: Path, run: Run) -> None:
    (home / "table.csv").write_text(ONLY)
    result = run("export", "table.csv")
    assert result.exit_code == 1
    assert "table.csv is there already: name a new file, or say --overwrite." in result.stderr
    assert (home / "table.csv").read_text() == ONLY


@pytest.mark.parametrize("name", ["again.jsonl", "again.csv"])
def test_the_same_export_may_be_made_again(name: str, home: Path, run: Run) -> None:
    assert run("export", name, "#todo").exit_code == 0
    before = (home / name).read_bytes()
    assert run("export", name).exit_code == 0
    assert (home / name).read_bytes() != before


def test_an_empty_file_has_nothing_to_lose(home: Path, run: Run) -> None:
    (home / "made.jsonl").touch()
    assert run("export", "made.jsonl").exit_code == 0


def test_an_export_replaces_a_file_when_told_to(home: Path, run: Run) -> None:
    (home / "all.jsonl").write_text(ONLY)
    assert run("export", "all.jsonl", "--overwrite").exit_code == 0
    assert "the only copy" not in (home / "all.jsonl").read_text()
