"""The server: a page, its few files and a socket for each tab, all under a secret path, for this machine's browsers."""

from __future__ import annotations

import asyncio
import hmac
import html
import logging
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import web

from tui.serving.address import base, is_ours
from tui.serving.visitor import Visitor, cells

OURS = Path(__file__).parent / "static"
THEIRS = Path(textual_serve.__file__).parent / "static"
FILES = {
    "page.css": OURS / "page.css",
    "page.js": OURS / "page.js",
    "icon.svg": OURS / "icon.svg",
    "terminal.js": THEIRS / "js" / "textual.js",
    "terminal.css": THEIRS / "css" / "xterm.css",
    "mono.ttf": THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf",
    "mono-italic.ttf": THEIRS / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf",
}
"""All that the page loads: nothing comes from elsewhere."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:;"
    " connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
STRANGER = "This is localstore. Open the whole address that 'localstore serve' printed: it ends in a secret.\n"
ELSEWHERE = (
    "This is localstore, for browsers of this machine only. From elsewhere use a tunnel: ssh -L PORT:127.0.0.1:PORT.\n"
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Shows one store to whoever has its address."""

    def __init__(self, path: Path, listening: socket.socket, *, read_only: bool = False, debug: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self.debug = debug
        """Whether a visitor's process shows where an error comes from."""
        self.died: Callable[[], None] = lambda: None
        """Called when a process ended though nobody asked it to."""
        self.token = secrets.token_urlsafe(24)
        self._listening = listening
        self._visitors: set[Visitor] = set()
        self._ending = asyncio.Event()

    @property
    def address(self) -> str:
        """Return what to open in a browser; who knows it may do in the store what its owner may."""
        host, port = self._listening.getsockname()[:2]
        return f"{base(host, port)}/{self.token}/"

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until a signal; ends when every visitor's process is gone."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, self.end)
        told = logging.getLogger("aiohttp.server") if self.debug else _silent()
        runner = web.AppRunner(
            self.application(), access_log=None, logger=told, handle_signals=False, shutdown_timeout=1
        )
        await runner.setup()
        await web.SockSite(runner, self._listening).start()
        ready()
        await self._ending.wait()
        await asyncio.gather(*(visitor.stop() for visitor in list(self._visitors)))
        await runner.cleanup()

    def end(self) -> None:
        """End; said twice, without waiting for anybody."""
        if self._ending.is_set():
            for visitor in self._visitors:
                visitor.kill()
        self._ending.set()

    def application(self) -> web.Application:
        """Return what answers requests."""
        made = web.Application(middlewares=[self._guard])
        made.router.add_get("/{token}/", self._page)
        made.router.add_get("/{token}/socket", self._socket)
        made.router.add_get("/{token}/{file}", self._file)
        return made

    # -- who may ---------------------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_ours(request.host):
            return web.Response(status=421, text=ELSEWHERE)
        given = request.match_info.get("token", "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return web.Response(status=403, text=STRANGER)
        return await handler(request)

    # -- what is there ---------------------------------------------------------------------------------------

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if request.query_string:  # the terminal's script obeys words there that are not ours
            raise web.HTTPFound(request.path)
        words = {"store": self.path.name, "socket": f"ws://{request.host}/{self.token}/socket"}
        page = Template((OURS / "page.html").read_text(encoding="utf-8"))
        text = page.substitute({name: html.escape(word) for name, word in words.items()})
        return web.Response(text=text, content_type="text/html", headers=_headers(request.host))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = FILES.get(request.match_info["file"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=_headers(request.host) | {"Cache-Control": "max-age=3600"})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        """Run a visitor's process until the page or the process ends.

        Browsers let any page open a socket to any host, but say whose page it is.
        """
        if request.headers.get("Origin") != f"http://{request.host}" or self._ending.is_set():
            return web.Response(status=403, text=STRANGER)
        page = web.WebSocketResponse(heartbeat=15, compress=False)
        await page.prepare(request)
        visitor = Visitor(page, self.path, read_only=self.read_only, debug=self.debug)
        self._visitors.add(visitor)
        try:
            await visitor.start(cells(request.query.get("width")), cells(request.query.get("height"), 24))
            await visitor.listen()
        finally:
            await asyncio.shield(self._part(visitor))
        return page

    async def _part(self, visitor: Visitor) -> None:
        with suppress(ConnectionError):
            await visitor.stop()
        self._visitors.discard(visitor)
        if visitor.died:
            self.died()


def _silent() -> logging.Logger:
    """Return a log that nobody sees: what strangers send is not to be written on a person's terminal."""
    found = logging.getLogger(__name__)
    found.addHandler(logging.NullHandler())
    found.propagate = False
    return found


def _headers(host: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": POLICY.format(host=host),
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
