"""Addresses of servers: read from what a person pasted, shown without what is secret, never weaker than TLS.

A device's address ends in ``#DEVICE:SECRET``, which libpq never sees; one without is an administrator's.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from localstore import ids
from localstore.errors import InvalidValue
from sync.postgres.connection import normal_url

_SECRET = frozenset({"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})
_ADVICE = "in a password @ is written %40, / %2F, ? %3F, # %23, % %25"
_DEVICE = re.compile(r"([0-9A-Fa-f-]{36}):([0-9A-Fa-f]{64})")
_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_EXAMPLE = "postgresql://user@host:5432/database"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and as whom to go there.

    ``parameters`` are libpq's without secrets, ``hidden`` its secret ones; a device's ``secret`` has 32 bytes.
    """

    parameters: Mapping[str, str]
    hidden: Mapping[str, str] = field(default_factory=dict, repr=False)
    device_id: str | None = None
    secret: bytes | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """Return the address as a URL without secrets; ``read`` takes it back."""
        given = dict(self.parameters)
        user, database = given.pop("user", ""), given.pop("dbname", "")
        place = _place(given)
        name = f"{quote(user, safe='')}@" if user else ""
        rest = f"?{urlencode(given, quote_via=quote, safe='/,:@')}" if given else ""
        return f"postgresql://{name}{place}/{quote(database, safe='')}{rest}"

    def __str__(self) -> str:
        return self.shown

    @property
    def place(self) -> str:
        """Return the host, or hosts, for a sentence; with the port where one was given."""
        host = self.parameters.get("host") or self.parameters.get("hostaddr") or os.environ.get("PGHOST") or ""
        if _is_socket(host):
            return f"the local socket {host}".rstrip()
        port = self.parameters.get("port", "")
        return f"{host}:{port}" if port and "," not in host else host

    @property
    def database(self) -> str:
        """Return the name of the database."""
        return self.parameters.get("dbname") or self.user

    @property
    def user(self) -> str:
        """Return the role that signs in."""
        return self.parameters.get("user") or os.environ.get("PGUSER") or ""

    @property
    def is_device(self) -> bool:
        """Tell whether this is a device's address."""
        return self.device_id is not None

    def conninfo(self) -> dict[str, Any]:
        """Return what ``psycopg.connect`` takes."""
        return {**self.parameters, **self.hidden}

    def with_secrets(self, hidden: Mapping[str, str], device_id: str, secret: bytes) -> Address:
        """Return the address with what ``sync.secrets`` kept."""
        return replace(self, hidden=dict(hidden), device_id=device_id, secret=secret)


def read(text: str, *, insecure: bool = False) -> Address:
    """Read a server's URL; InvalidValue says what is wrong with it, and never repeats a secret.

    Beyond this machine TLS is required unless *insecure*; a stronger ``sslmode`` is kept. Of several hosts the one
    that can be written to is taken.
    """
    url = normal_url(text.strip())
    if not url.startswith("postgresql://"):
        raise InvalidValue(f"a server's address begins with postgresql://, such as {_EXAMPLE}")
    url, device_id, secret = _split_device(url)
    given = _parameters(url)
    hidden = {name: given.pop(name) for name in _SECRET & given.keys()}
    hosts = _hosts(given)
    _secure(given, hosts, insecure)
    if len(hosts) > 1:
        given.setdefault("target_session_attrs", "read-write")
    return Address(given, hidden, device_id, secret)


def _split_device(url: str) -> tuple[str, str | None, bytes | None]:
    """Part a URL from the device and its secret behind ``#``."""
    if "#" not in url:
        return url, None, None
    front, _, tail = url.rpartition("#")
    match = _DEVICE.fullmatch(tail)
    if match is None or "#" in front:
        raise InvalidValue(
            "after # an address has a device and its secret, as 'localstore sync server add-device' printed them: "
            f"copy the whole line ({_ADVICE})"
        )
    device_id = ids.as_id(match[1])
    if device_id is None:
        raise InvalidValue(f"{match[1]!r} in the address is no device: copy the whole line of 'add-device' again")
    return front, device_id, bytes.fromhex(match[2])


def _parameters(url: str) -> dict[str, str]:
    _check_password(url)
    try:
        found = conninfo_to_dict(url)
    except psycopg.Error as error:
        raise InvalidValue(f"the address cannot be read: {_told(url, str(error))}; write {_EXAMPLE}") from None
    given = {name: str(value) for name, value in found.items() if value not in (None, "")}
    for port in filter(None, given.get("port", "").split(",")):
        if not (port.isdecimal() and 0 < int(port) < 65536):
            raise InvalidValue(f"the port in the address is no number from 1 to 65535: write {_EXAMPLE} ({_ADVICE})")
    return given


def _check_password(url: str) -> None:
    """Refuse what libpq would take a part of a password for: a host, a port, a database or a parameter."""
    authority, slash, rest = url.removeprefix("postgresql://").partition("/")
    path = rest.partition("?")[0] if slash else ""
    if "@" in path or authority.count("@") > 1 or "@" in authority.partition("?")[2]:
        raise InvalidValue(f"the address has an @ too many: {_ADVICE}")


def _told(url: str, said: str) -> str:
    """Return libpq's complaint in one line; what it quotes may be a part of a password."""
    line = " ".join(said.split()).rstrip(".")
    has_password = ":" in url.removeprefix("postgresql://").rpartition("@")[0] or "password" in url
    return re.sub(r':? *"[^"]*"', "", line) if has_password else line


def _hosts(given: Mapping[str, str]) -> list[str]:
    """Return the hosts as they are reached: by address where that is given."""
    named = given.get("hostaddr") or given.get("host")
    if named is None and not (given.get("service") or os.environ.get("PGSERVICE")):
        named = os.environ.get("PGHOSTADDR") or os.environ.get("PGHOST") or "/"
    return (named or "").split(",")


def _secure(given: dict[str, str], hosts: list[str], insecure: bool) -> None:
    mode = given.get("sslmode")
    if mode is not None and mode not in _MODES:
        raise InvalidValue(f"sslmode={mode} is unknown: use one of {', '.join(_MODES[3:])}")
    if insecure or all(map(_is_here, hosts)) or mode in _MODES[3:]:
        return
    if mode in ("disable", "allow"):
        raise InvalidValue(
            f"sslmode={mode} would send everything readable to {', '.join(hosts)}: "
            "leave it out, or say --insecure when that network is to be trusted"
        )
    given["sslmode"] = "require"


def _is_socket(host: str) -> bool:
    return host == "" or host.startswith(("/", "@"))


def _is_here(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host.startswith(("/", "@")) or host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _place(given: dict[str, str]) -> str:
    """Take host and port out of the parameters where a URL has room for them; sockets stay parameters."""
    hosts = given.get("host", "").split(",")
    if hosts == [""] or any(map(_is_socket, hosts)):
        return ""
    del given["host"]
    ports = given.pop("port", "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    named = [f"[{host}]" if ":" in host else quote(host, safe="") for host in hosts]
    return ",".join(f"{host}:{port}" if port else host for host, port in zip(named, ports, strict=True))
