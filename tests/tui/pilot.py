"""Driving the app in tests: start it on a store, wait until threads and timers have nothing left to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual.command import CommandPalette
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from tests.tui.thrift import draw, thrifty, undrawn
from tui.app import LocalstoreApp
from tui.screens.items.items import ItemsScreen
from tui.widgets.finding.ask_line import AskLine

FRAMES = 100
PATIENCE = 60.0
"""Seconds until what should go on, or come to rest, counts as stuck: a loaded machine is slow."""
PACE = 0.02
"""The waits for a next key, in tests: as short as the loop can tell."""
WIDE, SMALL = (120, 40), (80, 24)


class Driver:
    """An app under a pilot."""

    def __init__(self, app: LocalstoreApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait until no job runs, no debounce waits, no message is left and the last frame is drawn."""
        for _ in range(FRAMES):
            await self._rest()
            if self.app._exit or not undrawn(self.app.screen):
                return
            with self.app._context():  # of several apps in a test, this one
                draw(self.app.screen)  # which may ask for rows that are seen now
        raise AssertionError("the app never stopped drawing")

    async def _rest(self) -> None:
        quiet, deadline = 0, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            await asyncio.sleep(0.001)
            if self.app._exit:
                return
            quiet = quiet + 1 if self._idle() else 0
            if quiet > 3:
                await self.pilot._wait_for_screen()
                if self._idle():
                    return
        raise AssertionError("the app never came to rest")

    def _idle(self) -> bool:
        screen = self.app.screen
        if not screen.is_mounted:
            return False
        waiting = getattr(screen, "detail_pause", None) or getattr(screen, "pending", None)
        find = any(each.pause for each in screen.query(AskLine))
        laid_out = not (screen._layout_required or screen._dirty_widgets or screen._scroll_required)
        laid_out = laid_out and not (screen._repaint_required or screen._recompose_required or screen._callbacks)
        lanes = (
            self.app.reader,
            self.app.writer,
            self.app.vectors,
            self.app.syncing.lane,
            self.app.jobs.lane,
            self.app.copying,
            self.app.after_start.lane,
        )
        working = self.app.opening or self.app.after_start.wanted or not all(lane.idle for lane in lanes)
        if working or waiting or find or self._looking_up(screen) or not laid_out:
            return False
        return not any(each.message_queue_size for each in (self.app, *screen.walk_children(with_self=True)))

    def _looking_up(self, screen: Screen[Any]) -> bool:
        """Tell whether the palette still asks who has what was typed."""
        palette = isinstance(screen, CommandPalette)
        return palette and any(each.node is screen and not each.is_finished for each in self.app.workers)

    async def press(self, *keys: str) -> None:
        """Press keys one by one, each when the one before has done its work."""
        for key in keys:
            self._send(key)
            await self.settle()

    async def write(self, text: str) -> None:
        """Type a text quickly."""
        for char in text:
            self._send(char)
        await self.settle()

    def _send(self, key: str) -> None:
        """Send a key as a terminal does; the pilot's own way waits for an idle processor after each."""
        name = key if len(key) > 1 or key.isalnum() else _character_to_key(key)
        event = events.Key(name, key if len(key) == 1 else " " if key == "space" else None)
        event.set_sender(self.app)
        assert self.app._driver is not None
        self.app._driver.send_message(event)

    @property
    def items(self) -> ItemsScreen:
        """The list's screen, wherever it is in the stack."""
        return next(screen for screen in self.app.screen_stack if isinstance(screen, ItemsScreen))

    @property
    def titles(self) -> list[str]:
        """The titles of the rows in memory, in order."""
        blocks = self.items.table.blocks
        return [row.title for index in range(blocks.length) if (row := blocks.row(index)) is not None]

    @property
    def toasts(self) -> list[str]:
        """What was said, oldest first."""
        return [each.message for each in self.app._notifications]

    def static(self, selector: str) -> str:
        """The text of a Static on the screen."""
        return str(self.app.screen.query_one(selector, Static).content)

    def picture(self) -> str:
        """The characters of the whole screen, line by line."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in lines)


@asynccontextmanager
async def driving(path: Path, *, size: tuple[int, int] = WIDE, **options: Any) -> AsyncIterator[Driver]:
    """Run the app on the store at *path*."""
    app = LocalstoreApp(path, **options)
    app.pace = PACE
    with thrifty():
        async with app.run_test(size=size) as pilot:
            driver = Driver(app, pilot)
            await driver.settle()
            yield driver
