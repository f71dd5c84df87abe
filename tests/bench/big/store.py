"""The store itself, written with plain SQL into tables without their indexes, which are made afterwards.

By way of imports it would take an hour: what is measured here is not how it came to be. ``check`` must find nothing.
``python -m tests.bench.big.store FILE [SHARE]`` makes one, or a smaller one of *SHARE* of everything.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from localstore import Store, text
from localstore.attached.file_paths import file_uri, host
from localstore.connection import Connection, opened
from localstore.values import text_hash
from localstore.vectors.incoming.ids import natural_ids
from tests.bench.big.rows import Chosen, World, content_id, event_rows, file_rows, item_id, item_rows, stamp
from tests.bench.big.words import SELDOM, Texts, vectors

ITEMS, FILES, EVENTS, SECOND = 1_000_000, 100_000, 300_000, 20_000
DIM, STEP = 384, 20_000
MODEL, OTHER = "hashing-384", "other"
BIG = ("items", "contents", "embeddings", "item_tag_links", "file_assets", "events", "embedding_states")


def build(path: Path, share: float = 1.0) -> Path:
    """Make the store at *path* unless it is there, under another name until it is whole."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name("half.db")
    for old in path.parent.glob("half.db*"):
        old.unlink()
    with Store.open(half, email="bench@localhost") as store:
        world = World.make(store, MODEL, OTHER, DIM)
    _fill(half, world, share)
    with Store.open(half) as store:
        _said("codes", lambda: store.embeddings.rebuild())
        _use(store)
    half.rename(path)
    return path


def _fill(path: Path, world: World, share: float) -> None:
    count = int(ITEMS * share)
    connection = opened(str(path))
    try:
        connection.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-2000000")
        connection.execute("BEGIN; INSERT INTO local_state VALUES ('applying', '1')")
        with _without_indexes(connection):
            _said("rows", lambda: _rows(connection, world, count))
            _said("other tables", lambda: _others(connection, path.parent, world, share))
        _said("words", lambda: _words(connection))
        connection.execute("DELETE FROM local_state WHERE key = 'applying'; COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Drop the indexes of the large tables, and make them anew at the end: sorted, they are written in one go."""
    marks = ",".join("?" * len(BIG))
    sql = f"SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})"
    found = connection.execute(sql, BIG).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, made in found:
        connection.execute(made)


def _words(connection: Connection) -> None:
    """Index all; large steps, or the index would be merged a thousand times."""
    sql = "INSERT INTO text_index (text_index, rank) VALUES ('hashsize', ?)"
    connection.execute(sql, (256_000_000,))
    text.rebuild(connection)
    connection.execute(sql, (1 << 20,))


def _rows(connection: Connection, world: World, count: int) -> None:
    texts, chosen = Texts(1), Chosen(2, world)
    for start in range(0, count, STEP):
        numbers = range(start, min(count, start + STEP))
        connection.executemany(
            "INSERT INTO items (id, created_at, updated_at, owner_id, organization_id, type, title, description,"
            " meta_data) VALUES (?,?,?,?,?,?,?,?,?)",
            item_rows(numbers, texts, chosen),
        )
        connection.executemany("INSERT INTO item_tag_links (item_id, tag_id) VALUES (?,?)", chosen.links(numbers))
        bodies = _contents(connection, numbers, texts)
        _vectors(connection, world, numbers, bodies)
        print(f"\r  {numbers.stop:,} of {count:,}", end="", file=sys.stderr, flush=True)


def _contents(connection: Connection, numbers: range, texts: Texts) -> list[str]:
    """Write two texts for each item, and return the first of each."""
    bodies = texts.draw(2 * len(numbers))
    bodies[::2] = [
        f"{body} {SELDOM}" if number % 1000 == 0 else body for number, body in zip(numbers, bodies[::2], strict=True)
    ]
    rows = (
        (content_id(number, which), stamp(number), stamp(number), item_id(number), role, bodies[2 * at + which])
        for at, number in enumerate(numbers)
        for which, role in enumerate(("user", "assistant"))
    )
    connection.executemany(
        "INSERT INTO contents (id, created_at, updated_at, item_id, role, text) VALUES (?,?,?,?,?,?)", rows
    )
    return bodies[::2]


def _vectors(connection: Connection, world: World, numbers: range, bodies: Sequence[str]) -> None:
    """Write a vector for each first text; one in 500 was made of another text; and the second model's few."""
    _embed(connection, world.model, numbers, bodies, second=False)
    few = range(numbers.start, numbers.start + len(numbers) * SECOND // ITEMS)
    _embed(connection, world.other, few, bodies, second=True)


def _embed(connection: Connection, model: str, numbers: range, bodies: Sequence[str], *, second: bool) -> None:
    contents = [content_id(number, 0) for number in numbers]
    keys = natural_ids("embedding", model, contents)
    raw = memoryview(vectors(len(numbers), DIM, numbers.start + second).data).cast("B")
    size, rows, states = DIM * 4, [], []
    for at, number in enumerate(numbers):
        stale = number % 500 == 7
        meta = {"text_sha256": text_hash("another text" if stale else bodies[at])}
        place = (None, item_id(number)) if second else (contents[at], None)
        meta |= {"content_id": contents[at]} if second else {}
        vector = raw[at * size : (at + 1) * size]
        rows.append((keys[at], stamp(number), stamp(number), model, *place, vector, DIM, json.dumps(meta)))
        states.append((keys[at], item_id(number), 3 if stale else 2))
    connection.executemany(
        "INSERT INTO embeddings (id, created_at, updated_at, model_id, content_id, item_id, vector, dim, meta_data)"
        " VALUES (?,?,?,?,?,?,?,?,?)",
        rows,
    )
    connection.executemany("INSERT INTO embedding_states (embedding_id, item_id, state) VALUES (?,?,?)", states)


def _others(connection: Connection, folder: Path, world: World, share: float) -> None:
    """Write rows of files, a hundredth of them for files that are there, and events."""
    count, items = int(FILES * share), int(ITEMS * share)
    here = folder / "files"
    here.mkdir(exist_ok=True)
    real = max(count // 100, 1)
    for number in range(real):
        (here / f"{number}.txt").write_text(f"file {number}\n", encoding="utf-8")
    places = [file_uri(here / f"{number}.txt") for number in range(real)]
    places += [f"file://not-{host()}/shelf/{number}.pdf" for number in range(real, count)]
    connection.executemany(
        "INSERT INTO file_assets (id, created_at, updated_at, owner_id, item_id, filename, path, mime_type,"
        " size_bytes, checksum) VALUES (?,?,?,?,?,?,?,?,?,?)",
        file_rows(places, real, items, world.owner),
    )
    connection.executemany(
        "INSERT INTO events (id, created_at, updated_at, actor_id, item_id, event_type, payload)"
        " VALUES (?,?,?,?,?,?,?)",
        event_rows(int(EVENTS * share), items, world),
    )


def _use(store: Store) -> None:
    """Leave what a used store has: deletions in the trash, saved searches, settings, keys."""
    for number in range(20):
        store.items.delete(*(item_id(1_000 + number * 10 + each) for each in range(10)))
    for number in range(40):
        store.api_keys.new(description=f"key {number}")


def _said(what: str, act: object) -> None:
    begun = perf_counter()
    act()  # type: ignore[operator]
    print(f"\r{what}: {perf_counter() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    build(Path(sys.argv[1]), *(float(share) for share in sys.argv[2:3]))
