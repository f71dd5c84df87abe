"""A visitor: one browser tab, and the process that draws for it."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

PATIENCE = 10.0
"""Seconds for a process to keep its drafts and end; then it is told again, then ended."""
LARGEST = 500
"""Cells a side that a page may ask for."""
HERE = f"{__package__}.child"
ENDED = "You left; the store is as it was saved."
DIED = "The program ended unexpectedly; drafts are kept."


class Visitor(AppService):
    """Runs the UI of one tab; the packets and their encoding are textual-serve's."""

    def __init__(
        self, socket: web.WebSocketResponse, path: Path, *, read_only: bool = False, debug: bool = False
    ) -> None:
        super().__init__(
            "",
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=self._shut,
            download_manager=DownloadManager(),
        )
        self._traces = debug
        self._socket = socket
        self._path = path
        self._read_only = read_only
        self._left = False
        self.died = False
        """Whether the process ended though nobody asked it to."""

    async def _shut(self) -> None:
        await self._socket.close()

    # -- the process --------------------------------------------------------------------------------------

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        words = [str(self._path), *(["--read-only"] if self._read_only else [])]
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", HERE, *words),  # -P: nothing is imported from the folder one happens to be in
            stdin=PIPE,
            stdout=PIPE,
            stderr=None if self._traces else DEVNULL,
            env=self._build_environment(width, height),
            start_new_session=True,  # Ctrl-C in the server's terminal is the server's; it ends its visitors itself
        )
        assert process.stdin is not None
        self._stdin = process.stdin
        return process

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return super()._build_environment(width, height) | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}

    async def run(self) -> None:
        """Carry what the process draws to the page until it ends; then say so and close."""
        assert self._process is not None and self._process.stdout is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._packets(self._process.stdout)
        self.died = not self._left and not self._socket.closed
        if not self._socket.closed:
            with suppress(ConnectionError):
                await self._socket.close(message=(ENDED if self._left else DIED).encode())

    async def _packets(self, stream: asyncio.StreamReader) -> None:
        while await stream.readline() != b"__GANGLION__\n":  # what the process says before its first packet
            if stream.at_eof():
                return
        while True:
            kind = await stream.readexactly(1)
            payload = await stream.readexactly(int.from_bytes(await stream.readexactly(4), "big"))
            if kind == b"D":
                await self.on_data(payload)
            elif kind == b"M":
                await self.on_meta(payload)

    async def on_meta(self, data: bytes) -> None:
        """Note that the person left; links and downloads, the other kinds there are, are not offered."""
        self._left = self._left or json.loads(data).get("type") == "exit"

    async def stop(self) -> None:
        """End the process: ask it, tell it, kill it; returns when it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        await self.send_meta({"type": "quit"})
        self.stdin.close()
        drained = asyncio.create_task(_drain(process, self._task))
        for sign in (None, signal.SIGTERM, signal.SIGKILL):
            if sign is not None:
                with suppress(ProcessLookupError):
                    process.send_signal(sign)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), PATIENCE)
                break
        drained.cancel()

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    # -- the page -----------------------------------------------------------------------------------------

    async def listen(self) -> None:
        """Carry keys and sizes from the page until it is closed."""
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                with suppress(ValueError, TypeError, KeyError, IndexError):  # what our page never sends
                    await self._heard(json.loads(message.data))

    async def _heard(self, words: list[object]) -> None:
        answers: dict[object, Callable[[], Awaitable[object]]] = {"blur": self.blur, "focus": self.focus}
        if words[0] in answers:
            await answers[words[0]]()
        elif words[0] == "stdin":
            await self.send_bytes(str(words[1]).encode("utf-8", "replace"))
        elif words[0] == "resize" and isinstance(words[1], dict):
            await self.set_terminal_size(cells(words[1]["width"]), cells(words[1]["height"]))
        elif words[0] == "ping":
            await self._socket.send_json(["pong", words[1]])


async def _drain(process: Process, carrying: asyncio.Task[None] | None) -> None:
    """Read what nobody will see any more: a process whose output nobody takes could never end."""
    if carrying is not None:
        with suppress(asyncio.CancelledError):
            carrying.cancel()
            await carrying
    while process.stdout is not None and await process.stdout.read(1 << 16):
        pass


def cells(value: object, default: int = 80) -> int:
    """Return a number of cells that a page asked for, within reason."""
    with suppress(ValueError, TypeError):
        return min(max(int(str(value)), 1), LARGEST)
    return default
