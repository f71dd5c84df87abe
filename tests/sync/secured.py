"""A PostgreSQL server as it is met on a network: TCP, passwords (SCRAM), TLS with a certificate made here.

The wheel's server is built without OpenSSL; the first installed one that has it is used, else these tests are skipped.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.postgres.connection import connect
from tests.postgres import guarded

PASSWORD = "s3cret of (the) server"
HBA = """local all all trust
hostssl all postgres,ada 127.0.0.1/32 scram-sha-256
host all plain 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True)
class Secured:
    """A running server: its port, the certificate to trust, and the URL of its administrator's socket."""

    port: int
    certificate: Path
    local: str


def binaries() -> Path | None:
    """The folder of a server that speaks TLS, if there is one."""
    named = [Path(found).parent for found in [shutil.which("postgres")] if found]
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in [*named, *installed] if _has_tls(each)), None)


def _has_tls(folder: Path) -> bool:
    tool = folder / "pg_config"
    if not (tool.is_file() and (folder / "initdb").is_file()):
        return False
    asked = subprocess.run([tool, "--configure"], capture_output=True, text=True, check=False)
    return "openssl" in asked.stdout


@contextmanager
def secured_server() -> Iterator[Secured]:
    """Start it in a new folder; skip the test where no server with TLS, or no openssl, is installed."""
    found = binaries()
    if found is None or shutil.which("openssl") is None:
        pytest.skip("needs a PostgreSQL server that was built with OpenSSL, and the openssl program")
    folder = Path(tempfile.mkdtemp(prefix="localstore-secured-"))
    user = _own(folder)
    place = folder / "data"
    with guarded(place):
        try:
            yield _started(found, folder, place, user)
        finally:
            _run(found / "pg_ctl", "-D", place, "-m", "immediate", "-w", "stop", user=user, check=False)
            shutil.rmtree(folder, ignore_errors=True)


def _own(folder: Path) -> str | None:
    """Give the folder to a user that may run a server, where this is root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = next((name for name in ("postgres", "pgserver", "nobody") if name in known), None)
    if user is None:
        pytest.skip("a server does not run as root, and there is no other user to run it")
    shutil.chown(folder, user)
    return user


def _started(found: Path, folder: Path, place: Path, user: str | None) -> Secured:
    _run(found / "initdb", "-D", place, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N", user=user)
    certificate, key = place / "server.crt", place / "server.key"
    _run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
        user=user,
    )  # fmt: skip
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "ssl": "on", "fsync": "off",
        "password_encryption": "scram-sha-256", "max_connections": 20,
    }  # fmt: skip
    with (place / "postgresql.conf").open("a") as conf:
        conf.write("".join(f"{name} = '{value}'\n" for name, value in settings.items()))
    (place / "pg_hba.conf").write_text(HBA)
    trusted = folder / "trusted.crt"
    shutil.copy(certificate, trusted)
    trusted.chmod(0o644)
    folder.chmod(0o755)
    _run(found / "pg_ctl", "-D", place, "-l", place / "log", "-w", "start", user=user)
    local = f"postgresql://postgres@/postgres?host={folder}&port={port}"
    with connect(local, autocommit=True) as admin:
        for role in ("ada", "plain"):
            admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'".encode())
        admin.execute(f"ALTER ROLE postgres PASSWORD '{PASSWORD}'".encode())
    return Secured(port, trusted, local)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _run(*command: str | Path, user: str | None, check: bool = True) -> None:
    subprocess.run(list(map(str, command)), user=user, check=check, capture_output=True, cwd="/", timeout=60)
