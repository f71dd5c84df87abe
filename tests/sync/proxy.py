"""A proxy between a client and a PostgreSQL server: counts their messages, cuts where it is told, pools sessions.

It reads the frames of the protocol (https://www.postgresql.org/docs/current/protocol-message-formats.html) and
nothing in them but who sent them, their type, and the text of a statement. As a transaction pooler it hands each
transaction to the server session that waited longest, as pgbouncer may: nothing that was set in one is in the next.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

Side = Literal["client", "server"]
ENCRYPTION = (struct.pack(">i", 80877103), struct.pack(">i", 80877104))
"""What a client begins with that asks for TLS or GSSAPI: here there is neither."""
READY, QUERY, PARSE, SYNC, FLUSH, TERMINATE = b"Z", b"Q", b"P", b"S", b"H", b"X"
"""FLUSH asks for answers early. A client in a pipeline sends it only when they are not there yet: it is by chance."""


class Message(NamedTuple):
    """One message: who sent it, its type (empty for the first one), all of its bytes."""

    side: Side
    kind: bytes
    raw: bytes

    def counts(self, side: Side) -> bool:
        """Tell whether it is of that side and one that is always sent."""
        return self.side == side and not (side == "client" and self.kind == FLUSH)

    def says(self, text: str) -> bool:
        """Tell whether it is a statement that begins so."""
        if self.side != "client" or self.kind not in (QUERY, PARSE):
            return False
        sent = self.raw[5:] if self.kind == QUERY else self.raw[5:].partition(b"\0")[2]
        return sent.startswith(text.encode())


@dataclass
class Cut:
    """Drop the connection at the *number*-th message from *side* (counted from 1 since it was asked for).

    ``after``: once it was forwarded, so that the other side acts on it and its answer is lost. ``text``: only
    messages are counted that say so. ``times`` tells how often it is done before all is let through.
    """

    side: Side
    number: int
    after: bool = False
    text: str = ""
    times: int = 1
    seen: int = 0

    def hits(self, message: Message) -> bool:
        """Count a message; tell whether this is the one."""
        if not message.counts(self.side) or (self.text and not message.says(self.text)) or self.times <= 0:
            return False
        self.seen += 1
        if self.seen < self.number:
            return False
        self.seen, self.times = 0, self.times - 1
        return True


class Proxy:
    """Forwards to the server of *url*; give clients ``url``, or ``address`` for the user they are."""

    def __init__(self, url: str, *, pooled: bool = False) -> None:
        self._target = conninfo_to_dict(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.pooled = pooled
        self.messages: list[Message] = []
        self.cut: Cut | None = None
        self.cuts_done = 0
        self.sessions = 0
        """Server sessions that were opened."""
        self._lock = threading.RLock()
        self._open: set[socket.socket] = set()
        self._idle: deque[tuple[bytes, socket.socket]] = deque()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address of the same database through the proxy, as the same user."""
        return self.address(str(self._target.get("user") or "postgres"))

    def address(self, user: str, rest: str = "") -> str:
        """The address of the same database through the proxy for a user."""
        database = quote(str(self._target.get("dbname") or ""), safe="")
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}?sslmode=disable&gssencmode=disable{rest}"

    # -- what tests look at -------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Count from here."""
        with self._lock:
            self.messages.clear()
            self.cuts_done = 0

    def count(self, side: Side) -> int:
        """How many messages a side has sent, without those that are sent by chance."""
        with self._lock:
            return sum(message.counts(side) for message in self.messages)

    @property
    def round_trips(self) -> int:
        """How often the client had to wait: each simple statement, and each end of a pipeline, is one."""
        with self._lock:
            return sum(m.side == "client" and m.kind in (QUERY, SYNC) for m in self.messages)

    def said(self, text: str) -> int:
        """How often the client sent a statement that begins so."""
        with self._lock:
            return sum(message.says(text) for message in self.messages)

    # -- forwarding ---------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End all connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()
        self._thread.join(5)

    def drop(self) -> None:
        """Cut all connections now, as a network does."""
        with self._lock:
            for each in [*self._open, *(idle for _, idle in self._idle)]:
                _end(each)
            self._open.clear()
            self._idle.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(client)
            threading.Thread(target=_Client(self, client).run, daemon=True).start()

    def connect(self) -> socket.socket:
        """Open a server session."""
        host, port = str(self._target.get("host") or "/tmp"), int(str(self._target.get("port") or 5432))
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
        else:
            server = socket.create_connection((host, port))
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self.sessions += 1
            self._open.add(server)
        return server

    def another(self, startup: bytes) -> socket.socket:
        """Take the server session of that startup that has waited longest, or open one."""
        with self._lock:
            same = [each for each in self._idle if each[0] == startup]
            if len(same) > 1:  # one more than needed: so that two transactions never meet in one session
                self._idle.remove(same[0])
                return same[0][1]
        server = self.connect()
        server.sendall(startup)
        while _read(server, first=False)[0] != READY:
            pass
        return server

    def give_back(self, startup: bytes, server: socket.socket) -> None:
        """Keep a server session for the next transaction of anybody."""
        with self._lock:
            self._idle.append((startup, server))

    def forward(self, message: Message, to: socket.socket) -> bool:
        """Note and forward a message; False when the connection is to be cut."""
        with self._lock:
            self.messages.append(message)
            hit = self.cut is not None and self.cut.hits(message)
            after = hit and self.cut is not None and self.cut.after
            self.cuts_done += hit
        if not hit or after:
            to.sendall(message.raw)
        return not hit

    def closed(self, *ended: socket.socket | None) -> None:
        """End sockets."""
        with self._lock:
            for each in ended:
                if each is not None:
                    self._open.discard(each)
                    _end(each)


class _Client:
    """One client: its messages to the server in this thread, the server's to it in another."""

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self._proxy, self._client = proxy, client
        self._server: socket.socket | None = None
        self._startup = b""
        self._waiting = 0
        self._lock = threading.Lock()

    def run(self) -> None:
        try:
            self._serve()
        except OSError:
            pass
        finally:
            with self._lock:
                self._proxy.closed(self._client, self._server)

    def _serve(self) -> None:
        _, self._startup = _read(self._client, first=True)
        while self._startup[4:8] in ENCRYPTION:
            self._client.sendall(b"N")
            _, self._startup = _read(self._client, first=True)
        self._attach(self._proxy.connect())
        self._waiting = 1
        assert self._server is not None
        if not self._proxy.forward(Message("client", b"", self._startup), self._server):
            return
        while True:
            kind, raw = _read(self._client, first=False)
            if kind == TERMINATE and self._proxy.pooled:
                return
            with self._lock:
                detached = self._server is None
                self._waiting += kind in (QUERY, SYNC)
            if detached:
                self._attach(self._proxy.another(self._startup))
            server = self._server
            assert server is not None
            if not self._proxy.forward(Message("client", kind, raw), server):
                return

    def _attach(self, server: socket.socket) -> None:
        with self._lock:
            self._server = server
        threading.Thread(target=self._answer, args=(server,), daemon=True).start()

    def _answer(self, server: socket.socket) -> None:
        try:
            while True:
                kind, raw = _read(server, first=False)
                done = self._counts(kind, raw)
                if done:  # before the client is told: its next message must find the session given back
                    with self._lock:
                        self._server = None
                if not self._proxy.forward(Message("server", kind, raw), self._client):
                    self._proxy.closed(self._client, server)
                    return
                if done:
                    self._proxy.give_back(self._startup, server)
                    return
        except OSError:
            self._proxy.closed(self._client, server)

    def _counts(self, kind: bytes, raw: bytes) -> bool:
        """Count answers; tell whether a transaction has ended and the session may go to another client."""
        if kind != READY:
            return False
        with self._lock:
            self._waiting -= 1
            return self._proxy.pooled and self._waiting == 0 and raw[5:6] == b"I"


def _read(source: socket.socket, first: bool) -> tuple[bytes, bytes]:
    """Read one message: its type and all of its bytes; OSError at the end."""
    kind = b"" if first else _exactly(source, 1)
    size = _exactly(source, 4)
    return kind, kind + size + _exactly(source, struct.unpack(">i", size)[0] - 4)


def _exactly(source: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        part = source.recv(count - len(found))
        if not part:
            raise ConnectionError
        found += part
    return bytes(found)


def _end(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextmanager
def proxied(url: str, *, pooled: bool = False) -> Iterator[Proxy]:
    """A proxy in front of the server of *url* for the block."""
    proxy = Proxy(url, pooled=pooled)
    try:
        yield proxy
    finally:
        proxy.close()
