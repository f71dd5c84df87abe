"""Fixtures for every room, and what a process that runs thousands of tests need not do again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import apsw
import pytest

from localstore import database, migrations
from localstore.connection import Connection, opened
from tests.postgres import postgres, postgres_server, postgres_template, postgres_url

__all__ = ["new_stores_are_copies", "postgres", "postgres_server", "postgres_template", "postgres_url"]


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass by the tests themselves: 10 % of a process's time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def new_stores_are_copies() -> Iterator[None]:
    """Run the migrations of a new file once in a process, and copy what they made; older files go through each."""
    steps, run = dict(migrations.STEPS), migrations.run
    made = opened(":memory:")
    made.pragma("page_size", database.PAGE_SIZE)
    run(made, Path("made once"), database.APPLICATION_ID)

    def copy_or_run(connection: Connection, path: Path, application_id: int) -> None:
        if steps == migrations.STEPS and migrations.version(connection) == 0:
            with suppress(apsw.BusyError), connection.backup("main", made, "main") as backup:
                backup.step()
                return
        run(connection, path, application_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "run", copy_or_run)
        yield
    made.close()
