"""Imports and writers in processes of their own; run as ``python -m tests.localstore.bulk_programs NAME ARGUMENTS``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from localstore import Store
from localstore.importing import ImportOptions, ImportReport, import_files
from tests.localstore.programs import say, wait


def take_in(path: str, source: str) -> None:
    """Import, and say after each batch how many items are in for good."""

    def told(report: ImportReport) -> None:
        say(report.added)

    with Store.open(path) as store:
        say("ready")
        import_files(store, [source], ImportOptions(source="lines"), told)
        say("done")


def wait_beside(path: str, writes: str) -> None:
    """Write small notes, with a pause between two, and say how long each took in milliseconds."""
    with Store.open(path) as store:
        say("ready")
        wait()
        for number in range(int(writes)):
            start = time.perf_counter()
            with store.database.writing() as connection:
                connection.execute("INSERT INTO preferences VALUES (?, '1')", (f"n{number}",))
            say(1000 * (time.perf_counter() - start))
            time.sleep(0.01)
        say("done")


def write_on(path: str) -> None:
    """Add items until killed."""
    with Store.open(path) as store:
        say("ready")
        while True:
            store.items.add("beside", text="words " * 50)


def lines(path: Path, count: int) -> Path:
    """Write JSON lines of *count* items without ids, one text of some 200 bytes each."""
    body = "all that can be said about it, said again and again so that it has a length; " * 3
    text = [f'{{"title": "item {n}", "contents": ["{n} {body[:190]}"]}}\n' for n in range(count)]
    path.write_text("".join(text), encoding="utf-8")
    return path


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
