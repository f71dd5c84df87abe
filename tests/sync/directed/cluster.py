"""A PostgreSQL cluster that a test has for itself: killed, restarted, set far ahead, replicated, promoted."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync.postgres.connection import connect
from tests.postgres import MEMORY, ROOM, guarded, wheel

DATABASE = "shared"
SEGMENT = 32 * 4 * 8192
"""Transactions whose outcome one file of pg_xact holds, two bits each."""
SETTINGS = """
listen_addresses = '127.0.0.1'
full_page_writes = off
max_wal_size = 64MB
min_wal_size = 32MB
"""


def binaries() -> Path:
    """Where the server's programs are."""
    utils = wheel()
    return Path(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION])


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Cluster:
    """One server: its folder, its port, its process."""

    def __init__(self, folder: Path, user: str | None) -> None:
        self.folder, self.user = folder, user
        self.data = folder / "data"
        self.port = free_port()

    @classmethod
    @contextmanager
    def made(cls) -> Iterator[Cluster]:
        """Make a cluster with one database, and end it afterwards."""
        with _folder() as (folder, user):
            found = cls(folder, user)
            found.run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--locale=C")
            with found.data.joinpath("postgresql.conf").open("a") as file:
                file.write(f"{SETTINGS}unix_socket_directories = '{folder}'\n")
            found.start()
            try:
                with connect(found.url("postgres"), autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
                yield found
            finally:
                found.stop()

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, program: str, *arguments: str) -> str:
        """Run one of the server's programs on this cluster."""
        command = [str(binaries() / program), "-D", str(self.data), *arguments]
        done = subprocess.run(
            command, user=self.user, capture_output=True, text=True, check=False, cwd=self.folder, env=_environment()
        )
        assert done.returncode == 0, f"{program}: {done.stderr or done.stdout}"
        return done.stdout

    def start(self) -> None:
        log = str(self.folder / "log")
        command = [str(binaries() / "pg_ctl"), "-D", str(self.data), "-w", "-l", log, "-o", f"-p {self.port}", "start"]
        done = subprocess.run(
            command, user=self.user, check=False, cwd=self.folder, env=_environment(), stdout=subprocess.DEVNULL
        )
        assert done.returncode == 0, (self.folder / "log").read_text()

    def stop(self, mode: str = "fast") -> None:
        if self.data.joinpath("postmaster.pid").exists():
            self.run("pg_ctl", "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """End every process of the server at once, as a power cut does."""
        children = [int(line.split()[0]) for line in self._processes()]
        pid = int(self.data.joinpath("postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, signal.SIGKILL)
        for child in children:
            _kill(child)
        while _alive(pid):
            pass
        # Where nobody takes notice of the dead process, it would still count as one that runs.
        for left in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            left.unlink()

    def _processes(self) -> list[str]:
        pid = self.data.joinpath("postmaster.pid").read_text().split("\n")[0]
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return found

    def keep(self) -> None:
        """Back the server's files up; it is stopped for it."""
        self.stop()
        shutil.copytree(self.data, self.folder / "kept")
        self.start()

    def put_back(self) -> None:
        """Put the files that were kept in the place of the server's."""
        self.stop()
        shutil.rmtree(self.data)
        (self.folder / "kept").rename(self.data)
        if self.user:
            subprocess.run(["chown", "-R", self.user, str(self.data)], check=True)
        self.data.chmod(0o700)
        self.start()

    def ahead(self, transactions: int) -> None:
        """Set the next transaction's number far ahead; the server is stopped for it."""
        self.stop()
        found = self.run("pg_controldata")
        line = next(line for line in found.splitlines() if "NextXID:" in line)
        number = int(line.rsplit(":", 1)[1]) + transactions
        self.run("pg_resetwal", "-f", "-x", str(number))
        segments = self.data / "pg_xact"
        for segment in range(number // SEGMENT + 1):
            with (segments / f"{segment:04X}").open("ab") as file:
                file.truncate(SEGMENT // 4)
        if self.user:
            subprocess.run(["chown", "-R", self.user, str(segments)], check=True)
        self.start()

    @contextmanager
    def standby(self) -> Iterator[Cluster]:
        """Make a second server that follows this one."""
        with _folder() as (folder, user):
            second = Cluster(folder, user)
            second.run("pg_basebackup", "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", self.url("postgres"))
            with second.data.joinpath("postgresql.conf").open("a") as file:
                file.write(f"unix_socket_directories = '{folder}'\n")
            second.start()
            try:
                yield second
            finally:
                second.stop("immediate")

    def promote(self) -> None:
        self.run("pg_ctl", "-w", "promote")


@contextmanager
def _folder() -> Iterator[tuple[Path, str | None]]:
    memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="localstore-cluster-", dir=MEMORY if memory else None))
    user = None
    if os.geteuid() == 0:
        user = "pgserver"
        wheel().ensure_user_exists(user)
        shutil.chown(folder, user)
    try:
        with guarded(folder / "data"):
            yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _alive(pid: int) -> bool:
    """Whether a process runs; one that waits for its parent to take notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
