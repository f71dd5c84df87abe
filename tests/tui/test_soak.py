"""Random keys on every screen: no exception, a store that passes its check, memory that stays flat.

A normal run does a bounded share; ``LOCALSTORE_LONG=1`` presses 10,000 keys, and hypothesis makes a sequence that
fails shorter, so that what is printed is what to press.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import shutil
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from localstore.store import Store
from tests.tui.pictures import make_store
from tests.tui.pilot import SMALL, WIDE, Driver, driving
from tui import keymap

LONG = bool(os.environ.get("LOCALSTORE_LONG"))
EXAMPLES, STEPS = (100, 100) if LONG else (5, 50)
PHASES = (Phase.generate, Phase.shrink) if LONG else (Phase.generate,)
FLAT = 4_000 if LONG else 60
TYPED = (*"ab z#:~/\\[]\"'{}0", "é", "漢", "\u202e")
NAMED = ("enter", "escape", "tab", "shift+tab", "backspace", "delete", "space", "pagedown", "end", "home", "ctrl+e")
SIZES = {"resize small": (20, 5), "resize narrow": SMALL, "resize wide": WIDE}
LEFT_OUT = {"everywhere.quit", "everywhere.suspend"}
"""Keys that end or stop the app: there is nothing to press after them."""
BOUND = sorted({name for key in keymap.KEYS.values() if key.id not in LEFT_OUT for name in key.all_keys})
STEP = st.one_of(st.sampled_from(BOUND), st.sampled_from(TYPED), st.sampled_from(NAMED), st.sampled_from(list(SIZES)))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("soak") / "demo.db"
    make_store(path)
    return path


def copied(demo: Path, folder: Path) -> Path:
    """A store of one's own, with the files it keeps."""
    shutil.copytree(demo.parent, folder, dirs_exist_ok=True)
    return folder / demo.name


async def take(ui: Driver, step: str) -> None:
    """Press a key, or give the terminal another size."""
    if step in SIZES:
        await ui.pilot.resize_terminal(*SIZES[step])
    else:
        ui._send(step)
        await asyncio.sleep(0)


def alone(ui: Driver) -> None:
    """Let nothing leave the app: no editor is started, nothing is handed to a browser or clipboard program."""
    ui.app.edit_text = lambda text, suffix: text + " edited" if len(text) % 2 else None


async def press_all(path: Path, steps: list[str], folder: Path) -> None:
    os.chdir(folder)
    async with driving(path) as ui:
        alone(ui)
        for number, step in enumerate(steps):
            await take(ui, step)
            if number % 5 == 0 or step in SIZES:
                await ui.settle()
        await ui.settle()


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=not LONG, phases=PHASES, suppress_health_check=list(HealthCheck)
)
@given(st.lists(STEP, min_size=STEPS, max_size=STEPS))
def test_no_keys_in_any_order_break_the_app_or_the_store(demo: Path, steps: list[str]) -> None:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        path = copied(demo, Path(folder))
        try:
            asyncio.run(press_all(path, steps, Path(folder)))
        finally:
            os.chdir(before)
        with Store.open(path) as store:
            assert store.check() == []


async def test_memory_stays_flat_whatever_is_pressed(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied(demo, tmp_path)
    monkeypatch.chdir(tmp_path)
    keys = random.Random(5)
    calm = [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "enter",
        "escape",
        "escape",
        "down",
        "up",
        "end",
        "home",
        "tab",
    ]

    async with driving(path) as ui:
        alone(ui)

        async def go_on(count: int) -> int:
            for _ in range(count):
                await take(ui, keys.choice(calm))
                await ui.settle()
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        await go_on(FLAT)
        tracemalloc.start()
        try:
            first = await go_on(FLAT // 2)
            second = await go_on(FLAT // 2)
        finally:
            tracemalloc.stop()
    assert second - first < (3_000_000 if LONG else 10_000_000)  # a short run still visits screens for the first time
