"""Secrets stay where they belong: nowhere in what is said, in few of the files, never in the server's log."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import url2pathname

import pytest

from localstore import Store
from localstore.errors import InvalidValue
from tests import postgres
from tests.security import journey as steps
from tests.security.journey import Journey
from tests.tui.served import serving
from tui.serving.shown import way_in

STORES = {"store.db", "out/backup.db"}
"""A backup is the whole store, hashes too; nothing else may be."""


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory, postgres_server: postgres.Server) -> Iterator[Journey]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        steps.environment(home, patch)
        yield steps.travelled(home, postgres_server)


@pytest.mark.postgres
def test_the_journey_went_through(journey: Journey) -> None:
    assert "Linked with" in journey.said["sync link - --share all --yes"]
    there = {path.relative_to(journey.home).as_posix() for path in journey.files()}
    assert {"out/items.jsonl", "out/items.csv", "out/store.sql", "out/first.changes", "out/backup.db"} <= there


@pytest.mark.postgres
@pytest.mark.parametrize("secret", [steps.PASSWORD, steps.SERVICE_KEY, steps.MISTYPED])
def test_what_is_typed_or_set_is_in_no_file_and_said_by_no_command(journey: Journey, secret: str) -> None:
    assert (journey.holding(secret), journey.saying(secret)) == (set(), [])


@pytest.mark.postgres
def test_an_api_key_is_said_once_and_kept_nowhere(journey: Journey) -> None:
    assert journey.saying(journey.secrets["key"]) == ["api-keys new --description backup"]
    assert journey.holding(journey.secrets["key"]) == set()


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["hashed_password", "key_hash"])
def test_hashes_are_in_the_store_and_its_backup_alone(journey: Journey, name: str) -> None:
    assert journey.secrets[name]
    assert journey.saying(journey.secrets[name]) == []
    assert {path.removesuffix("-wal") for path in journey.holding(journey.secrets[name])} == STORES


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["device", "role"])
def test_what_lets_a_device_in_is_in_one_private_file(journey: Journey, name: str) -> None:
    secret = journey.secrets.get(name, steps.ROLE_PASSWORD)
    assert journey.saying(secret) == []
    (place,) = journey.holding(secret)
    assert place.startswith("config/localstore/devices/")


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["device", "role", "key"])
def test_no_secret_is_in_a_statement_that_the_server_shows_or_logs(journey: Journey, name: str) -> None:
    secret = journey.secrets.get(name, steps.ROLE_PASSWORD)
    assert "localstore_sync.sign_in" in journey.log
    assert secret not in journey.log and secret not in journey.shown


@pytest.mark.postgres
def test_everything_that_was_written_is_its_owners_alone_whatever_the_umask(journey: Journey) -> None:
    assert journey.loose() == {}


# -- the list of processes


def test_an_address_that_is_read_from_stdin_is_in_no_list_of_processes(tmp_path: Path) -> None:
    env = os.environ | {"LOCALSTORE": str(tmp_path / "store.db"), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "localstore", "sync", "link", "-", "--yes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True) as process:
        _, said = process.communicate(f"postgresql://x:{steps.ROLE_PASSWORD}@127.0.0.1:9/none\n")
        assert process.args == command
    assert process.returncode == 4
    assert steps.ROLE_PASSWORD not in said


def test_a_browser_is_started_with_a_private_file_that_goes_with_the_server() -> None:
    started: list[str] = []

    def note(url: str) -> bool:
        started.append(url)
        return True

    with way_in("http://127.0.0.1:1/secret/", note) as opened:
        file = Path(url2pathname(started[0].removeprefix("file://")))
        assert opened and "secret" not in started[0]
        assert "http://127.0.0.1:1/secret/" in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not file.parent.exists()


async def test_the_servers_secret_is_in_no_argument_of_the_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/begun"; mv "{tmp_path}/begun" "{tmp_path}/started"\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    async with serving(tmp_path / "store.db", "--open") as served:
        async with asyncio.timeout(30):
            while not (tmp_path / "started").exists():
                await asyncio.sleep(0.02)
        told = (tmp_path / "started").read_text().strip()
        token = served.address.rstrip("/").rpartition("/")[2]
        assert token not in told
        assert served.address in Path(url2pathname(told.removeprefix("file://"))).read_text()
    assert list(tmp_path.glob("localstore-*")) == []


@pytest.mark.parametrize(
    "parameters", [{"api_key": "s3cret"}, {"API-Key": "s3cret"}, {"base_url": "http://u:s3cret@host/v1"}]
)
def test_a_services_key_is_refused_among_a_models_parameters(parameters: dict[str, str], tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db", email="ada@example.org") as store:
        with pytest.raises(InvalidValue, match="'localstore embed setup' keeps the key") as told:
            store.ai_models.add("x", "openai", parameters=parameters)
        assert "s3cret" not in str(told.value)
        model = store.ai_models.add("x", "openai", parameters={"base_url": "http://host:80/v1", "dim": 3})
        with pytest.raises(InvalidValue):
            store.ai_models.edit(model.id, parameters=parameters)
