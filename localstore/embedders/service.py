"""A service: requests over HTTP with a time limit, retries, and a key that goes there and nowhere else."""

from __future__ import annotations

import re
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore.embedders import replies
from localstore.embedders.limits import RefusedText
from localstore.embedders.retries import Retries
from localstore.errors import EmbedderUnavailable, InvalidValue

if TYPE_CHECKING:
    import httpx

    from localstore.embedders.addresses import Address
    from localstore.embedders.keys import Key

CONNECT = 5.0
LARGEST = 1 << 29
"""Bytes of one reply."""
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
REFUSING = frozenset({400, 413, 422})
_TOO_LONG = re.compile(r"too (?:long|large|many tokens)|context (?:length|size|window)|maximum .*(?:token|length)|exceed", re.I)  # fmt: skip # noqa: E501


class Reply(NamedTuple):
    """Status, the headers that matter, and the whole body."""

    status: int
    retry_after: str | None
    location: str | None
    body: bytes


class Failing(EmbedderUnavailable):
    """The service answers, but with an error of its own; the texts may be why."""


@dataclass
class Service:
    """One address, its key, and how patient to be: ``timeout`` seconds for one request, answer included."""

    address: Address
    key: Key | None = None
    timeout: float = 60.0
    retries: Retries = field(default_factory=Retries)

    def __post_init__(self) -> None:
        self._client: httpx.Client | None = None

    def post(self, path: str, document: Any) -> Any:
        """Send JSON and return the JSON that comes back; see ``ask`` for what it raises."""
        return self.ask("POST", path, json=document)

    def get(self, path: str) -> Any:
        """Return the JSON at a path."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Return the JSON of a reply.

        Raises EmbedderUnavailable when the service is down, busy or slow for longer than the retries last,
        RefusedText when it refuses what was sent, InvalidValue for any other answer.
        """
        attempt = 0
        while True:
            trouble, reply = self._attempt(method, path, more)
            if reply is not None and reply.status not in BUSY:
                return self._document(reply)
            if reply is not None and self._is_too_long(reply):
                raise RefusedText(self._told(reply), too_long=True)
            slow = trouble == "slow"
            if slow or not self.retries.wait(attempt, reply.retry_after if reply else None):
                raise self._unavailable(trouble, reply)
            attempt += 1

    def hidden(self, text: str) -> str:
        """Return a text without the key."""
        return self.key.hide(text) if self.key else text

    def _attempt(self, method: str, path: str, more: dict[str, Any]) -> tuple[str, Reply | None]:
        """Ask once; return what went wrong on the way, and the reply where there is one.

        httpx's own errors end here, not even kept as a cause: they hold the request, and so the key.
        """
        import httpx

        try:
            return "", self._send(method, path, more)
        except (httpx.ReadTimeout, httpx.WriteTimeout, TimeoutError):
            return "slow", None
        except httpx.TransportError as error:
            return _words(type(error).__name__), None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            kind = type(error).__name__
        raise InvalidValue(f"{self.address.url} speaks no proper HTTP ({_words(kind)})", "parameters.url")

    def _send(self, method: str, path: str, more: dict[str, Any]) -> Reply:
        headers = self.key.headers if self.key else {}
        end = self.retries.clock() + self.timeout
        body = bytearray()
        with self._connected().stream(method, self.address.url + path, headers=headers, **more) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if self.retries.clock() > end:
                    raise TimeoutError  # a byte now and then keeps httpx's own limit from ever being reached
                if len(body) > LARGEST:
                    raise InvalidValue(f"{self.address.url} answers more than {LARGEST:,} bytes")
            found = response.headers
            return Reply(response.status_code, found.get("retry-after"), found.get("location"), bytes(body))

    def _connected(self) -> httpx.Client:
        """Return the client, which keeps its connections; it is closed with this object."""
        if self._client is None:
            import httpx

            limits = httpx.Timeout(self.timeout, connect=min(CONNECT, self.timeout))
            # A proxy of the environment is for other machines; a plain http address needs no certificates, whose
            # loading takes longer than a local answer. Redirects are not followed: the key is for this address.
            secure = self.address.scheme == "https"
            self._client = httpx.Client(
                timeout=limits, verify=secure, trust_env=not self.address.is_here, follow_redirects=False
            )
            weakref.finalize(self, self._client.close)
        return self._client

    # -- what an answer means -----------------------------------------------------------------------------

    def _document(self, reply: Reply) -> Any:
        if 200 <= reply.status < 300:
            try:
                return replies.document(reply.body)
            except InvalidValue as error:
                told = self.hidden(str(error))
            raise InvalidValue(f"{self.address.url}: {told}")
        told = self._told(reply)
        if reply.status in REFUSING:
            raise RefusedText(told, too_long=reply.status == 413 or self._is_too_long(reply))
        if reply.status in (401, 403):
            how = "refuses the key" if self.key else "wants a key: name its variable with --key-env in 'embed setup'"
            raise InvalidValue(f"{told}; it {how}", "parameters.key_env")
        if 300 <= reply.status < 400:
            to = self.hidden(replies.one_line(reply.location or "nowhere"))
            raise InvalidValue(f"{self.address.url} redirects to {to}: set the URL to where it is", "parameters.url")
        if reply.status == 404:
            raise InvalidValue(f"{told}: is the model loaded there, and does the URL end in /v1?", "parameters.url")
        raise InvalidValue(told, "parameters.url")

    def _unavailable(self, trouble: str, reply: Reply | None) -> EmbedderUnavailable:
        if trouble == "slow":
            return EmbedderUnavailable(f"{self.address.url} gave no answer within {self.timeout:g} seconds")
        if reply is None:
            return EmbedderUnavailable(
                f"{self.address.url} cannot be reached ({trouble}): is the service running there?"
            )
        asked = f"; it asks to wait {reply.retry_after[:30]!r}" if reply.retry_after else ""
        kind = Failing if reply.status == 500 else EmbedderUnavailable
        return kind(f"{self._told(reply)}{asked}")

    def _is_too_long(self, reply: Reply) -> bool:
        # llama.cpp says so with status 500, Ollama with 400 or 500
        return reply.status in (400, 422, 500) and bool(_TOO_LONG.search(replies.said(reply.body)))

    def _told(self, reply: Reply) -> str:
        said = self.hidden(replies.said(reply.body))[: replies.SAID]
        return f"{self.address.url} answers {reply.status}{f': {said}' if said else ''}"


def _words(name: str) -> str:
    """Return ``ConnectError`` as ``connect error``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
