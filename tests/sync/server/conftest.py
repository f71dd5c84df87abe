"""Databases for the administrator's side: one that is prepared, one that another program made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sync.postgres.connection import Connection, connect
from sync.postgres.server import install
from tests.postgres import Server
from tests.sync.server import adopted

One = Callable[..., Any]


@pytest.fixture(scope="session")
def prepared_template(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """The name of a prepared database with one user, to copy from."""
    with postgres_server.database(postgres_template) as url:
        install.init(url)
        yield url.split("/")[3].split("?")[0]


@pytest.fixture
def prepared(postgres_server: Server, prepared_template: str) -> Iterator[str]:
    """The URL of a prepared database."""
    with postgres_server.database(prepared_template) as url:
        yield url


@pytest.fixture
def empty(postgres_server: Server) -> Iterator[str]:
    """The URL of a database without tables."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def foreign(empty: str) -> str:
    """The URL of a database that another program made, with rows in its thirteen tables."""
    with connect(empty, autocommit=True) as connection:
        connection.execute(adopted.TABLES)
        connection.execute(adopted.ROWS)
    return empty


@pytest.fixture
def server(prepared: str) -> Iterator[Connection]:
    """A program's connection to the prepared database, in autocommit."""
    with connect(prepared, autocommit=True) as connection:
        yield connection


def value(connection: Connection, sql: str, *parameters: Any) -> Any:
    """The first value that a query gives."""
    row = connection.execute(sql, parameters or None).fetchone()
    return row[0] if row else None


def log(connection: Connection) -> list[tuple[Any, ...]]:
    """What the log has, oldest first, as (table, key, kind)."""
    return connection.execute("SELECT tbl, pk, op::text FROM localstore_sync.log ORDER BY seq").fetchall()


def clear(connection: Connection) -> None:
    """Empty the log and the tombstones."""
    connection.execute("DELETE FROM localstore_sync.log; DELETE FROM localstore_sync.tombstone")
