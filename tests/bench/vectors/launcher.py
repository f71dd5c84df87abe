"""A small process that starts cold programs: ``python -m tests.bench.vectors.launcher``.

A child's peak memory counts what its parent had in memory when it forked, so the parent must be small; and a
program that is started by a large process starts later.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

KEPT = 1 << 18


def launch(arguments: list[str], environment: dict[str, str], given: str | None = None) -> dict[str, Any]:
    """Run a program to its end, its input the file *given*; return its time, its peak memory, and what it printed."""
    start = time.perf_counter()
    with (
        Path(given or os.devnull).open("rb") as source,
        subprocess.Popen(
            arguments, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
        ) as child,
    ):
        assert child.stdout is not None
        printed = _end(child.stdout)
        _, status, used = os.wait4(child.pid, 0)
        took = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    per_megabyte = 1024 if sys.platform != "darwin" else 1024 * 1024
    return {
        "seconds": took,
        "processor": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / per_megabyte,
        "printed": printed.decode("utf-8", "replace"),
        "code": child.returncode,
    }


def _end(stream: IO[bytes]) -> bytes:
    """Return the end of what comes: all of it would make this process, and its children's peak, larger."""
    kept = b""
    while some := stream.read(KEPT):
        kept = (kept + some)[-KEPT:]
    return kept


def main() -> None:
    """Answer until the requests end."""
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(launch(**request)), flush=True)


if __name__ == "__main__":
    main()
