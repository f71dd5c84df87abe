"""A person's edits and lists while another process imports into the same file."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from localstore import Store
from tests.bench.imports import write_lines
from tests.bench.measure import Row, environment, milliseconds, seconds

IMPORT = "import sys; from localstore import Store; from localstore.importing import ImportOptions, import_files\n"
IMPORT += "with Store.open(sys.argv[2]) as store: import_files(store, [sys.argv[1]], ImportOptions())"
PAUSE = 0.05


def rows(folder: Path) -> list[Row]:
    """Measure beside an import of lines with UUIDs, and of lines without ids."""
    return [*_rows(folder, 60_000, keyed=True), *_rows(folder, 30_000, keyed=False)]


def _rows(folder: Path, lines: int, *, keyed: bool) -> list[Row]:
    """Measure how long an edit and a page of 100 take beside an import, and beside nothing."""
    word = "with UUIDs" if keyed else "without ids"
    source = write_lines(folder / f"beside-{keyed}.jsonl", lines, keyed=keyed)
    with Store.open(folder / f"shared-{keyed}.db") as store:
        item = store.items.add("being edited", text="x")
        alone, _ = _turns(store, item.id, 40)
        child = subprocess.Popen([sys.executable, "-c", IMPORT, str(source), str(store.path)], env=environment())
        while store.items.count() < 2:
            time.sleep(PAUSE)
        edits: list[float] = []
        pages: list[float] = []
        while child.poll() is None:
            more_edits, more_pages = _turns(store, item.id, 5)
            edits += more_edits
            pages += more_pages
        assert child.returncode == 0
    slow, calm = _p95(edits), _p95(alone)
    read = _p95(pages)
    return [
        Row(
            f"an edit beside a process that imports lines {word}, p95 of {len(edits)}",
            milliseconds(slow),
            f"{milliseconds(calm)} alone",
            "≤ 100 ms",
            milliseconds(slow),
            slow <= 0.1,
        ),
        Row(
            f"a page of 100 beside it, p95 of {len(pages)}",
            milliseconds(read),
            "–",
            "never waits",
            milliseconds(read),
            read <= 0.1,
        ),
    ]


def _turns(store: Store, item: str, count: int) -> tuple[list[float], list[float]]:
    edits, pages = [], []
    for number in range(count):
        title = f"edited {time.perf_counter()} {number}"
        edits.append(seconds(lambda title=title: store.items.edit(item, title=title)))  # type: ignore[misc]
        pages.append(seconds(lambda: store.items.rows(limit=100)))
        time.sleep(PAUSE)
    return edits, pages


def _p95(found: list[float]) -> float:
    return sorted(found)[int(0.95 * (len(found) - 1))]
