"""Restore and recover on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localstore.database import PAGE_SIZE
from localstore.store import Store
from tests.tui.cli.conftest import Run

TITLES = {"Reading list", "A paper", "Last of all"}


@pytest.fixture
def damaged(home: Path) -> Path:
    """The prepared store, the pages of its contents filled with zeros."""
    with Store.open(home / "store.db") as store, store.reading() as connection:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'contents'"
        root = connection.execute(sql).fetchone()[0]
    content = bytearray((home / "store.db").read_bytes())
    content[(root - 1) * PAGE_SIZE : root * PAGE_SIZE] = bytes(PAGE_SIZE)
    (home / "damaged.db").write_bytes(content)
    return home / "damaged.db"


def titles(run: Run, *options: str) -> set[str]:
    return {each["title"] for each in json.loads(run("list", "--json", *options).stdout)["items"]}


def test_restore_asks_and_without_a_terminal_changes_nothing(home: Path, run: Run) -> None:
    run("backup", "copy.db")
    run("add", "Since then")
    result = run("restore", "copy.db")
    assert result.exit_code == 2
    assert "The backup" in result.stderr
    assert "3 items" in result.stderr
    assert "add --yes" in result.stderr
    assert titles(run) == {*TITLES, "Since then"}


def test_restore_puts_the_backup_back_and_says_where_the_store_before_is(home: Path, run: Run) -> None:
    run("backup", "copy.db")
    run("add", "Since then")
    result = run("restore", "copy.db", "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert set(told) == {"path", "kept", "restored", "replaced", "files_copied", "files_left", "files_damaged"}
    assert (told["restored"]["counts"]["items"], told["replaced"]["counts"]["items"]) == (3, 4)
    assert titles(run) == TITLES
    assert titles(run, "--store", told["kept"]) == {*TITLES, "Since then"}
    assert run("check").exit_code == 0


def test_restore_works_where_there_is_no_store(home: Path, run: Run) -> None:
    run("backup", "copy.db")
    (home / "store.db").unlink()
    assert "there is none" in run("restore", "copy.db", "--yes").stderr
    assert titles(run) == TITLES


def test_restore_refuses_what_is_no_backup(home: Path, run: Run) -> None:
    result = run("restore", "notes.txt", "--yes")
    assert (result.exit_code, "is not a SQLite file" in result.stderr) == (1, True)
    assert run("restore", "missing.db", "--yes").exit_code == 1


def test_recover_shows_what_came_and_ends_with_three_when_something_is_lost(damaged: Path, run: Run) -> None:
    result = run("recover", "damaged.db", "saved.db")
    assert result.exit_code == 3
    lines = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
    assert lines["items"] == ["3", "0", "0"]
    assert lines["contents"] == ["0", "4", "0"]
    assert "1 page of contents could not be read" in result.stderr
    assert titles(run, "--store", "saved.db") == TITLES


def test_recover_ends_with_nought_when_everything_came(home: Path, run: Run) -> None:
    result = run("recover", "store.db", "saved.db", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["complete"], told["path"]) == (0, True, str(home / "saved.db"))
    assert {each["table"]: each["rows"] for each in told["tables"]}["items"] == 3


def test_recover_ends_with_one_when_nothing_can_be_read(home: Path, run: Run) -> None:
    result = run("recover", "notes.txt", "saved.db")
    assert (result.exit_code, "Nothing of a store" in result.stderr) == (1, True)
    assert not (home / "saved.db").exists()
