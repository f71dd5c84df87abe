"""Where the server listens: a loopback address and a port, and what a browser may call them."""

from __future__ import annotations

import errno
import ipaddress
import re
import socket

from localstore.errors import InvalidValue

PORT = 8642
HOST = "127.0.0.1"
_OURS = re.compile(r"(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]{1,5})?")
NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
"""What this machine is called in an address. A name of the network, even if it leads here, may be somebody's trap."""


def checked_host(host: str) -> str:
    """Return the loopback address that *host* means; InvalidValue for any other."""
    try:
        address = ipaddress.ip_address({"localhost": HOST}.get(host, host))
    except ValueError:
        address = None
    if address is None or str(address) not in NAMES:
        raise InvalidValue(
            f"{host} is not this machine's own address, and there is no login: listen on 127.0.0.1 or ::1, and reach"
            f" it from elsewhere through ssh: ssh -L {PORT}:127.0.0.1:{PORT} you@this-machine"
        )
    return str(address)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; InvalidValue when the port is another's, with a free one in place of it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the port of a server that just ended
    try:
        found.bind((host, port))
        found.listen(128)
    except OSError as error:
        found.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES) and port:
            raise InvalidValue(_taken(host, port, error)) from error
        raise InvalidValue(f"This machine has no address {host}: listen on {HOST}.") from error
    return found


def _taken(host: str, port: int, error: OSError) -> str:
    why = "is taken" if error.errno == errno.EADDRINUSE else "is kept for the system"
    with listening(host, 0) as free:
        return f"Port {port} {why}: port {free.getsockname()[1]} is free, say --port {free.getsockname()[1]}."


def base(host: str, port: int) -> str:
    """Return the beginning of an address in a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_ours(host: str) -> bool:
    """Tell whether a Host header names this machine.

    A page elsewhere whose name was made to lead here (DNS rebinding) sends its own name. The port may be another: that
    of a tunnel.
    """
    return _OURS.fullmatch(host.lower()) is not None
