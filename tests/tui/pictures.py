"""Write the pictures of the README from the demo store: ``python -m tests.tui.pictures [FOLDER]``.

The same program and demo give the same bytes: no clock, no random id and no time zone is in them.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from textual.widgets import Input, TextArea

from localstore import demo, ids, times, values
from localstore.store import Store
from sync.conflicts import note
from sync.shapes import Conflict, Key, Kind
from tests.tui.pilot import SMALL, WIDE, Driver, driving
from tui import answers

FOLDER = Path(__file__).parents[2] / "docs" / "images"
NAME = "notes.db"
SHOWN = "Attention Is All You Need"
SAVED = {"open questions": "#todo no:embedding", "papers to read": "type:paper #reading"}
PICTURES: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "items.svg": (WIDE, ()),
    "items-80x24.svg": (SMALL, ()),
    "similar.svg": (WIDE, ("v",)),
    "vectors.svg": (WIDE, ("2", "p")),
    "vector.svg": (SMALL, ("enter", "left", "enter")),
    "item.svg": (WIDE, ("enter",)),
    "search.svg": (WIDE, ("3", *"attention", "down")),
    "delete.svg": (SMALL, ("space", "space", "d")),
}
LINKED: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "sync.svg": (WIDE, ("6",)),
    "conflict.svg": (WIDE, ("6", "c", "enter", "m", "k")),
    "conflict-80x24.svg": (SMALL, ("6", "c", "enter", "m", "k")),
}
"""Pictures of a store that has a server, and a conflict with a colleague."""
MINE = "Read with the lab on Monday: section 3 first.\n\nThe figures are in the drawer.\n"
BASE = "Read with the lab.\n\nThe figures are in the drawer.\n"
THEIRS = "Read with the lab on Friday, in room 2.\n\nThe figures are in the drawer.\n"
AT = "2025-01-28T10:12:13.000000Z"
TOOK = 1.0
"""Milliseconds of each lookup on the pictures: the time of one is never that of the next."""


@contextmanager
def one_moment() -> Iterator[None]:
    """Let every row that is made be made at one time, under ids that are the same on every day."""
    numbers, ticks = random.Random(1), count(int(datetime.fromisoformat(AT).timestamp() * 10**9), 10**6)
    clock = SimpleNamespace(time_ns=lambda: next(ticks))
    dice = SimpleNamespace(urandom=numbers.randbytes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(times, "now", lambda: AT)
        patch.setattr(ids, "time", clock)
        patch.setattr(ids, "os", dice)
        patch.setattr(ids, "_last", 0)
        yield


def make_store(path: Path) -> None:
    """Fill a store with the demo; what was changed today counts as changed when it was made."""
    with one_moment(), Store.open(path, email=demo.EMAIL, name=demo.NAME) as store:
        demo.fill(store)
        for name, line in SAVED.items():
            store.saved_searches.save(name, line)
        with store.database.writing() as connection:
            connection.execute("INSERT INTO local_state (key, value) VALUES ('applying', '1')")
            connection.execute("UPDATE items SET updated_at = created_at")
            connection.execute("DELETE FROM local_state WHERE key = 'applying'")


def link_store(path: Path) -> None:
    """Let the demo store have a server, some rounds, and a conflict."""
    with Store.open(path) as store:
        pk = store.items.resolve(SHOWN)
        meta = store.items.get(pk).meta_data
        theirs = {"description": THEIRS, "meta_data": meta | {"priority": "high"}}
        store.items.edit(pk, **theirs)
        shown = (
            {"description": BASE, "meta_data": values.to_json(meta | {"priority": "low"})},
            {"description": MINE, "meta_data": values.to_json(meta | {"priority": "next week"})},
            theirs | {"meta_data": values.to_json(theirs["meta_data"])},
        )
        done = {"pushed": {"items": 3, "contents": 9}, "pulled": {"items": 41, "contents": 120}, "seconds": 0.84}
        state = {
            "server": "postgresql://localstore_device@db.example.org/lab?sslmode=require",
            "device_name": "laptop",
            "email": demo.EMAIL,
            "share": "org",
            "cursor": "100:100:",
            "last_round": json.dumps({"at": AT, "outcome": "done", **done}),
        }
        rounds = [
            ("2025-01-27T09:00:00.000000Z", "linked", {"what": f"db.example.org as {demo.EMAIL}"}),
            ("2025-01-27T09:01:00.000000Z", "done", done | {"state": "first"}),
            ("2025-01-27T18:30:00.000000Z", "failed", {"error": "db.example.org does not answer: try again later."}),
            (AT, "done", {"pulled": {"items": 1}, "conflicts": 1, "seconds": 0.2}),
        ]
        with store.database.writing() as connection:
            note(connection, [Conflict(Key("items", pk), Kind.COLUMNS, *shown, "changed here and on the server")])
            connection.execute("UPDATE sync_conflict SET at = ?", (AT,))
            connection.executemany("INSERT INTO sync_state VALUES (?, ?)", state.items())
            log = [(at, kind, json.dumps(summary)) for at, kind, summary in rounds]
            connection.executemany("INSERT INTO sync_log (at, kind, summary) VALUES (?, ?, ?)", log)
            waiting = "INSERT INTO sync_dirty (tbl, pk, base) SELECT 'items', id, '{}' FROM items LIMIT 3"
            connection.execute(waiting)


async def picture(
    store: Path,
    folder: Path,
    size: tuple[int, int],
    keys: tuple[str, ...],
    *,
    follow: str | None = SHOWN,
    **options: bool,
) -> str:
    """Return the list of items with the cursor on *follow*, or where some keys lead from it, as SVG.

    It is taken of a copy of the *store*'s folder in *folder*, which is the person's home meanwhile.
    """
    shutil.copytree(store, folder, dirs_exist_ok=True)
    os.environ["HOME"] = str(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "time", SimpleNamespace(perf_counter=lambda: 0.0))
        return await _shown(folder / NAME, size, keys, follow, options)


async def _shown(
    path: Path, size: tuple[int, int], keys: tuple[str, ...], follow: str | None, options: dict[str, bool]
) -> str:
    async with driving(path, size=size, **options) as ui:
        if follow:
            embeddings = ui.app.store.embeddings
            nearest = embeddings.nearest
            embeddings.nearest = lambda *a, **more: replace(nearest(*a, **more), elapsed_ms=TOOK)  # type: ignore[method-assign]
            ui.items.reread(follow=ui.app.store.items.resolve(follow))
            await ui.settle()
        await ui.press(*keys)
        still(ui)
        return steady(ui.app.export_screenshot())


def still(ui: Driver) -> None:
    """Show cursors as they are between two blinks."""
    for widget in [*ui.app.screen.query(Input), *ui.app.screen.query(TextArea)]:
        widget.cursor_blink = False


def steady(svg: str) -> str:
    """Return a picture without the random name of its styles, and without fonts from elsewhere."""
    alone = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return re.sub(r"terminal-\d+", "terminal", re.sub(r"\s*<!--.*?-->", "", alone))


async def write(folder: Path) -> None:
    """Write all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        make_stores(Path(place))
        for name, (size, keys) in (PICTURES | LINKED).items():
            shot = await picture(Path(place) / kind_of(name), Path(place) / f"of {name}", size, keys)
            (folder / name).write_text(shot, encoding="utf-8")


def kind_of(name: str) -> str:
    """Return which store a picture of the documents is of."""
    return "demo" if name in PICTURES else "linked"


def make_stores(folder: Path) -> None:
    """Make each kind of store in a folder of its own: ``demo``, ``linked``, ``empty``, and ``none``, which has none."""
    for kind in ("demo", "linked", "empty", "none"):
        (folder / kind).mkdir(parents=True)
    make_store(folder / "demo" / NAME)
    shutil.copytree(folder / "demo", folder / "linked", dirs_exist_ok=True)
    link_store(folder / "linked" / NAME)
    Store.open(folder / "empty" / NAME, email=demo.EMAIL, name=demo.NAME).close()


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    asyncio.run(write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
