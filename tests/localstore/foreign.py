"""Another program at the file: Python's own sqlite3, with the system's SQLite and its settings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any


def write(path: Path, *statements: str | tuple[str, Iterable[Any]], keys: bool = True) -> None:
    """Run statements (with bindings) in one transaction; recursive triggers are off, as everywhere by default."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute(f"PRAGMA foreign_keys = {int(keys)}")
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            sql, bindings = (statement, ()) if isinstance(statement, str) else statement
            connection.execute(sql, tuple(bindings))
        connection.execute("COMMIT")


def vacuum(path: Path) -> None:
    """Rewrite the whole file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM")
