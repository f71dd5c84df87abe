"""Write the snapshots that a test compares the screens with: ``python -m tests.tui.snapshots [NAME…]``.

Each begins on a store whose ids, times and vectors are the same on every day, and shows where some keys lead. Look at
those that changed before you commit them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from localstore import demo
from localstore.store import Store
from tests.tui.pictures import SHOWN, link_store, make_store, picture
from tests.tui.pilot import SMALL, WIDE

FOLDER = Path(__file__).parent / "snapshots"
TINY = (60, 20)


@dataclass(frozen=True)
class Snapshot:
    """A screen: ``store`` is ``demo``, ``linked``, ``empty`` or ``none`` (there is no file yet)."""

    name: str
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = SMALL
    store: str = "demo"
    ascii: bool = False
    colourless: bool = False
    read_only: bool = False


SNAPSHOTS = (
    Snapshot("items-marked", ("space", "space", "f"), WIDE),
    Snapshot("items-no-colour", (), SMALL, colourless=True),
    Snapshot("items-ascii", (), SMALL, ascii=True),
    Snapshot("items-tiny", (), TINY),
    Snapshot("items-read-only", ("n",), SMALL, read_only=True),
    Snapshot("items-empty", (), SMALL, "empty"),
    Snapshot("first-run", (), SMALL, "none"),
    Snapshot("find-wrong", ("/", *"type:paper wher"), SMALL),
    Snapshot("item", ("enter",), SMALL),
    Snapshot("form-new", ("n",), SMALL),
    Snapshot("form-edit", ("e",), WIDE),
    Snapshot("delete", ("space", "space", "d"), SMALL),
    Snapshot("tag", ("t",), SMALL),
    Snapshot("help", ("?",), SMALL),
    Snapshot("palette", ("ctrl+p",), SMALL),
    Snapshot("similar", ("v",), SMALL),
    Snapshot("vectors", ("2", "p"), SMALL),
    Snapshot("sync-none", ("6",), SMALL),
    Snapshot("sync-conflicts", ("6", "c"), SMALL, "linked"),
)


def make_stores(folder: Path) -> None:
    """Make each kind of store in a folder of its own."""
    for kind in ("demo", "linked", "empty", "none"):
        (folder / kind).mkdir(parents=True)
    make_store(folder / "demo" / "notes.db")
    shutil.copytree(folder / "demo", folder / "linked", dirs_exist_ok=True)
    link_store(folder / "linked" / "notes.db")
    Store.open(folder / "empty" / "notes.db", email=demo.EMAIL, name=demo.NAME).close()


async def taken(snapshot: Snapshot, stores: Path, folder: Path) -> str:
    """Return a snapshot, taken in a copy of its store in *folder*."""
    shutil.copytree(stores / snapshot.store, folder, dirs_exist_ok=True)
    options = {"ascii": snapshot.ascii, "read_only": snapshot.read_only}
    follow = SHOWN if snapshot.store in ("demo", "linked") else None
    return await picture(folder / "notes.db", snapshot.size, snapshot.keys, follow=follow, **options)


def file_of(snapshot: Snapshot) -> Path:
    """Return where a snapshot is kept."""
    return FOLDER / f"{snapshot.name}.svg"


def write(names: list[str]) -> None:
    """Write the snapshots of some names, or all; those that nothing writes any more go."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        make_stores(Path(place) / "stores")
        for snapshot in SNAPSHOTS:
            if not names or snapshot.name in names:
                os.environ.pop("NO_COLOR", None)
                if snapshot.colourless:
                    os.environ["NO_COLOR"] = "1"
                shot = asyncio.run(taken(snapshot, Path(place) / "stores", Path(place) / snapshot.name))
                file_of(snapshot).write_text(shot, encoding="utf-8")
    known = {file_of(snapshot) for snapshot in SNAPSHOTS}
    for file in set(FOLDER.glob("*.svg")) - known:
        file.unlink()


if __name__ == "__main__":
    os.environ |= {"TZ": "UTC", "XDG_CONFIG_HOME": os.devnull}
    time.tzset()
    write(sys.argv[1:])
