"""The peers, one file each. A peer builds its file from a matrix of unit rows, opens it, and finds rows by number.

Each is used as its own documentation says, on unit vectors, for the ten largest dot products (the order of cosine
and of Euclidean distance too). ``COLD`` is a whole program: arguments folder and a file of one float32 query; it
prints the row numbers.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


class Peer(Protocol):
    """What a worker asks of a system."""

    def build(self, matrix: Floats, folder: Path) -> None:
        """Write the matrix to files in *folder*; it is on the disk when this returns."""

    def open(self, folder: Path) -> None:
        """Make ready to search."""

    def one(self, query: Floats, k: int) -> Any:
        """Return the nearest rows to one query."""

    def batch(self, queries: Floats, k: int) -> Any:
        """Return the nearest rows to each query."""


class Entry(NamedTuple):
    """A peer's module, what must be importable, its class, and the most vectors it is asked to hold."""

    module: str
    needs: str
    package: str
    title: str
    exact: bool = True
    most: int = 10_000_000


ENTRIES = {
    "numpy": Entry("numpy_matrix", "numpy", "numpy", "numpy float32, .npy (mmap when cold)"),
    "vec0": Entry("sqlite_vec_table", "sqlite_vec", "sqlite-vec", "sqlite-vec vec0, through APSW"),
    "faiss": Entry("faiss_flat", "faiss", "faiss-cpu", "faiss IndexFlatIP"),
    "usearch": Entry("usearch_exact", "usearch", "usearch", "usearch exact"),
    "hnsw": Entry("usearch_hnsw", "usearch", "usearch", "usearch HNSW", exact=False, most=100_000),
    "duckdb": Entry("duckdb_table", "duckdb", "duckdb", "DuckDB, array_inner_product", most=100_000),
}


def available() -> dict[str, Entry]:
    """Return the peers that are installed."""
    return {name: entry for name, entry in ENTRIES.items() if importlib.util.find_spec(entry.needs)}


def missing() -> list[str]:
    """Return the packages that are not."""
    return sorted({entry.package for entry in ENTRIES.values() if not importlib.util.find_spec(entry.needs)})


def load(name: str) -> Any:
    """Return a peer's module."""
    return importlib.import_module(f"{__name__}.{ENTRIES[name].module}")


def versions() -> str:
    """Return the versions of the peers that are installed."""
    packages = dict.fromkeys(entry.package for entry in available().values())
    return ", ".join(f"{package} {metadata.version(package)}" for package in packages)


def threads() -> int:
    """Return how many threads a peer may use, where it asks."""
    return int(os.environ.get("OMP_NUM_THREADS", "1"))


def synced(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
