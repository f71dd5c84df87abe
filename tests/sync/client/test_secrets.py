"""Secrets of devices: kept for this machine, for its user alone, and forgotten when told to."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from localstore.errors import NotFound
from sync import secrets
from sync.postgres.address import Address, read

DEVICE = "0190a0b0-0000-7000-8000-000000000001"
SECRET = "ab" * 32
ADDRESS = read(f"postgresql://device:pa%24s@db.example/work#{DEVICE}:{SECRET}")
WITHOUT = read(ADDRESS.shown)


class Keyring:
    """A keyring in memory, in the shape of the package."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


def locked(*_: str) -> str:
    """A keyring's function that does not work."""
    raise RuntimeError("no service")


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder of the test's own, and no keyring."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "keyring", None)
    return tmp_path


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """A keyring that works."""
    ring = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", ring)
    return ring


def found() -> Address:
    """The address as the next command finds it."""
    return secrets.find(DEVICE, WITHOUT)


def test_what_was_kept_is_found_again() -> None:
    secrets.keep(DEVICE, ADDRESS)
    assert found() == ADDRESS


def test_the_file_is_its_users_alone() -> None:
    secrets.keep(DEVICE, ADDRESS)
    path = secrets.secret_path(DEVICE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_new_secret_replaces_the_old_one() -> None:
    secrets.keep(DEVICE, ADDRESS)
    newer = read(f"postgresql://device:other@db.example/work#{DEVICE}:{'cd' * 32}")
    secrets.keep(DEVICE, newer)
    assert found() == newer
    assert len(list(secrets.secret_path(DEVICE).parent.iterdir())) == 1


def test_where_a_keyring_works_there_is_no_file(keyring: Keyring) -> None:
    secrets.keep(DEVICE, ADDRESS)
    assert not secrets.secret_path(DEVICE).exists()
    assert len(keyring.kept) == 1
    assert found() == ADDRESS


def test_a_keyring_takes_over_from_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.keep(DEVICE, ADDRESS)
    monkeypatch.setitem(sys.modules, "keyring", Keyring())
    secrets.keep(DEVICE, ADDRESS)
    assert not secrets.secret_path(DEVICE).exists()
    assert found() == ADDRESS


def test_a_keyring_that_does_not_work_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = SimpleNamespace(set_password=locked, get_password=locked, delete_password=locked)
    monkeypatch.setitem(sys.modules, "keyring", broken)
    secrets.keep(DEVICE, ADDRESS)
    assert found() == ADDRESS


def test_a_keyring_that_keeps_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = SimpleNamespace(set_password=lambda *_: None, get_password=lambda *_: None)
    monkeypatch.setitem(sys.modules, "keyring", forgetful)
    secrets.keep(DEVICE, ADDRESS)
    assert found() == ADDRESS


@pytest.mark.usefixtures("keyring")
def test_a_secret_that_was_removed_from_the_keyring_is_gone() -> None:
    secrets.keep(DEVICE, ADDRESS)
    secrets.remove(DEVICE)
    with pytest.raises(NotFound):
        found()


def test_a_secret_that_was_removed_from_the_file_is_gone() -> None:
    secrets.keep(DEVICE, ADDRESS)
    secrets.remove(DEVICE)
    secrets.remove(DEVICE)
    with pytest.raises(NotFound):
        found()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"secret": "zz", "hidden": {}}', '{"secret": "ab", "hidden": 1}'])
def test_a_file_that_is_no_secret_is_as_good_as_none(text: str) -> None:
    secrets.keep(DEVICE, ADDRESS)
    secrets.secret_path(DEVICE).write_text(text)
    with pytest.raises(NotFound, match="'localstore sync link URL'"):
        found()
