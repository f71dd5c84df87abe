"""Help: complete, the same everywhere, and every example runs as it stands."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.tui.cli import vectored
from tests.tui.cli.conftest import Run, Shell
from tests.tui.cli.contract import PROMISED, commands, examples
from tui.cli import registry
from tui.cli.program import StoreGroup, program
from tui.cli.session import Session

SERVER = {
    "recover",
    "restore",
    "serve",
    "sync import",
    "sync link",
    "sync round",
    "sync share",
    "sync unlink",
    "sync verify",
}
"""What needs a linked store or another's file, or goes on until it is stopped."""
SPOKEN = [(name, line) for name, line in examples() if name in SERVER or name.startswith("sync server")]
RUNNING = [(name, line) for name, line in examples() if "|" not in line and (name, line) not in SPOKEN]
PIPED = [(name, line) for name, line in examples() if "|" in line]


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_command_is_there(name: str) -> None:
    assert name in commands()


@pytest.mark.parametrize("name", registry.names())
def test_the_first_line_of_a_commands_file_is_its_summary_and_the_first_line_of_its_help(name: str, run: Run) -> None:
    summary = registry.summary(name)
    text = " ".join(run(name, "--help").stdout.split())
    assert summary and summary[0].isupper() and summary.endswith(".")
    assert summary in text


@pytest.mark.parametrize("name", [name for name, each in commands().items() if not isinstance(each, StoreGroup)])
def test_every_command_has_an_example_of_itself(name: str) -> None:
    lines = commands()[name].examples
    assert any(f"localstore {name}" in line or line == "localstore sync" for line in lines)


@pytest.mark.parametrize("name", commands())
def test_help_is_the_same_twice_fits_80_columns_and_shows_the_shared_options(name: str, run: Run) -> None:
    first, second = run(*name.split(), "--help"), run(*name.split(), "--help")
    assert first.exit_code == 0
    assert first.stdout == second.stdout
    own = first.stdout.split("\nExample")[0].splitlines()
    assert [line for line in own if len(line) > 80] == []
    assert "--store FILE" in first.stdout and "--jsonl" in first.stdout and "--debug" in first.stdout


def test_the_help_of_the_program_names_every_command_with_its_summary(run: Run) -> None:
    text = " ".join(run("--help").stdout.split())
    assert [name for name in registry.names() if f"{name} {registry.summary(name)}" not in text] == []


@pytest.fixture
def embedded(home: Path) -> Path:
    """A store whose models have vectors."""
    vectored.fill(home / "store.db")
    return home


@pytest.mark.parametrize(("name", "line"), [*RUNNING, *[("localstore", line) for line in program.examples]])
def test_an_example_runs(name: str, line: str, embedded: Path, run: Run) -> None:
    result = run(*shlex.split(line)[1:])
    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize(("name", "line"), PIPED)
def test_an_example_with_a_pipe_runs(name: str, line: str, embedded: Path, shell: Shell) -> None:
    result = shell(line)
    assert (result.returncode, result.stderr.count("Error")) == (0, 0), result.stderr


@pytest.mark.parametrize(("name", "line"), SPOKEN)
def test_an_example_that_needs_a_server_is_understood(name: str, line: str) -> None:
    words = shlex.split(line.partition(" > ")[0].partition(" < ")[0])
    given = words[1 + len(name.split()) :] if line.startswith(f"localstore {name}") else words[2:]
    assert commands()[name].make_context(name, given, obj=Session())
