"""Two processes at one store: both write, one is killed, the other goes on."""

from __future__ import annotations

import sys
from pathlib import Path

from localstore import Store
from localstore.importing import ImportOptions, import_files
from tests.localstore.programs import say, wait


def write_on(path: str, name: str, most: str) -> None:
    """Add items and say the title of each once it is in; end at *most*."""
    with Store.open(path, timeout=60) as store:
        say("ready")
        for number in range(int(most)):
            store.items.add(f"{name} {number}", text="words " * 300, tags=[name])
            say(f"{name} {number}")


def hold_on(path: str) -> None:
    """Hold the write lock, half a deed done, until killed."""
    with Store.open(path) as store, store.database.writing():
        store.items.add("never")
        say("holding")
        wait()


def take_in(path: str) -> None:
    """Import, and say after each batch that is written how many items are in; hold the lock as imports do."""
    source = Path(path).with_name("records.jsonl")
    with Store.open(path) as store:
        import_files(store, [source], ImportOptions(source="records"), lambda report: say(report.added))
        say("done")
        wait()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
