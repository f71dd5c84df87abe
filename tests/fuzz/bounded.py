"""A process that imports what it is told within bounded memory, and says what became of it: one JSON line each."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOM = 900 << 20
"""Bytes of address space beyond what the libraries took: an attempt to take more is a MemoryError."""
GROWTH = 450
"""Megabytes that an import may grow by at its peak, whatever it reads (two records of 32 MB, read and checked)."""


@dataclass(frozen=True)
class Became:
    """What became of one import: the sentence of its refusal, its counts, and what it took (CPU seconds, MB)."""

    refusal: str
    kind: str
    counts: dict[str, int]
    bad: list[list[str]]
    cpu: float
    grown: int
    findings: list[str]


class Bounded:
    """The process, spoken to by lines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.bounded", str(folder / "store.db")],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def take(self, source: Path, **options: Any) -> Became:
        """Have it import one source; a process that ended is a failure."""
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(json.dumps([str(source), options]) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        assert line, f"the process ended with {self._child.wait()}"
        return Became(**json.loads(line))

    @property
    def alive(self) -> bool:
        """Whether it can be told more."""
        return self._child.poll() is None

    def close(self) -> None:
        """End it."""
        self._child.communicate()


@contextmanager
def bounded(folder: Path) -> Iterator[Bounded]:
    """Lend such a process."""
    process = Bounded(folder)
    try:
        yield process
    finally:
        process.close()


def _peak() -> int:
    """Return the peak of resident memory in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _resident() -> int:
    with Path("/proc/self/statm").open(encoding="ascii") as lines:
        return int(lines.read().split()[1]) * resource.getpagesize() >> 20


def _limit() -> None:
    """Take what is there as the floor, and no more than ROOM above it (Linux alone tells and obeys)."""
    if sys.platform == "linux":
        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, taken + ROOM))


def _reset_peak() -> None:
    """Let the peak be what is resident now, so that each import is measured by itself."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_since() -> int:
    if sys.platform != "linux":
        return _peak()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) >> 10


def main() -> None:
    """Import line by line until there are no more."""
    import numpy  # noqa: F401 - what the libraries take counts as the floor
    import pyarrow.parquet  # type: ignore[import-untyped]  # noqa: F401

    from localstore import Store
    from localstore.importing import ImportOptions, ImportReport, import_files

    with Store.open(sys.argv[1], email="ada@example.org") as store:
        _limit()
        for line in sys.stdin:
            source, options = json.loads(line)
            _reset_peak()
            before, started = _resident() if sys.platform == "linux" else _peak(), time.process_time()
            report, refusal, kind = ImportReport(), "", ""
            try:
                report = import_files(store, [source], ImportOptions(**options))
            except BaseException as error:
                refusal, kind = str(error)[:3000], ",".join(each.__name__ for each in type(error).__mro__)
            grown, cpu = _peak_since() - before, time.process_time() - started
            bad = [[each.place, each.reason] for each in report.bad[:20]]
            findings = [each.message for each in store.check() if each.kind != "file"]
            told = {"refusal": refusal, "kind": kind, "counts": report.counts(), "bad": bad, "cpu": cpu, "grown": grown}
            print(json.dumps(told | {"findings": findings}), flush=True)


if __name__ == "__main__":
    main()
