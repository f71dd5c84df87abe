"""Devices without stores, on a database that is ready for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.postgres.connection import Connection, connect
from sync.shapes import Image
from tests.postgres import Server
from tests.sync.client.desk import Desk, address_of, image, new
from tests.sync.trio import BEA, prepared

__all__ = ["prepared"]


@pytest.fixture
def ready(postgres_server: Server, prepared: str) -> Iterator[str]:
    """The URL of a prepared database, for one test."""
    with postgres_server.database(prepared) as url:
        yield url


@pytest.fixture
def admin(ready: str) -> Iterator[Connection]:
    """A program that writes plain SQL there, in autocommit."""
    with connect(ready, autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.fixture
def ada(ready: str) -> Iterator[Desk]:
    """Ada's device: owner of the lab."""
    desk = Desk(address_of(ready))
    with desk.server:
        yield desk


@pytest.fixture
def bea(ready: str) -> Iterator[Desk]:
    """Bea's device: a member of the lab, not of the den."""
    desk = Desk(address_of(ready, BEA))
    with desk.server:
        yield desk


@pytest.fixture
def item(ada: Desk) -> Image:
    """An item of Ada's in the lab, in step."""
    row = image("items")
    ada.push(new("items", row))
    return row
