"""`localstore serve` in a process of its own, its visitors' processes, and a visitor without a browser."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMessage, WSMsgType

from tests.tui.browser import ESCAPES, waited


class Served:
    """A server that runs."""

    def __init__(self, process: Process, address: str) -> None:
        self.process = process
        self.address = address

    @property
    def origin(self) -> str:
        """The address without its path."""
        return "/".join(self.address.split("/")[:3])

    @property
    def children(self) -> list[int]:
        """The processes of the visitors, by the parent each says it has."""
        return [int(each.name) for each in Path("/proc").glob("[0-9]*") if _parent(each) == self.process.pid]

    async def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait."""
        self.process.send_signal(sign)
        return await asyncio.wait_for(self.process.wait(), 30)


def _parent(process: Path) -> int:
    with suppress(OSError):
        found = re.search(r"^PPid:\s+(\d+)", (process / "status").read_text(), re.MULTILINE)
        return int(found[1]) if found else 0
    return 0


def alive(pid: int) -> bool:
    """Tell whether a process runs, and is no zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@asynccontextmanager
async def serving(path: Path, *words: str) -> AsyncIterator[Served]:
    """Serve a store on a free port."""
    command = ("-m", "localstore", "--store", str(path), "--quiet", "serve", "--port", "0", *words)
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, env=env)
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        yield Served(process, line.decode().strip())
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class Visit:
    """A socket as the page opens it, and what came out of it."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.shown = ""

    async def until(self, words: str) -> None:
        """Read until words were drawn."""
        async with asyncio.timeout(30):
            while words not in ESCAPES.sub("", self.shown):
                self._take(await self.socket.receive())

    def _take(self, message: WSMessage) -> None:
        assert message.type is WSMsgType.BINARY, message
        self.shown += message.data.decode("utf-8", "replace")

    async def closed(self) -> str:
        """Return why the server closed."""
        async with asyncio.timeout(30):
            while (message := await self.socket.receive()).type is WSMsgType.BINARY:
                pass
        return str(message.extra)

    async def keys(self, text: str) -> None:
        """Type."""
        await self.socket.send_json(["stdin", text])


@asynccontextmanager
async def visiting(served: Served, **headers: str) -> AsyncIterator[Visit]:
    """Open the socket as the page does."""
    given: dict[str, Any] = {"Origin": served.origin} | headers
    async with ClientSession() as client, client.ws_connect(f"{served.address}socket", headers=given) as socket:
        visit = Visit(socket)
        await waited(lambda: served.children)
        yield visit
