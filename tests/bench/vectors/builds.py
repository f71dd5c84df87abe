"""Each system's files for a set, made once: kept in a kept folder while what makes them is the same."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import localstore
from tests.bench.vectors import peers
from tests.bench.vectors.systems import System
from tests.bench.vectors.world import VERSION, Vectors

_MAKES = ("migrations/*.sql", "vectors/blocks.py", "vectors/building.py", "vectors/codes.py", "vectors/put*.py")


@dataclass(frozen=True)
class Built:
    """A system's folder; rows written a second, durable; bytes of its files (ours: embeddings and codes alone)."""

    name: str
    home: Path
    rate: float
    bytes: int
    codes: float = 0.0
    """Seconds that ours took to make the codes."""


def build(name: str, vectors: Vectors, texts: Path | None = None) -> Built:
    """Return a system's files for *vectors*, making them unless they are there and still good."""
    home = vectors.folder / "systems" / name
    note = home / "built.json"
    print_of = fingerprint(name)
    kept = json.loads(note.read_text("utf-8")) if note.exists() else {}
    if kept.get("fingerprint") != print_of:
        shutil.rmtree(home, ignore_errors=True)
        kept = {"fingerprint": print_of, "codes": 0.0, **_made(name, vectors, home, texts)}
        note.write_text(json.dumps(kept), encoding="utf-8")
    return Built(name, home, kept["rate"], kept["bytes"], kept["codes"])


def _made(name: str, vectors: Vectors, home: Path, texts: Path | None) -> dict[str, Any]:
    with System(name, vectors, home) as system:
        if name != "ours":
            took = system.ask(act="build")["seconds"]
            return {"rate": vectors.count / took, "bytes": sum(file.stat().st_size for file in home.iterdir())}
        system.call(
            "prepare", folder=str(home), count=vectors.count, dim=vectors.matrix.shape[1], texts=str(texts or "")
        )
        took = system.ask(act="build")["seconds"]
        codes, _ = system.call("codes")
        _, size = system.call("pages")
        system.call("close")
        return {"rate": vectors.count / took, "bytes": size, "codes": codes}


def fingerprint(name: str) -> str:
    """Return what the files depend on: the set, and the version of a peer or the sources that write ours."""
    if name != "ours":
        return f"{VERSION} {metadata.version(peers.ENTRIES[name].package)}"
    digest = hashlib.sha256(VERSION.encode())
    root = Path(localstore.__file__).parent
    for path in sorted(path for pattern in _MAKES for path in root.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()
