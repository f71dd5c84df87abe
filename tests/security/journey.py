"""One journey through the program with canaries for secrets: what it said and wrote, and what the server logged."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from click.testing import CliRunner

from localstore import Store
from sync.postgres.connection import connect
from sync.postgres.server import devices, install
from tests import postgres
from tui.cli.program import program

ADA = "ada@example.org"
PASSWORD, ROLE_PASSWORD = "canary-of-a-password", "canary-of-a-role"
SERVICE_KEY, MISTYPED = "sk-canary-of-a-service", "lsk_canary-of-a-mistyped-key"


@dataclass
class Journey:
    """Where it was, what every command said, and which secrets went along."""

    home: Path
    said: dict[str, str] = field(default_factory=dict)
    log: str = ""
    shown: str = ""
    """What the server shows of the statements of others."""
    secrets: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, given: str | None = None) -> str:
        """Run a command with ``--debug``, so that failures tell all they can."""
        done = CliRunner().invoke(program, [*words, "--debug"], input=given, prog_name="localstore")
        self.said[" ".join(words)] = done.output
        return str(done.stdout)

    def files(self) -> list[Path]:
        """Every file that was written."""
        return sorted(path for path in self.home.rglob("*") if path.is_file())

    def holding(self, secret: str) -> set[str]:
        """The files that hold a secret, as paths below the home."""
        found = [path for path in self.files() if secret.encode() in path.read_bytes()]
        return {path.relative_to(self.home).as_posix() for path in found}

    def saying(self, secret: str) -> list[str]:
        """The commands that said a secret."""
        return [words for words, output in self.said.items() if secret in output]

    def loose(self) -> dict[str, str]:
        """Files that others may read or write, folders others may look into; not the home itself."""
        kinds = {path: 0o077 for path in self.home.rglob("*") if not path.is_symlink()}
        modes = {path: stat.S_IMODE(path.stat().st_mode) & mask for path, mask in kinds.items()}
        return {path.relative_to(self.home).as_posix(): oct(mode) for path, mode in modes.items() if mode}


def environment(home: Path, patch: pytest.MonkeyPatch) -> None:
    """Have everything that is written lie below *home*."""
    places = {"XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_DATA_HOME": "share", "TMPDIR": "tmp"}
    for name, folder in places.items():
        (home / folder).mkdir(mode=0o700, exist_ok=True)
        patch.setenv(name, str(home / folder))
    patch.setenv("HOME", str(home))
    patch.setenv("LOCALSTORE", str(home / "store.db"))
    patch.setenv("SERVICE_KEY", SERVICE_KEY)
    patch.setattr("tempfile.tempdir", str(home / "tmp"))
    patch.chdir(home)


def travelled(home: Path, server: postgres.Server) -> Journey:
    """Go through secrets, sync, failures and exports."""
    journey = Journey(home)
    before = os.umask(0o022)
    try:
        with server.database() as url:
            _go(journey, url)
    finally:
        os.umask(before)
    return journey


def _go(journey: Journey, url: str) -> None:
    install.init(url)
    with connect(url, autocommit=True) as connection:
        name = urlsplit(url).path.removeprefix("/")
        connection.execute(f"ALTER DATABASE {name} SET log_statement = 'all'".encode())
        connection.execute(f"ALTER DATABASE {name} SET log_min_error_statement = 'debug1'".encode())
        end = connection.execute("SELECT size FROM pg_stat_file('log')").fetchone()
    assert end
    device = devices.add(url, ADA, "laptop", create_user=True)
    _keep_secrets(journey)
    _sync(journey, device.url)
    _fail(journey, device.url)
    _export(journey)
    with connect(url, autocommit=True) as connection:
        log = connection.execute("SELECT convert_from(pg_read_binary_file('log', %s, 1 << 28), 'UTF8')", end).fetchone()
        shown = connection.execute("SELECT string_agg(query, ' ') FROM pg_stat_activity").fetchone()
    assert log and shown
    journey.log, journey.shown = log[0], shown[0]


def _keep_secrets(journey: Journey) -> None:
    with Store.open(journey.home / "store.db", email=ADA, name="Ada") as store:
        item = store.items.add("An item", text="Its text", tags=["todo"])
        store.organizations.add("Lab", "lab")
        (journey.home / "tmp" / "kept.txt").write_text("kept")
        store.files.attach(item.id, journey.home / "tmp" / "kept.txt", copy=True)
        (journey.home / "tmp" / "kept.txt").unlink()
    journey.run("users", "set-password", ADA, given=f"{PASSWORD}\n")
    key = journey.run("api-keys", "new", "--description", "backup").strip().splitlines()[-1].split()[-1]
    journey.secrets["key"] = key
    journey.secrets["key_hash"] = hashlib.sha256(key.encode()).hexdigest()
    journey.run("api-keys", "verify", given=f"{key}\n")
    journey.run("api-keys", "verify", given=f"{MISTYPED}\n")
    with Store.open(journey.home / "store.db") as store, store.reading() as connection:
        row = connection.execute("SELECT hashed_password FROM users WHERE email = ?", (ADA,)).fetchone()
        journey.secrets["hashed_password"] = row[0]


def _sync(journey: Journey, url: str) -> None:
    journey.secrets["device"] = url.rpartition(":")[2]
    parts = urlsplit(url)
    role = f"{parts.username}:{quote(ROLE_PASSWORD)}@{parts.netloc.rpartition('@')[2]}"
    journey.run("sync", "link", "-", "--share", "all", "--yes", given=f"{parts._replace(netloc=role).geturl()}\n")
    for words in (["--yes"], ["status", "--json"], ["log", "--json"], ["verify"], ["conflicts", "--json"], ["share"]):
        journey.run("sync", *words)


def _fail(journey: Journey, url: str) -> None:
    """Addresses that lead nowhere, or cannot be read."""
    secret = url.rpartition("#")[2]
    for address in (
        f"postgresql://localstore_device:{ROLE_PASSWORD}@127.0.0.1:9/none#{secret}",
        f"postgresql://localstore_device:{ROLE_PASSWORD}@127.0.0.1:x/none#{secret}",
        f"postgresql://localstore_device:{ROLE_PASSWORD}@[::1/none?sslmode=odd#{secret}",
        f"postgresql://localstore_device@127.0.0.1:9/none?password={ROLE_PASSWORD}&odd=1#{secret}",
        f"postgresql://localstore_device:{ROLE_PASSWORD}@127.0.0.1:9/none#{secret}0",
    ):
        journey.run("sync", "link", "-", "--yes", given=f"{address}\n")
        journey.run("sync", "server", "check", "-", given=f"{address}\n")
    journey.run("embed", "setup", "--url", "http://127.0.0.1:9/v1", "--key-env", "SERVICE_KEY", "--model", "m", "--yes")
    journey.run("embed", "--model", "m", "--yes")


def _export(journey: Journey) -> None:
    journey.run("add", "Another item", "--text", "for the change file", "--org", "lab")
    (journey.home / "out").mkdir(mode=0o700)
    for name in ("items.jsonl", "items.csv", "notes", "chats.messages.jsonl"):
        journey.run("export", f"out/{name}", *(["--format", "messages"] if "messages" in name else []))
    journey.run("sync", "export", "out/store.sql", "--sql")
    journey.run("sync", "export", "out/first.changes")
    journey.run("backup", "out/backup.db")
    for noun in ("users", "api-keys", "events", "trash", "settings", "orgs"):
        journey.run(noun, "list", "--json")
    journey.run("undo", "--list", "--json")
    journey.run("show", "An item", "--json")
    journey.run("--store", "out/other.db", "import", "store.db", "--json")
    journey.run("check", "--json")
    journey.run("rm", "An item", "--yes")
    journey.run("undo")
