"""Another program at the file: Python's own sqlite3, with the system's SQLite and its settings.

It runs in a process of its own. Two copies of SQLite in one process do not see each other's locks (POSIX drops
them when either closes the file), so one would delete the write-ahead log under the other.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

_PROGRAM = """
import json, sqlite3, sys
for line in sys.stdin:
    path, pragma, statements = json.loads(line)
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        connection.execute(pragma)
        for sql, bindings in statements:
            connection.execute(sql, bindings)
        answer = ""
    except sqlite3.Error as error:
        answer = str(error)
    connection.close()
    print(json.dumps(answer), flush=True)
"""


@cache
def _program() -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-S", "-c", _PROGRAM]
    process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(process.communicate)
    return process


def _run(path: Path, pragma: str, statements: list[tuple[str, tuple[Any, ...]]]) -> None:
    program = _program()
    assert program.stdin
    assert program.stdout
    program.stdin.write(json.dumps([str(path), pragma, statements]) + "\n")
    program.stdin.flush()
    answer = json.loads(program.stdout.readline())
    assert answer == "", answer


def write(path: Path, *statements: str | tuple[str, Iterable[Any]], keys: bool = True) -> None:
    """Run statements (with bindings) in one transaction; recursive triggers are off, as everywhere by default."""
    pairs = [(each, ()) if isinstance(each, str) else (each[0], tuple(each[1])) for each in statements]
    _run(path, f"PRAGMA foreign_keys = {int(keys)}", [("BEGIN IMMEDIATE", ()), *pairs, ("COMMIT", ())])


def vacuum(path: Path) -> None:
    """Rewrite the whole file."""
    _run(path, "PRAGMA foreign_keys = 1", [("VACUUM", ())])
