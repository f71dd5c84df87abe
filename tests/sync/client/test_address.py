"""Addresses: what a person pastes, what is shown of it, and that nothing readable leaves this machine."""

from __future__ import annotations

import pytest

from localstore.errors import InvalidValue
from sync.postgres.address import Address, read

DEVICE = "0190a0b0-0000-7000-8000-000000000001"
SECRET = "ab" * 32
FULL = f"postgresql://localstore_device:pa%24s@db.example:5433/work?sslmode=require#{DEVICE}:{SECRET}"


def test_a_devices_address_has_the_device_and_its_secret() -> None:
    address = read(FULL)
    assert (address.device_id, address.secret) == (DEVICE, bytes.fromhex(SECRET))
    assert address.hidden == {"password": "pa$s"}


@pytest.mark.parametrize("shown", [read(FULL).shown, repr(read(FULL)), str(read(FULL))])
def test_no_secret_is_shown(shown: str) -> None:
    assert "pa$s" not in shown and "pa%24s" not in shown and SECRET not in shown
    assert "abab" not in shown and "\\xab" not in shown


@pytest.mark.parametrize(
    "url",
    [
        FULL,
        "postgres://ada@h1:1,h2:2/work",
        "postgresql+asyncpg://[::1]:5433/x%20y",
        "postgresql:///work?host=/run/pg&port=5433",
        "postgresql://ada@/work?host=%40abstract",
        "postgresql://a%40b@db.example/w%2Fx?sslmode=verify-full&sslrootcert=/etc/a%20b.pem",
        "postgresql://h1,h2/work?hostaddr=10.0.0.1,10.0.0.2",
        "postgresql://",
    ],
)
def test_what_is_shown_is_read_back_as_the_same_place(url: str) -> None:
    address = read(url)
    assert read(address.shown) == Address(address.parameters)


@pytest.mark.parametrize(
    ("url", "parameter", "value"),
    [
        ("postgresql://db.example/work", "sslmode", "require"),
        ("postgresql://db.example/work?sslmode=prefer", "sslmode", "require"),
        ("postgresql://db.example/work?sslmode=verify-full", "sslmode", "verify-full"),
        ("postgresql://localhost,db.example/work", "sslmode", "require"),
        ("postgresql://localhost/work?hostaddr=10.0.0.1", "sslmode", "require"),
        ("postgresql:///work?service=far", "sslmode", "require"),
        ("postgresql://localhost/work", "sslmode", None),
        ("postgresql://127.0.0.9/work", "sslmode", None),
        ("postgresql://[::1]/work", "sslmode", None),
        ("postgresql:///work?host=/run/pg", "sslmode", None),
        ("postgresql:///work", "sslmode", None),
        ("postgresql://a,b/work", "target_session_attrs", "read-write"),
        ("postgresql://a,b/work?target_session_attrs=primary", "target_session_attrs", "primary"),
        ("postgresql://a/work", "target_session_attrs", None),
    ],
)
def test_beyond_this_machine_it_is_encrypted_and_of_several_hosts_the_writable_one(
    url: str, parameter: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGHOST", raising=False)
    assert read(url).parameters.get(parameter) == value


def test_a_host_in_the_environment_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example")
    assert read("postgresql:///work").parameters["sslmode"] == "require"


def test_plain_text_over_a_network_must_be_insisted_on() -> None:
    url = "postgresql://db.example/work?sslmode=disable"
    with pytest.raises(InvalidValue, match=r"db\.example: leave it out, or say --insecure"):
        read(url)
    assert read(url, insecure=True).parameters["sslmode"] == "disable"
    assert "sslmode" not in read("postgresql://db.example/work", insecure=True).parameters


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "begins with postgresql://"),
        ("http://db.example/work", "begins with postgresql://"),
        ("host=db.example password=hunter2", "begins with postgresql://"),
        ("postgresql://ada:hun#ter2@db.example/work", "%23"),
        (f"postgresql://ada:hunter2@db.example/work#{DEVICE}", "copy the whole line"),
        (f"postgresql://ada:hunter2@db.example/work#{DEVICE}:hunter2", "copy the whole line"),
        (f"postgresql://ada:hunter2@db.example/work#{'-' * 36}:{SECRET}", "no device"),
        ("postgresql://ada:hun@ter2@db.example/work", "an @ too many"),
        ("postgresql://ada:hun/ter2@db.example/work", "an @ too many"),
        ("postgresql://ada:hun?ter2@db.example/work", "an @ too many"),
        ("postgresql://ada:hun%ter2@db.example/work", "invalid percent-encoded token; write"),
        ("postgresql://ada:hunter2@db.example:70000/work", "no number from 1 to 65535"),
        ("postgresql://ada:hunter2@db.example:x/work", "no number from 1 to 65535"),
        ("postgresql://ada@db.example/work?colour=red", 'invalid URI query parameter: "colour"'),
        ("postgresql://db.example/work?sslmode=hunter2", "use one of require, verify-ca, verify-full"),
        ("postgresql://[::1/work", "IPv6"),
    ],
)
def test_a_bad_address_is_refused_with_what_is_wrong_and_without_its_secrets(url: str, said: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        read(url)
    assert said in str(refused.value)
    assert "ter2" not in str(refused.value).replace("sslmode=hunter2", "") and SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://db.example/work", "db.example"),
        ("postgresql://a:1,b:2/work", "a,b"),
        ("postgresql:///work?host=/run/pg", "the local socket /run/pg"),
    ],
)
def test_sentences_name_the_host(url: str, place: str) -> None:
    assert read(url).place == place
