"""What a store's file holds, said in a few numbers: for a person who is asked which of two should stay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import apsw

from localstore import migrations
from localstore.connection import Connection
from localstore.database import APPLICATION_ID
from localstore.errors import NotAStore, StoreDamaged
from localstore.models import BY_NAME
from localstore.recovery.copying import read_only
from localstore.sqlite_errors import translated

_SHOWN = ("items", "contents", "embeddings", "file_assets", "tags")
_CHANGED = ("items", "contents", "organizations", "users")


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many rows there are, when any of them was changed last, and what keeps the file from being read."""

    path: Path
    size: int
    counts: dict[str, int]
    changed: str | None
    linked: bool = False
    problem: str = ""


def examine(path: Path) -> Holdings:
    """Read what a store holds; raises StoreDamaged, NotAStore, NewerStore when it is none that can be used."""
    with translated(path):
        connection = read_only(path)
        try:
            _check(connection, path)
            return _read(connection, path)
        except apsw.SQLError as error:
            raise StoreDamaged(f"{path} lacks a part of a store ({error}): choose another backup.") from None
        finally:
            connection.close()


def _check(connection: Connection, path: Path) -> None:
    version = migrations.version(connection)
    if connection.pragma("application_id") != APPLICATION_ID or version == 0:
        raise NotAStore(f"{path} is no store: choose a file that 'localstore backup' made.")
    migrations.check(path, version)


def _read(connection: Connection, path: Path) -> Holdings:
    def one(sql: str) -> object:
        return connection.execute(sql).fetchone()[0]

    connection.execute("BEGIN")
    counts = {name: int(str(one(f"SELECT count(*) FROM {name}"))) for name in BY_NAME}
    stamps = [one(f"SELECT max(updated_at) FROM {name}") for name in _CHANGED]
    changed = max((str(stamp) for stamp in stamps if stamp), default=None)
    has_state = one("SELECT count(*) FROM sqlite_schema WHERE name = 'sync_state'")
    linked = bool(has_state and one("SELECT count(*) FROM sync_state WHERE key = 'server'"))
    connection.execute("COMMIT")
    return Holdings(path, path.stat().st_size, counts, changed, linked)


def said(holdings: Holdings) -> str:
    """Return what a file holds as one line."""
    if holdings.problem:
        return holdings.problem
    parts = [f"{holdings.counts[name]:,} {name.replace('_', ' ')}" for name in _SHOWN if holdings.counts[name]]
    return f"{', '.join(parts) or 'no items'}; last change {holdings.changed or 'never'}"
