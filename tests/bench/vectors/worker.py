"""A process that holds one system and does what it is told: ``python -m tests.bench.vectors.worker NAME SET HOME``.

A request is a line of JSON, the answer another. What is timed is timed here, so that pipes and JSON are not.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.measure import peak_megabytes
from tests.bench.vectors import peers
from tests.bench.vectors.world import K, Vectors


class Worker:
    """One system over one set of vectors."""

    def __init__(self, name: str, vectors: Vectors, home: Path) -> None:
        self.vectors = vectors
        self.home = home
        self.system = _system(name)
        self.queries = vectors.queries

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one thing."""
        act, options = request["act"], request.get("options", {})
        if act == "one":
            return self._each(request["queries"], options)
        if act == "batch":
            return self._batch(request["queries"], options)
        if act in ("build", "put_new"):
            matrix = np.array(self.vectors.matrix[: request.get("count")])
            return _timed(getattr(self.system, act), matrix, self.home, **options)
        if act == "open":
            return _timed(self.system.open, self.home)
        if act == "memory":
            return {"megabytes": resident_megabytes()}
        return _timed(getattr(self.system, act), **options)

    def _each(self, numbers: list[int], options: dict[str, Any]) -> dict[str, Any]:
        took, found = [], []
        for number in numbers:
            query = self.queries[number]
            start = time.perf_counter()
            answer = self.system.one(query, K, **options)
            took.append(time.perf_counter() - start)
            found.append(_rows(self.system, "rows_of", answer))
        return {"seconds": took, "found": found}

    def _batch(self, numbers: list[int], options: dict[str, Any]) -> dict[str, Any]:
        queries = self.queries[numbers]
        start = time.perf_counter()
        answer = self.system.batch(queries, K, **options)
        took = time.perf_counter() - start
        return {"seconds": took, "found": _rows(self.system, "rows_of_batch", answer)}


def resident_megabytes() -> float:
    """Return what this process has in memory now (Linux), else the most it had."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), peak_megabytes())


def _system(name: str) -> Any:
    if name == "ours":
        from tests.bench.vectors import ours

        return ours.Peer()
    return peers.load(name).Peer()


def _rows(system: Any, name: str, answer: Any) -> Any:
    told = getattr(system, name, None)
    return told(answer) if told else np.asarray(answer).tolist()


def _timed(act: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
    start = time.perf_counter()
    result = act(*arguments, **options)
    return {"seconds": time.perf_counter() - start, "result": result}


def main() -> None:
    """Answer until the requests end."""
    name, folder, home = sys.argv[1:]
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # what a library prints is no answer
        worker = Worker(name, Vectors(Path(folder)), Path(home))
        for line in sys.stdin:
            try:
                said = worker.answer(json.loads(line))
            except Exception:
                said = {"error": traceback.format_exc()}
            print(json.dumps(said), file=answers, flush=True)
        if hasattr(worker.system, "close"):
            worker.system.close()


if __name__ == "__main__":
    main()
