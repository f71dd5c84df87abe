"""Failures: one sentence on stderr, an exit code, nothing half-written, a traceback only when asked for."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from localstore.errors import LocalstoreError
from tests.tui.cli.conftest import Run
from tui.cli.failures import report
from tui.cli.session import Session


@pytest.mark.parametrize(
    ("args", "code", "part"),
    [
        (["show", "nothing like it"], 1, "There is no item"),
        (["show"], 2, "Missing argument"),
        (["lst"], 2, "No such command 'lst'. Did you mean 'list'?"),
        (["find", "attention"], 2, "Did you mean 'search' or 'list'?"),
        (["frobnicate"], 2, "--help lists all"),
        (["users", "delete"], 2, "Did you mean 'rm'?"),
        (["trash", "frobnicate"], 2, "There are: empty, list"),
        (["list", "--nonsense"], 2, "No such option"),
        (["list", "colour:red"], 1, "unknown field 'colour'"),
        (["list", "--where", "year=1"], 1, "meta_data"),
        (["list", "--org", "lap"], 1, "did you mean 'lab'"),
        (["list", "--since", "soon"], 1, "neither a date"),
        (["list", "--limit", "0"], 2, "--limit"),
        (["list", "--sort", "size"], 1, "cannot sort"),
        (["content", "edit", "Reading list/9", "--text", "x"], 1, "no number 9: 'localstore show'"),
        (["list", "--after", "x"], 1, "no cursor"),
        (["show", "Reading list", "--role", "user"], 2, "--text"),
        (["users", "add", "ada@example.org"], 1, "taken by the user"),
        (["users", "rm", "ada@example.org", "--yes"], 1, "the store's own user"),
        (["orgs", "add", "Other", "--slug", "lab"], 1, "taken by the organization"),
        (["tags", "rename", "todo", "nlp"], 1, "merge the two"),
        (["settings", "set", "nonsense", "1"], 1, "there is no setting"),
        (["settings", "set", "trash.keep_days", "soon"], 1, "whole number"),
        (["files", "attach", "Reading list", "nowhere.txt"], 1, "nowhere.txt"),
        (["undo", "--list", "more"], 2, "unexpected extra argument"),
        (["members", "add", "ada@example.org", "lab", "--role", "king"], 2, "--role"),
        (["api-keys", "verify"], 2, "on stdin"),
        (["users", "set-password", "ada@example.org"], 2, "on stdin"),
        (["ui"], 2, "needs a terminal"),
        ([], 2, "needs a terminal"),
    ],
)
def test_a_failure_is_said_on_stderr_with_its_exit_code(
    args: list[str], code: int, part: str, home: Path, run: Run
) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert part in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_attached_twice_names_the_item_that_has_it(home: Path, run: Run) -> None:
    run("files", "attach", "A paper", "paper.pdf")
    result = run("files", "attach", "Reading list", "paper.pdf")
    assert result.exit_code == 1 and "'A paper'" in result.stderr


def test_an_ambiguous_id_names_the_candidates(home: Path, run: Run) -> None:
    run("add", "Reading list")
    result = run("show", "Reading list")
    assert result.exit_code == 1 and "fits 2 items" in result.stderr


def test_debug_adds_the_traceback(home: Path, run: Run) -> None:
    assert "Traceback" in run("show", "nothing", "--debug").stderr


def test_a_file_of_something_else_is_refused_and_left_alone(home: Path, run: Run) -> None:
    result = run("list", "--store", "notes.txt")
    assert result.exit_code == 1 and "not a SQLite file" in result.stderr
    assert (home / "notes.txt").read_text(encoding="utf-8") == "A text file.\n"


def test_a_database_of_another_program_is_refused(home: Path, run: Run) -> None:
    with sqlite3.connect(home / "other.db") as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    result = run("add", "X", "--store", "other.db")
    assert result.exit_code == 1 and "another program" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_store_can_be_read_and_a_write_says_why_not(home: Path, run: Run) -> None:
    (home / "store.db").chmod(0o400)
    assert run("list").exit_code == 0
    assert run("add", "X").exit_code == 1


def test_an_unexpected_error_is_one_sentence_and_the_way_to_see_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(RuntimeError("odd \x1b[31m thing"), Session()) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "--debug" in said and "\x1b" not in said


def test_an_error_shows_control_characters_instead_of_sending_them(capsys: pytest.CaptureFixture[str]) -> None:
    report(LocalstoreError("There is no \x1b[2J\u202e"), Session())
    assert capsys.readouterr().err == "Error: There is no ␛[2J‹RLO›.\n"


def test_ctrl_c_ends_with_130_and_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    session = Session()
    session.stopped = "Run it again to go on."
    assert report(KeyboardInterrupt(), session) == 130
    assert "Run it again to go on." in capsys.readouterr().err


def test_an_errors_own_exit_code_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    class Unreachable(LocalstoreError):
        exit_code = 4

    assert report(Unreachable("The server does not answer"), Session()) == 4
    assert capsys.readouterr().err == "Error: The server does not answer.\n"


def test_a_file_that_cannot_be_read_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(FileNotFoundError(2, "No such file or directory", "x.csv"), Session()) == 1
    assert capsys.readouterr().err == "Error: x.csv: No such file or directory.\n"
