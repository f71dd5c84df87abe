"""A prepared server with three people on it, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from sync.postgres.connection import connect
from sync.postgres.server import install
from tests import postgres
from tests.sync.functions.people import ADA, BEA, CAL, PEOPLE, Device, Server


@pytest.fixture(scope="session")
def peopled(postgres_server: postgres.Server, postgres_template: str) -> Iterator[str]:
    """The name of a database that is ready for devices, with three people."""
    with postgres_server.database(postgres_template) as url:
        install.init(url)
        with connect(url, autocommit=True) as connection:
            connection.execute(PEOPLE.encode())
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def server(postgres_server: postgres.Server, peopled: str) -> Iterator[Server]:
    """A server of its own for one test."""
    with postgres_server.database(peopled) as url:
        found = Server(url)
        yield found
        found.close()


@pytest.fixture
def ada(server: Server) -> Device:
    """Ada's laptop: she owns the lab."""
    return server.device(ADA)


@pytest.fixture
def bea(server: Server) -> Device:
    """Bea's laptop: she is a member of the lab."""
    return server.device(BEA)


@pytest.fixture
def cal(server: Server) -> Device:
    """Cal's laptop: the den is Cal's, and nothing else."""
    return server.device(CAL)
