"""Starting costs little: a command imports what it needs, and help nearly nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.cli.conftest import Run

NEVER = {"rich", "psycopg", "psycopg2", "textual", "numpy", "pandas"}
HELP_NEVER = NEVER | {"peewee", "apsw", "sqlite3", "yaml", "orjson", "platformdirs", "argon2"}


def imported(*args: str) -> set[str]:
    code = (
        "import json, sys\n"
        "from tui.cli.program import program\n"
        f"try: program.main({list(args)!r})\n"
        "except SystemExit as end: code = end.code\n"
        "print(json.dumps([code, *[name.split('.')[0] for name, module in sys.modules.items() if module]]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    code_, *names = json.loads(done.stdout.splitlines()[-1])
    assert code_ == 0, done.stderr
    return set(names)


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["list", "--help"], ["tags", "--help"], ["show", "--help"]]
)
def test_help_imports_no_database(args: list[str], empty: Path) -> None:
    assert imported(*args) & HELP_NEVER == set()


@pytest.mark.parametrize(
    "args", [["list"], ["show", "@last"], ["search", "attention"], ["tags"], ["events"], ["users"], ["settings"]]
)
def test_a_command_imports_no_toolkit_no_arrays_and_no_server(args: list[str], home: Path) -> None:
    assert imported(*args) & NEVER == set()


def test_the_version_is_the_packages(run: Run) -> None:
    from localstore import __version__

    assert run("--version").stdout == f"localstore {__version__}\n"


@pytest.mark.parametrize("module", ["localstore", "tui"])
def test_the_program_is_also_a_module(module: str, empty: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith("localstore ")
