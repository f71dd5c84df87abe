"""Addresses: the URL of an embedding service, checked, and whether it is this machine."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from localstore.errors import InvalidValue

EXAMPLE = "http://localhost:11434/v1"
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """Where a service answers: ``url`` without a slash at its end, ``origin`` as ``scheme://host:port``."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Return what a key is meant for: scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Tell whether this machine answers there, so that nothing travels."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def read(url: str, path: str = "parameters.url") -> Address:
    """Return the address in a URL; InvalidValue for anything that is none, or that holds a password."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidValue(f"{url[:80]!r} is no URL: write it as {EXAMPLE}", path) from None
    if parts.username is not None or parts.password is not None:
        raise InvalidValue("a URL is kept and shown, so it holds no password: name the key with --key-env", path)
    if parts.scheme not in PORTS or not host or not url.isascii() or any(c.isspace() for c in url.strip()):
        raise InvalidValue(f"{url[:80]!r} is no http or https URL: write it as {EXAMPLE}", path)
    if parts.query or parts.fragment:  # often a key, so it is not said again
        raise InvalidValue(f"the URL at {host} has something behind its path: write it as {EXAMPLE}", path)
    return Address(url.strip().rstrip("/"), parts.scheme, host, port or PORTS[parts.scheme])
