"""Fixtures for sync."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localstore.database import Database
from sync.postgres.connection import connect
from tests.postgres import Server
from tests.sync.journeys import Pair
from tests.sync.sides import Postgres, Sqlite


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server, postgres_template: str) -> Iterator[Pair]:
    """One row of each table in both databases, for the tests of a module."""
    database = Database(tmp_path_factory.mktemp("pair") / "store.db")
    with (
        postgres_server.database(postgres_template) as url,
        connect(url, autocommit=True) as server,
        database.writing() as file,
    ):
        server.execute("SET TimeZone TO 'UTC'")
        yield Pair(Sqlite(file), Postgres(server))
    database.close()
