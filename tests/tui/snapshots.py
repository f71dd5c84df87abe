"""Write the snapshots that a test compares the screens with: ``python -m tests.tui.snapshots [NAME…]``.

Each begins on a store whose ids, times and vectors are the same on every day, and shows where some keys lead. Look at
those that changed before you commit them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.tui.pictures import SHOWN, make_stores, picture
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
    Snapshot("items-no-colour", colourless=True),
    Snapshot("items-ascii", ascii=True),
    Snapshot("items-tiny", size=TINY),
    Snapshot("items-read-only", ("n",), read_only=True),
    Snapshot("items-empty", ("escape",), store="empty"),
    Snapshot("first-run", store="none"),
    Snapshot("find-completed", ("/", *"type:p")),
    Snapshot("find-wrong", ("/", *"type:paper since:banana")),
    Snapshot("item", ("enter",)),
    Snapshot("item-metadata", ("enter", "right")),
    Snapshot("form-new", ("n",)),
    Snapshot("form-edit", ("e",), WIDE),
    Snapshot("delete-no-colour", ("d",), colourless=True),
    Snapshot("tag", ("t",)),
    Snapshot("sorting", ("s",)),
    Snapshot("help", ("?",)),
    Snapshot("jump", ("ctrl+o",)),
    Snapshot("palette", ("ctrl+p",)),
    Snapshot("similar", ("v",)),
    Snapshot("vectors", ("2", "p")),
    Snapshot("search", ("3", *"attention")),
    Snapshot("files", ("4",)),
    Snapshot("tags", ("5",)),
    Snapshot("sync-none", ("6",)),
    Snapshot("sync-conflicts", ("6", "c"), store="linked"),
    Snapshot("admin", ("8",), WIDE),
    Snapshot("record-form", ("8", "enter", "e")),
    Snapshot("trash", ("1", "ctrl+p", *"Screen: Trash", "enter")),
)


async def taken(snapshot: Snapshot, stores: Path, folder: Path) -> str:
    """Return a snapshot, taken of a copy of its store in *folder*."""
    options = {"ascii": snapshot.ascii, "read_only": snapshot.read_only}
    follow = SHOWN if snapshot.store in ("demo", "linked") else None
    return await picture(stores / snapshot.store, folder, snapshot.size, snapshot.keys, follow=follow, **options)


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
