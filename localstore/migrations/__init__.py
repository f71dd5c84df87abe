"""Numbered steps from one schema to the next.

Each ``NNNN_name.sql`` beside this file runs once, in order, under the store's write lock, in one transaction with
the number it leaves in ``user_version``: a step that fails leaves the file as it was. Before a file with rows is
changed, a copy is kept beside it until all steps have succeeded.
"""

from __future__ import annotations

import os
from pathlib import Path

import apsw

from localstore.connection import Connection
from localstore.errors import NewerStore, StoreError

FOLDER = Path(__file__).parent  # importlib.resources would add 5 ms to every command
STEPS: dict[int, str] = {int(entry.name[:4]): entry.name for entry in sorted(FOLDER.glob("*.sql"))}
LATEST = max(STEPS)


def version(connection: Connection) -> int:
    """Return the number of the last step a file went through; 0 for an empty file."""
    return int(connection.pragma("user_version"))


def check(path: Path, found: int) -> None:
    """Refuse a file from the future."""
    if found > LATEST:
        raise NewerStore(
            f"{path} was written by a newer localstore (schema {found}, this one knows {LATEST}): "
            "update localstore, nothing was changed."
        )


def run(connection: Connection, path: Path, application_id: int) -> None:
    """Bring the file to the latest schema; several processes may ask at once, one does it."""
    # A step that makes a table anew drops the old one; with foreign keys on, its children would go too.
    connection.pragma("foreign_keys", False)
    connection.execute("BEGIN IMMEDIATE")
    kept: Path | None = None
    try:
        start = version(connection)
        check(path, start)
        if 0 < start < LATEST:
            kept = _keep_copy(path, start)
        for number in sorted(number for number in STEPS if number > start):
            _step(connection, number)
        connection.pragma("application_id", application_id)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.pragma("foreign_keys", True)
    if kept:
        kept.unlink()


def _step(connection: Connection, number: int) -> None:
    sql = FOLDER.joinpath(STEPS[number]).read_text(encoding="utf-8")
    try:
        connection.execute(sql)
    except (apsw.SQLError, apsw.ConstraintError, apsw.MismatchError) as error:
        raise StoreError(f"Migration {STEPS[number]} failed ({error}): the store is as it was.") from error
    connection.pragma("user_version", number)


def copy_path(path: Path, number: int) -> Path:
    """Return where the copy from before a migration is kept."""
    return path.with_name(f"{path.name}.before-migration-{number}")


def _keep_copy(path: Path, number: int) -> Path:
    """Copy the file with SQLite's backup, which reads beside the write lock that is held."""
    target = copy_path(path, number)
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    source = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    copy = apsw.Connection(str(target))
    try:
        with copy.backup("main", source, "main") as backup:
            backup.step()
    except BaseException:
        target.unlink()
        raise
    finally:
        source.close()
        copy.close()
    return target
