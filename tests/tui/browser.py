"""A real browser without a window, driven over its own protocol: what it loads, says, shows, and keys pressed in it."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0")
KEYS = {"Enter": ("\r", 13), "Escape": ("", 27), "ArrowDown": ("", 40), "Tab": ("", 9), "s": ("", 83), "z": ("", 90)}
CONTROL = 2
BINARY = 2
PATIENCE = 20.0
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[@-_=>])")


def found() -> str | None:
    """Return the browser of this machine, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Tab:
    """One page: everything it asked for, everything it complained about."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.session = ""
        self.target = ""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.drawn = ""
        """What the terminal was told to draw."""

    async def listen(self) -> None:
        """Take answers and events as they come."""
        async for message in self._socket:
            heard = json.loads(message.data)
            if "id" in heard:
                self._answers.pop(heard["id"]).set_result(heard)
            else:
                self._note(heard["method"], heard.get("params", {}))

    def _note(self, event: str, words: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            self.requests.append(words["request"]["url"])
        elif event == "Network.webSocketCreated":
            self.requests.append(words["url"])
        elif event == "Network.webSocketFrameReceived" and words["response"]["opcode"] == BINARY:
            self.drawn += base64.b64decode(words["response"]["payloadData"]).decode("utf-8", "replace")
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(words["exceptionDetails"])[:600])
        elif event == "Runtime.consoleAPICalled" and words["type"] in ("error", "assert"):
            self.complaints.append(json.dumps(words["args"])[:600])
        elif event == "Log.entryAdded" and words["entry"]["level"] == "error":
            self.complaints.append(f"{words['entry']['text']} {words['entry'].get('url', '')}")

    async def call(self, method: str, **words: Any) -> dict[str, Any]:
        """Ask the browser for something."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        asked = {"id": number, "method": method, "params": words}
        await self._socket.send_json(asked | ({"sessionId": self.session} if self.session else {}))
        heard = await asyncio.wait_for(self._answers[number], PATIENCE)
        assert "error" not in heard, heard
        return dict(heard["result"])

    async def begin(self) -> None:
        """Open an empty page and listen to it."""
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        self.session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        self.target = target
        for domain in ("Page", "Runtime", "Network", "Log"):
            await self.call(f"{domain}.enable")

    async def open(self, address: str) -> None:
        """Go to an address."""
        await self.call("Page.navigate", url=address)

    async def close(self) -> None:
        """Close the page, as a person closes a tab."""
        await self.call("Target.closeTarget", targetId=self.target)

    async def evaluate(self, script: str) -> Any:
        """Return what a script in the page says."""
        asked = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return asked["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until a script says something true."""
        return await waited(lambda: self.evaluate(script))

    async def shows(self, words: str) -> None:
        """Wait until words were drawn in the terminal: a canvas has no text to ask for."""
        await waited(lambda: words in ESCAPES.sub("", self.drawn))

    async def press(self, key: str, modifiers: int = 0) -> None:
        """Press a key that has a name."""
        text, code = KEYS[key]
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    async def write(self, text: str) -> None:
        """Type a text."""
        for char in text:
            await self.call("Input.dispatchKeyEvent", type="keyDown", text=char, key=char)
            await self.call("Input.dispatchKeyEvent", type="keyUp", key=char)

    async def picture(self, path: Path) -> None:
        """Save what is to be seen."""
        shot = await self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(shot["data"]))


async def waited(ask: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Ask until the answer is true; AssertionError when it never is."""
    end = asyncio.get_running_loop().time() + patience
    while asyncio.get_running_loop().time() < end:
        answer = ask()
        answer = await answer if asyncio.iscoroutine(answer) else answer
        if answer:
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Tab]:
    """Start the browser with a profile of its own in *folder*, and open a tab."""
    path = found()
    assert path is not None
    switches = (*SWITCHES, f"--user-data-dir={folder}", "--window-size=1200,800")
    process = await asyncio.create_subprocess_exec(path, *switches, "about:blank", stdout=DEVNULL, stderr=PIPE)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE):
            while not (told := re.search(rb"ws://\S+", await process.stderr.readline())):
                pass
        async with ClientSession() as client, client.ws_connect(told[0].decode(), max_msg_size=0) as socket:
            tab = Tab(socket)
            listening = asyncio.create_task(tab.listen())
            await tab.begin()
            yield tab
            listening.cancel()
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
