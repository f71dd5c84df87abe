"""The page size: what a store of texts and vectors weighs and costs at each. For ever, so measured before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import apsw

from localstore import ids
from localstore.schema import statements
from tests.bench.measure import median, seconds

SIZES = (4096, 8192, 16384, 32768, 65536)
VECTORS, DIMS, NOTES = 10_000, (384, 768, 1024, 1536), 50_000
META = '{"text_sha256":"' + "0" * 64 + '"}'


def table(folder: Path) -> str:
    """Return a Markdown table."""
    lines = [
        "",
        f"## Page size ({VECTORS:,} vectors of each length, {NOTES:,} notes of 200 bytes)",
        "",
        f"| page | vectors of {', '.join(map(str, DIMS))}: file / raw | insert {DIMS[0]}s | notes: file / raw |"
        " insert notes | page of 100 notes | one durable edit |",
        "|---|---|---|---|---|---|---|",
        *(_measure(folder, size) for size in SIZES),
    ]
    return "\n".join(lines) + "\n"


def _measure(folder: Path, size: int) -> str:
    weights, rates = zip(*(_vectors(folder / f"v{size}-{dim}.db", size, dim) for dim in DIMS), strict=True)
    notes = _open(folder / f"n{size}.db", size)
    items, owner = [ids.new_id() for _ in range(NOTES)], ids.new_id()
    texts = [(item, owner, "a title of some length", "{}") for item in items]
    slow = seconds(
        lambda: notes.executemany("INSERT INTO items (id, owner_id, title, meta_data) VALUES (?,?,?,?)", texts)
    )
    bodies = [(item, "x" * 200) for item in items]
    slow += seconds(lambda: notes.executemany("INSERT INTO contents (item_id, text) VALUES (?,?)", bodies))
    notes.execute("COMMIT")
    notes.pragma("wal_checkpoint", "TRUNCATE")
    listing = median(
        lambda: notes.execute("SELECT id, title FROM items ORDER BY updated_at DESC, id LIMIT 100").fetchall()
    )
    edit = median(lambda: notes.execute("UPDATE items SET title = title || 'x' WHERE id = ?", (items[77],)))
    light = (folder / f"n{size}.db").stat().st_size / (NOTES * 222)
    return (
        f"| {size} | {', '.join(f'{weight:.2f}' for weight in weights)} | {rates[0]:,.0f}/s | {light:.2f} |"
        f" {NOTES / slow:,.0f}/s |"
        f" {listing * 1000:.2f} ms | {edit * 1000:.2f} ms |"
    )


def _vectors(path: Path, size: int, dim: int) -> tuple[float, float]:
    """Return what vectors of texts weigh beside their numbers, and how many a second are inserted."""
    connection = _open(path, size)
    model = ids.new_id()
    rows = [(model, ids.new_id(), os.urandom(4 * dim), dim, META) for _ in range(VECTORS)]
    sql = "INSERT INTO embeddings (model_id, content_id, vector, dim, meta_data) VALUES (?,?,?,?,?)"
    took = seconds(lambda: connection.executemany(sql, rows))
    connection.execute("COMMIT")
    connection.pragma("wal_checkpoint", "TRUNCATE")
    rows_found: list[Any] = connection.execute(
        "SELECT sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name"
        " WHERE d.aggregate = 1 AND s.tbl_name = 'embeddings'"
    ).fetchall()
    return float(rows_found[0][0]) / (VECTORS * dim * 4), VECTORS / took


def _open(path: Path, size: int) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.pragma("page_size", size)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "FULL")
    for statement in statements():
        connection.execute(statement)
    connection.execute("BEGIN")
    return connection
