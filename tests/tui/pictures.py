"""Write the pictures of the README from the demo store: ``python -m tests.tui.pictures [FOLDER]``.

The same program and demo give the same bytes: no clock, no random id and no time zone is in them.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from localstore import demo
from localstore.store import Store
from tests.tui.pilot import SMALL, WIDE, driving

FOLDER = Path(__file__).parents[2] / "docs" / "images"
SHOWN = "Attention Is All You Need"
SAVED = {"open questions": "#todo no:embedding", "papers to read": "type:paper #reading"}
PICTURES: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "items.svg": (WIDE, ()),
    "items-80x24.svg": (SMALL, ()),
    "similar.svg": (WIDE, ("v",)),
    "vectors.svg": (WIDE, ("2", "p")),
    "vector.svg": (SMALL, ("enter", "enter", "enter")),
}
TOOK = 1.0
"""Milliseconds of each lookup on the pictures: the time of one is never that of the next."""


def make_store(path: Path) -> None:
    """Fill a store with the demo; what was changed today counts as changed when it was made."""
    with Store.open(path, email=demo.EMAIL, name=demo.NAME) as store:
        demo.fill(store)
        for name, line in SAVED.items():
            store.saved_searches.save(name, line)
        with store.database.writing() as connection:
            connection.execute("INSERT INTO local_state (key, value) VALUES ('applying', '1')")
            connection.execute("UPDATE items SET updated_at = created_at")
            connection.execute("DELETE FROM local_state WHERE key = 'applying'")


async def picture(path: Path, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """Return the list of items, or where some keys lead from it, as SVG."""
    async with driving(path, size=size) as ui:
        screen, embeddings = ui.items, ui.app.store.embeddings
        nearest = embeddings.nearest
        embeddings.nearest = lambda *a, **more: replace(nearest(*a, **more), elapsed_ms=TOOK)  # type: ignore[method-assign]
        screen.reread(follow=ui.app.store.items.resolve(SHOWN))
        await ui.settle()
        await ui.press(*keys)
        return steady(ui.app.export_screenshot())


def steady(svg: str) -> str:
    """Return a picture without the random name of its styles, and without fonts from elsewhere."""
    alone = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return re.sub(r"terminal-\d+", "terminal", re.sub(r"\s*<!--.*?-->", "", alone))


async def write(folder: Path) -> list[Path]:
    """Write all pictures; return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "demo.db"
        make_store(path)
        for name, (size, keys) in PICTURES.items():
            (folder / name).write_text(await picture(path, size, keys), encoding="utf-8")
    return [folder / name for name in PICTURES]


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    asyncio.run(write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
