"""The other ends of the pipes: processes that hold a system, and the one that starts cold programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from tests.bench.measure import environment
from tests.bench.vectors.world import Vectors


def threads() -> int:
    """Return how many threads a system gets where it has threads: two, or one on one core."""
    return min(2, os.cpu_count() or 1)


def settings(count: int) -> dict[str, str]:
    """Return the environment in which everything computes on *count* threads."""
    named = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LOCALSTORE_VECTOR_THREADS")
    return environment() | dict.fromkeys(named, str(count))


class Piped:
    """A child that answers a line of JSON with a line of JSON; only what it started is ended."""

    def __init__(self, module: str, *arguments: str, env: dict[str, str]) -> None:
        command = [sys.executable, "-m", f"tests.bench.vectors.{module}", *arguments]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and return the answer; RuntimeError with what went wrong there."""
        assert self.child.stdin is not None and self.child.stdout is not None
        self.child.stdin.write(json.dumps(request) + "\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        said: dict[str, Any] = json.loads(line) if line else {"error": f"it ended: {self.child.wait()}"}
        if "error" in said:
            raise RuntimeError(f"{' '.join(map(str, self.child.args))}: {request}\n{said['error']}")  # type: ignore[arg-type]
        return said

    def close(self) -> None:
        """Let it end."""
        with suppress(BrokenPipeError):
            self.child.communicate(timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class System(Piped):
    """One system over one set, in a process of its own."""

    def __init__(self, name: str, vectors: Vectors, home: Path, count: int | None = None, **env: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.vectors = vectors
        self.home = home
        self.turn = 0
        arguments = (name, str(vectors.folder), str(home))
        super().__init__("worker", *arguments, env=settings(count or threads()) | env)

    def one(self, numbers: Sequence[int], **options: Any) -> list[float]:
        """Return the seconds of each query, after one that is not counted."""
        asked = [numbers[0], *numbers]
        said = self.ask(act="one", queries=asked, options=options)
        seconds: list[float] = said["seconds"]
        return seconds[1:]

    def batch(self, numbers: Sequence[int], **options: Any) -> float:
        """Return the seconds a query of one batch takes."""
        said = self.ask(act="batch", queries=list(numbers), options=options)
        return float(said["seconds"]) / len(numbers)

    def recall(self, numbers: Sequence[int], **options: Any) -> float:
        """Return the mean recall@10."""
        said = self.ask(act="one", queries=list(numbers), options=options)
        found = [self.vectors.recall(number, rows) for number, rows in zip(numbers, said["found"], strict=True)]
        return sum(found) / len(found)

    def call(self, act: str, **options: Any) -> Any:
        """Call a method of the system; return its seconds and its result."""
        said = self.ask(act=act, options=options)
        return said["seconds"], said["result"]

    def megabytes(self) -> float:
        """Return what the process has in memory."""
        return float(self.ask(act="memory")["megabytes"])
