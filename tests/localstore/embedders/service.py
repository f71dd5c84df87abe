"""An embedding service on loopback that does what it is told: answer, fail, lie, be slow."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from localstore.embedders.retries import Retries
from localstore.models import AIModel

SECRET = "sk-7f3a9c51-do-not-tell-0b44"


def vector_of(text: str) -> list[float]:
    """The vector of a text: as a test expects it."""
    return [float(len(text)), float(sum(map(ord, text)) % 97), 1.0]


def answer(texts: Sequence[str]) -> dict[str, Any]:
    """A proper reply."""
    rows = [{"object": "embedding", "index": at, "embedding": vector_of(text)} for at, text in enumerate(texts)]
    return {"object": "list", "model": "m", "data": rows}


@dataclass
class Reply:
    """One answer: ``body`` is bytes, a document, or makes one of the texts; None is a proper one."""

    status: int = 200
    body: bytes | dict[str, Any] | Callable[[Any], Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    authorization: str | None
    document: Any

    @property
    def texts(self) -> list[str]:
        found: list[str] = self.document["input"]
        return found


class ScriptedService:
    """Answers with ``script`` in turn, then with ``rule`` (a proper answer unless told otherwise)."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.rule: Callable[[Request], Reply] = lambda request: Reply()
        self.models = ["chat-7b", "nomic-embed-text"]
        self.requests: list[Request] = []
        self.hanging, self.over = threading.Event(), threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                rows = [{"id": name, "object": "model"} for name in service.models]
                self._reply({"object": "list", "data": rows})

            def do_POST(self) -> None:
                self._reply(None)

            def _reply(self, listed: Any) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                document = json.loads(self.rfile.read(size)) if size else None
                request = Request(self.command, self.path, self.headers.get("Authorization"), document)
                service.requests.append(request)
                reply = service.script.pop(0) if service.script else service.rule(request)
                if reply.hang:
                    service.hanging.set()
                    service.over.wait(60)
                    self.close_connection = True
                    return
                self._write(reply, listed, request)

            def _write(self, reply: Reply, listed: Any, request: Request) -> None:
                body: Any = reply.body
                if callable(body):
                    body = body(request)
                if body is None:
                    body = listed if listed is not None else answer(request.texts)
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Answering

    @property
    def asked(self) -> list[list[str]]:
        """The texts of each request for vectors."""
        return [request.texts for request in self.requests if request.method == "POST"]


@contextmanager
def running() -> Iterator[ScriptedService]:
    """Run a service beside the block."""
    service = ScriptedService()
    thread = threading.Thread(target=service.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        service.server.shutdown()
        service.server.server_close()
        thread.join()


def nobody() -> str:
    """An address at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


class Waits:
    """Retries that note how long they would sleep, and do not."""

    def __init__(self, most: int = 4, moments: Sequence[float] = ()) -> None:
        self.slept: list[float] = []
        left = list(moments)
        clock = (lambda: left.pop(0) if len(left) > 1 else left[0]) if left else (lambda: 0.0)
        self.retries = Retries(most=most, sleep=self.slept.append, chance=lambda: 1.0, clock=clock)


def model(url: str, /, **parameters: Any) -> AIModel:
    """A model's row that is in no store."""
    return AIModel(name="m", provider="openai-compatible", parameters={"url": url} | parameters)
