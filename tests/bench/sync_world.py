"""What sync is measured on: a server of its own, rows made once, stores and databases that hold them."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from localstore import Store, ids, text
from localstore.fields import vector_json
from sync import link
from sync.postgres import schema
from sync.postgres.connection import connect
from sync.postgres.server import devices, install
from tests.bench.million import WORDS, stamp
from tests.postgres import Server, wheel_server
from tests.sync.trio import ADA, EMAILS, LAB, PEOPLE

CONTENTS = int(os.environ.get("LOCALSTORE_BENCH_SYNC_CONTENTS", "100000"))
VECTORS = int(os.environ.get("LOCALSTORE_BENCH_SYNC_VECTORS", "20000"))
SIZES = [int(n) for n in os.environ.get("LOCALSTORE_BENCH_SYNC_SIZES", "10000,100000,1000000").split(",")]
DIM = 384
PER_ITEM = 20
MODEL = ids.natural_id("ai_model", "local", "bench", None)

Rows = list[tuple[object, ...]]
COLUMNS = {
    "items": "id, created_at, updated_at, owner_id, organization_id, title",
    "contents": "id, created_at, updated_at, item_id, text",
    "embeddings": "id, created_at, updated_at, model_id, content_id, item_id, vector, dim",
}


@dataclass
class Data:
    """Rows of the three tables, as SQLite keeps them."""

    items: Rows
    contents: Rows
    embeddings: Rows

    def rows(self, table: str) -> Rows:
        found: Rows = getattr(self, table)
        return found

    def copied(self, table: str) -> bytes:
        """Return a table's rows as the text of a COPY."""
        lines = ("\t".join(_copied(value) for value in row) + "\n" for row in self.rows(table))
        return "".join(lines).encode()


def _copied(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return vector_json(value).decode()
    return str(value)


def made(items: int, contents: int, vectors: int) -> Data:
    """Make rows: contents of 200 bytes, vectors of 384 numbers on the first of them."""
    pick, numbers = random.Random(4), np.random.default_rng(4)
    data = Data([], [], [])
    for number in range(items):
        at = stamp(number)
        title = f"item {number} {pick.choice(WORDS)}"
        data.items.append((ids.new_id(), at, at, ADA, LAB, title))
    for number in range(contents):
        at = stamp(number)
        body = " ".join(pick.choices(WORDS, k=40))[:200]
        data.contents.append((ids.new_id(), at, at, data.items[number % items][0], body))
    for number in range(vectors):
        content = data.contents[number]
        blob = numbers.standard_normal(DIM, dtype=np.float32).tobytes()
        pk = ids.natural_id("embedding", MODEL, str(content[0]))
        data.embeddings.append((pk, content[1], content[1], MODEL, content[0], content[3], blob, DIM))
    return data


def write(store: Store, tables: dict[str, Rows]) -> None:
    """Write rows into a store with its triggers silent, as a bulk writer does."""
    with store.database.writing() as connection:
        connection.execute("INSERT INTO local_state VALUES ('applying', '1')")
        for table, rows in tables.items():
            if rows:
                marks = ", ".join("?" for _ in rows[0])
                connection.executemany(f"INSERT INTO {table} ({COLUMNS[table]}) VALUES ({marks})", rows)
        text.rebuild(connection)
        connection.execute("DELETE FROM local_state WHERE key = 'applying'")


def add_vectors(store: Store, rows: Rows) -> None:
    """Write vectors into a linked store, its triggers on."""
    marks = ", ".join("?" for _ in rows[0])
    with store.database.writing() as connection:
        connection.executemany(f"INSERT INTO embeddings ({COLUMNS['embeddings']}) VALUES ({marks})", rows)


def copy_in(url: str, table: str, body: bytes) -> None:
    """COPY rows into a table of the server: what a loader that knows nothing of sync does."""
    with connect(url) as connection:
        with connection.cursor().copy(f"COPY {table} ({COLUMNS[table]}) FROM STDIN") as copy:
            for at in range(0, len(body), 1 << 20):
                copy.write(body[at : at + (1 << 20)])
        connection.commit()


class Bench:
    """A server with two templates: ready for devices, and without any trace of sync."""

    def __init__(self, server: Server, folder: Path, ready: str, bare: str) -> None:
        self.server, self.folder, self.ready, self.bare = server, folder, ready, bare
        self._number = 0

    def path(self, name: str) -> Path:
        self._number += 1
        return self.folder / f"{name}-{self._number}.db"

    def store(self, url: str, name: str, template: Path | None = None) -> Path:
        """Make a store, or copy one that is not linked yet, and link it with a database."""
        path = self.path(name)
        if template:
            shutil.copy(template, path)
        with Store.open(path, email=EMAILS[ADA]) as store:
            link(store, devices.add(url, EMAILS[ADA], path.stem).url, share="all")
        return path

    def filled(self, name: str, tables: dict[str, Rows]) -> Path:
        """Make a store with rows, not linked."""
        path = self.path(name)
        with Store.open(path, email=EMAILS[ADA]) as store, store.database.writing() as connection:
            _people(connection, store.local_user_id)
        with Store.open(path) as store:
            write(store, tables)
        return path


def _people(connection, local: str) -> None:  # type: ignore[no-untyped-def]
    """Make the local user Ada, under her id on the server, and the lab and the model known."""
    connection.pragma("defer_foreign_keys", True)
    connection.execute("UPDATE users SET id = ? WHERE id = ?", (ADA, local))
    connection.execute("UPDATE local_state SET value = ? WHERE key = 'local_user'", (ADA,))
    connection.execute("INSERT INTO organizations (id, name, slug) VALUES (?, 'Lab', 'lab')", (LAB,))
    connection.execute("INSERT INTO ai_models (id, name, provider) VALUES (?, 'bench', 'local')", (MODEL,))


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Start a server and make the two templates."""
    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    model = f"INSERT INTO ai_models (id, name, provider) VALUES ('{MODEL}', 'bench', 'local')"
    with wheel_server() as url, connect(url, autocommit=True) as admin:
        server = Server(url, admin)
        with server.database() as bare:
            with connect(bare, autocommit=True) as connection:
                connection.execute("; ".join([*schema.statements(), PEOPLE, model]))
            name = _name(bare)
            with server.database(name) as ready:
                install.init(ready)
                yield Bench(server, folder, _name(ready), name)
                server.clear()


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
