"""The page size: what a store of texts and vectors weighs and costs at each. For ever, so measured before."""

from __future__ import annotations

import os
from pathlib import Path

import apsw

from localstore import ids
from localstore.schema import statements
from tests.bench.measure import median, seconds

SIZES = (4096, 8192, 16384, 32768, 65536)
VECTORS, DIM, NOTES = 20_000, 384, 50_000


def table(folder: Path) -> str:
    """Return a Markdown table."""
    lines = [
        "",
        f"## Page size ({VECTORS:,} vectors of {DIM}, {NOTES:,} notes of 200 bytes)",
        "",
        "| page | vectors: file / raw | insert vectors | notes: file / raw | insert notes | page of 100 notes |"
        " one durable edit |",
        "|---|---|---|---|---|---|---|",
        *(_measure(folder, size) for size in SIZES),
    ]
    return "\n".join(lines) + "\n"


def _measure(folder: Path, size: int) -> str:
    vectors, notes = _open(folder / f"v{size}.db", size), _open(folder / f"n{size}.db", size)
    items = [ids.new_id() for _ in range(NOTES)]
    model, owner = ids.new_id(), ids.new_id()
    rows = [(model, item, os.urandom(4 * DIM), DIM) for item in items[:VECTORS]]
    took = seconds(
        lambda: vectors.executemany("INSERT INTO embeddings (model_id, item_id, vector, dim) VALUES (?,?,?,?)", rows)
    )
    texts = [(item, owner, "a title of some length", "{}") for item in items]
    slow = seconds(
        lambda: notes.executemany("INSERT INTO items (id, owner_id, title, meta_data) VALUES (?,?,?,?)", texts)
    )
    bodies = [(item, "x" * 200) for item in items]
    slow += seconds(lambda: notes.executemany("INSERT INTO contents (item_id, text) VALUES (?,?)", bodies))
    for connection in (vectors, notes):
        connection.execute("COMMIT")
        connection.pragma("wal_checkpoint", "TRUNCATE")
    listing = median(
        lambda: notes.execute("SELECT id, title FROM items ORDER BY updated_at DESC, id LIMIT 100").fetchall()
    )
    edit = median(lambda: notes.execute("UPDATE items SET title = title || 'x' WHERE id = ?", (items[77],)))
    weight = (folder / f"v{size}.db").stat().st_size / (VECTORS * DIM * 4)
    light = (folder / f"n{size}.db").stat().st_size / (NOTES * 222)
    return (
        f"| {size} | {weight:.2f} | {VECTORS / took:,.0f}/s | {light:.2f} | {NOTES / slow:,.0f}/s |"
        f" {listing * 1000:.2f} ms | {edit * 1000:.2f} ms |"
    )


def _open(path: Path, size: int) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.pragma("page_size", size)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "FULL")
    for statement in statements():
        connection.execute(statement)
    connection.execute("BEGIN")
    return connection
