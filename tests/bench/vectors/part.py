"""The vector part of the benchmarks, in order: build, then search warm, cold, filtered; write; weigh; a million."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from tests.bench.measure import Row
from tests.bench.vectors import builds, cold, ingest, peers, rows, table, warm, world
from tests.bench.vectors.builds import Built
from tests.bench.vectors.cold import Cold
from tests.bench.vectors.shelf import FILTERS
from tests.bench.vectors.systems import threads
from tests.bench.vectors.warm import Warm
from tests.bench.vectors.world import QUERIES, Vectors, World

ROUNDS = int(os.environ.get("LOCALSTORE_BENCH_ROUNDS", "10"))
LARGE = ("numpy", "vec0", "faiss", "usearch")
KEPT_BY = ("type", "tag", "organization")
"""Filters asked of a million: the others read a million rows each time, and show nothing that 100,000 do not."""


def measure(folder: Path) -> tuple[list[Row], str]:
    """Return the rows and the section with the peers' tables."""
    start = time.perf_counter()
    where = world.build(folder)
    small, small_table = _real(where, folder / "ingest")
    large, large_table = _million(where, folder / "added")
    minutes = (time.perf_counter() - start) / 60
    return [*small, *large], "\n".join([*_told(where, minutes), *small_table, *large_table, ""])


def _real(where: World, folder: Path) -> tuple[list[Row], list[str]]:
    vectors = where.real
    built = _built(vectors, peers.available(), where.texts)
    wide = builds.build("ours", where.wide, where.texts)
    searched = warm.search(vectors, list(built.values()), ROUNDS, 5, batches=True)
    started = cold.search(vectors, list(built.values()), ROUNDS)
    filtered = warm.filtered(vectors, built["ours"], ROUNDS, 3, tuple(FILTERS))
    written = ingest.measure(where, folder, ROUNDS, vec0="vec0" in built)
    found = [
        *rows.exact(searched, vectors.count, (0.65, 0.65)),
        *rows.approximate(searched, vectors.count, real=True),
        *rows.batch(searched, vectors.count),
        rows.cold_command(started, vectors.count),
        *rows.filtered(filtered, vectors.count),
        *rows.ingest(written),
        rows.size(built["ours"], vectors, 1.65),
        rows.size(wide, where.wide, 1.45),
    ]
    return found, _table(built, vectors, searched, started)


def _million(where: World, folder: Path) -> tuple[list[Row], list[str]]:
    vectors = where.million
    built = _built(vectors, [name for name in peers.available() if name in LARGE])
    searched = warm.search(vectors, list(built.values()), ROUNDS, 3, batches=False)
    started = cold.search(vectors, list(built.values()), ROUNDS)
    filtered = warm.filtered(vectors, built["ours"], ROUNDS, 3, KEPT_BY)
    folder.mkdir(parents=True)
    found = [
        *rows.exact(searched, vectors.count, (0.85, 0.6)),
        *rows.approximate(searched, vectors.count, real=False),
        *rows.cold_million(started, vectors),
        *rows.filtered(filtered, vectors.count),
        rows.added(warm.added(vectors, built["ours"], folder, ROUNDS), vectors.count),
    ]
    return found, _table(built, vectors, searched, started)


def _built(vectors: Vectors, names: Iterable[str], texts: Path | None = None) -> dict[str, Built]:
    return {name: builds.build(name, vectors, texts) for name in ["ours", *names]}


def _table(built: dict[str, Built], vectors: Vectors, searched: Warm, started: Cold) -> list[str]:
    found = table.lines(built, vectors.raw, searched, started)
    count = rows.spelled(vectors.count)
    kind = "real text" if vectors.folder.name == "real" else "synthetic"
    return [
        "",
        f"### {count} × {vectors.matrix.shape[1]}, {kind}",
        "",
        *table.markdown(found),
        "",
        table.in_words(found, count),
    ]


def _told(where: World, minutes: float) -> list[str]:
    """Say what was measured, and how."""
    absent = ", ".join(peers.missing())
    left_out = f" Not installed, so left out: {absent}." if absent else ""
    words = "two threads" if threads() == 2 else "one thread"
    return [
        "",
        "## Vectors",
        "",
        f"{where.sentence[0].upper()}{where.sentence[1:]}; {where.real.count:,} of them embedded by a model trained"
        f" on the spot (PPMI and truncated SVD), {QUERIES} more are the queries. The synthetic set is a mixture of"
        f" Gaussian clusters. Peers: {peers.versions()}.{left_out}",
        "",
        f"Medians of {ROUNDS} rounds, every system in its own process and asked in turn, on {words} where it has"
        " threads, with OpenBLAS choosing its own kernel. Cold is a whole process, its files in the system's memory"
        " already, until its answer is printed; memory is the most it had. Warm memory is what the process holds"
        " after its searches. Ingest is one durable run into an empty file (ours: on texts that are there). The"
        " file of ours is the pages of embeddings, their indexes and codes, by SQLite's dbstat, without items and"
        " texts."
        f" This part took {minutes:.1f} minutes.",
    ]
