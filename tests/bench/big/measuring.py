"""Runs every line in a process of its own: seconds, the most memory, and whether both hold."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from localstore import Store
from tests.bench.big.commands import USES, Use, filled
from tests.bench.big.rows import item_id
from tests.bench.big.store import DIM
from tests.bench.big.words import vectors
from tests.bench.measure import environment
from tests.bench.vectors.systems import Piped

LINES, REMOVED = 10_000, 100_000


@dataclass(frozen=True)
class Took:
    """What a line took."""

    use: Use
    seconds: float
    processor: float
    megabytes: float
    failed: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether it worked, in time and memory."""
        in_time = self.use.seconds is None or self.seconds <= self.use.seconds
        return in_time and self.megabytes <= self.use.megabytes and not self.failed


def measured(path: Path, folder: Path, uses: Sequence[Use] = USES) -> Iterator[Took]:
    """Run the lines on the store at *path*, which they change; what they write goes into *folder*."""
    with Store.open(path) as store:
        count = -(-store.items.count() // 1000) * 1000  # as it was before the deletions that it was made with
    prepare(folder, count)
    kept = ""
    with Piped("launcher", env=environment()) as launcher:
        for use in uses:
            arguments = filled(use, count, str(folder), kept)
            given = str(folder / use.given) if use.given else None
            main = [sys.executable, "-m", "localstore", "--store", str(path), *arguments]
            said = launcher.ask(arguments=main, environment=environment(), given=given)
            printed = said["printed"].strip()
            if use.keep:
                kept = printed.split("\n")[-1].strip()
                (folder / "key.txt").write_text(kept, encoding="utf-8")
            failed = "" if said["code"] in use.codes else f"exit {said['code']}: {printed[-300:]}"
            yield Took(use, said["seconds"], said["processor"], said["megabytes"], failed)
            _clear(folder, use)


def prepare(folder: Path, count: int) -> None:
    """Write what the lines read: a password, a query, ids, items and vectors."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "password.txt").write_text("correct horse battery\n", encoding="utf-8")
    np.save(folder / "query.npy", vectors(1, DIM, 5)[0])
    removed = range(count // 5, count // 5 + min(REMOVED, count // 10))
    (folder / "ids.txt").write_text("\n".join(map(item_id, removed)), encoding="utf-8")
    with (folder / "lines.jsonl").open("w", encoding="utf-8") as lines:
        for number in range(min(LINES, count)):
            given = {"key": f"line-{number}", "title": f"Line {number}", "text": f"The words of line {number}"}
            lines.write(json.dumps(given) + "\n")
    some = range(count // 2, count // 2 + min(LINES, count // 10))
    keys = np.array([item_id(number) for number in some])
    np.savez(folder / "more.npz", ids=keys, vectors=vectors(len(some), DIM, 6))


def _clear(folder: Path, use: Use) -> None:
    """Make room: a backup is as large as the store; it stays until it was used."""
    if use.line.startswith("restore"):
        (folder / "backup.db").unlink(missing_ok=True)
    for name in ("saved.db", "all.jsonl", "vectors.npz", "papers.csv", "store.sql"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "vault", ignore_errors=True)
