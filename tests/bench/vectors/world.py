"""The vectors everything is measured on: made once in a folder, by a process that ends before anything is timed.

``real``: passages of real text at 384 dimensions; ``wide``: the same at 768, for the size of a file; ``million``: a
synthetic mixture of Gaussian clusters, ten times as many. Each with queries that are not among its rows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.bench.measure import environment
from tests.bench.vectors import corpus, model

DIM, WIDE = 384, 768
QUERIES = 300
K = 10
SEED = 20_260_101
MILLION = 1_000_000
VERSION = "1"
"""Moves when what this module makes changes: a kept folder of another version is made anew."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Vectors:
    """One set: a folder with ``matrix.npy``, ``queries.npy``, and ``worst.npy``, the score of each query's tenth."""

    folder: Path

    @property
    def matrix(self) -> Floats:
        """The unit rows, mapped."""
        found: Floats = np.load(self.folder / "matrix.npy", mmap_mode="r")
        return found

    @property
    def queries(self) -> Floats:
        """The unit queries."""
        found: Floats = np.load(self.folder / "queries.npy")
        return found

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.matrix)

    @property
    def raw(self) -> int:
        """Bytes of the rows as float32."""
        return self.matrix.nbytes

    def recall(self, query: int, found: list[int]) -> float:
        """Return the share of *found* that scores no less than the true tenth: ties count, whichever was taken."""
        rows = self.matrix[np.array(found, dtype=np.int64)].astype(np.float64)
        scores = rows @ self.queries[query].astype(np.float64)
        worst = np.load(self.folder / "worst.npy")[query]
        return float((scores >= worst - 1e-9).sum()) / K


@dataclass(frozen=True)
class World:
    """The folder, and where its text came from."""

    folder: Path
    sentence: str
    version: str = VERSION

    @property
    def texts(self) -> Path:
        """The passages, a line each."""
        return self.folder / "passages.jsonl"

    @property
    def real(self) -> Vectors:
        """Real text."""
        return Vectors(self.folder / "real")

    @property
    def wide(self) -> Vectors:
        """Real text at 768 dimensions."""
        return Vectors(self.folder / "wide")

    @property
    def million(self) -> Vectors:
        """The synthetic ones."""
        return Vectors(self.folder / "million")


def build(folder: Path) -> World:
    """Make the world in *folder* (``$LOCALSTORE_BENCH_FOLDER`` when set), in a process of its own."""
    count = int(os.environ.get("LOCALSTORE_BENCH_VECTORS", "100000"))
    where = Path(os.environ.get("LOCALSTORE_BENCH_FOLDER", folder)) / f"vectors-{count}"
    about = where / "about.json"
    kept = json.loads(about.read_text("utf-8")) if about.exists() else {}
    if kept.get("version") != VERSION:  # the note that all is whole comes last
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        command = [sys.executable, "-m", "tests.bench.vectors.world", str(where), str(count)]
        with subprocess.Popen([*command, "cloud"], env=environment()) as cloud:
            subprocess.run([*command, "text"], check=True, env=environment())
            if cloud.wait():
                raise RuntimeError("making the synthetic vectors failed: see above")
        (where / "text.json").rename(about)
        kept = json.loads(about.read_text("utf-8"))
    return World(where, kept["sentence"])


def make_text(folder: Path, count: int) -> None:
    """Make the vectors of real text, and note where it came from."""
    found = corpus.read(count + QUERIES)
    kept, held = found.passages[QUERIES:], found.passages[:QUERIES]
    world = World(folder, found.sentence())
    world.texts.write_text("".join(json.dumps(text) + "\n" for text in kept), encoding="utf-8")
    trained = model.train(kept, WIDE, SEED)
    save(world.wide, trained.embed(kept), trained.embed(held))
    save(world.real, trained.embed(kept, DIM), trained.embed(held, DIM))
    about = {key: str(value) for key, value in asdict(world).items()}
    (folder / "text.json").write_text(json.dumps(about), encoding="utf-8")


def make_cloud(folder: Path, count: int) -> None:
    """Make the synthetic vectors."""
    size = min(MILLION, 10 * count)
    rows = mixture(size + QUERIES, DIM, SEED)
    save(Vectors(folder / "million"), rows[:size], perturbed(rows[:: size // QUERIES][:QUERIES]))


def save(vectors: Vectors, matrix: Floats, queries: Floats) -> None:
    """Write one set, with the first query alone for cold programs, and the score of each query's tenth."""
    vectors.folder.mkdir()
    np.save(vectors.folder / "matrix.npy", matrix)
    np.save(vectors.folder / "queries.npy", queries)
    np.save(vectors.folder / "query.npy", queries[0])
    queries[0].tofile(vectors.folder / "query.f32")
    np.save(vectors.folder / "worst.npy", tenth(matrix, queries))


def tenth(matrix: Floats, queries: Floats, step: int = 50_000, spare: int = 40) -> NDArray[np.float64]:
    """Return the float64 score of each query's tenth nearest: float32 finds forty, float64 orders them."""
    best = np.empty((len(queries), 0), dtype=np.float32)
    rows = np.empty((len(queries), 0), dtype=np.int64)
    for start in range(0, len(matrix), step):
        scores = queries @ matrix[start : start + step].T
        best = np.hstack([best, scores])
        rows = np.hstack([rows, np.broadcast_to(np.arange(start, start + scores.shape[1]), scores.shape)])
        top = np.argpartition(best, -min(spare, best.shape[1]), axis=1)[:, -spare:]
        best, rows = np.take_along_axis(best, top, axis=1), np.take_along_axis(rows, top, axis=1)
    true = np.einsum("qkd,qd->qk", matrix[rows].astype(np.float64), queries.astype(np.float64))
    found: NDArray[np.float64] = np.sort(true, axis=1)[:, -K]
    return found


def mixture(count: int, dim: int, seed: int, step: int = 50_000) -> Floats:
    """Return unit rows of about a thousand clusters of unequal size and width."""
    pick = np.random.default_rng(seed)
    clusters = min(1_000, max(count // 100, 1))
    centres = pick.standard_normal((clusters, dim), dtype=np.float32)
    widths = pick.uniform(0.4, 1.0, clusters).astype(np.float32)
    shares = pick.exponential(size=clusters)
    rows = np.empty((count, dim), dtype=np.float32)
    for start in range(0, count, step):
        part = rows[start : start + step]
        chosen = pick.choice(clusters, len(part), p=shares / shares.sum())
        part[:] = pick.standard_normal(part.shape, dtype=np.float32)
        part *= widths[chosen, None]
        part += centres[chosen]
        model.unit(part)
    return rows


def perturbed(rows: Floats) -> Floats:
    """Return rows moved a little, so that none is in the set."""
    noise = np.random.default_rng(SEED + 1).standard_normal(rows.shape, dtype=np.float32)
    return model.unit(rows + noise * np.float32(0.4 / np.sqrt(rows.shape[1])))


def passages(path: Path) -> Iterator[str]:
    """Yield the real passages, in the order of the rows."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    {"text": make_text, "cloud": make_cloud}[sys.argv[3]](Path(sys.argv[1]), int(sys.argv[2]))
