"""The world that every fault begins in: a small store with something of everything, and files to import."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import numpy as np

from localstore import Store
from localstore.embedding.registration import register_builtin
from tests.faults.numbered import numbered

OLD = Path(__file__).parents[1] / "fixtures" / "store-0001.db.gz"
EMAIL = "ada@example.org"
MODEL = "test/small"
DIM = 8
RECORDS = 1_500


def make(folder: Path, count: int = RECORDS) -> Path:
    """Make the world in a new folder, with a file of *count* records to import; return it."""
    folder.mkdir()
    (folder / "old.db").write_bytes(gzip.decompress(OLD.read_bytes()))
    (folder / "paper.txt").write_text("Attention is all you need\n" * 20_000)
    records = [{"title": f"record {n}", "contents": [f"text {n} " * 20], "tags": ["read"]} for n in range(count)]
    (folder / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    with numbered(0), Store.open(folder / "store.db", email=EMAIL, name="Ada") as store:
        fill(store)
    return folder


def fill(store: Store) -> None:
    """Write something of everything."""
    store.organizations.add("Vision Lab", slug="lab")
    for number in range(40):
        store.items.add(f"item {number}", text=f"text {number}", tags=["a", "abc"[number % 3]])
    for number in range(6):
        store.items.add(f"lab {number}", text="of the lab", organization="lab")
    store.embeddings.put(MODEL, [f"k{n}" for n in range(100)], matrix(100), source="first")
    store.embeddings.rebuild()
    register_builtin(store)
    store.settings.set("events.enabled", True)
    store.items.delete(store.items.add("gone", text="in the trash", tags=["b"]).id)


def matrix(count: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return the same vectors each time."""
    return np.random.default_rng(7).standard_normal((count, DIM), dtype=np.float32)


def copy(world: Path, target: Path) -> Path:
    """Copy a world."""
    return Path(shutil.copytree(world, target))
