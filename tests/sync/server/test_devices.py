"""Devices: let in by an administrator, listed, and ended for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

import psycopg
import pytest

from localstore import Store
from localstore.errors import Ambiguous, InvalidValue, NotFound
from sync.errors import DeviceExpired, DeviceRevoked, SyncError, UserInactive
from sync.postgres import address
from sync.postgres.connection import Connection, connect
from sync.postgres.server import administrator, devices, install
from sync.postgres.session import Server
from sync.shapes import Identity
from tests.sync.server.conftest import value

EMAIL = "ada@example.org"
LATER = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
def ada(server: Connection) -> str:
    """The id of a user on the prepared server."""
    return str(value(server, "INSERT INTO users (email) VALUES (%s) RETURNING id::text", EMAIL))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(administrator, "LOCK_TIMEOUT", "20ms")
    yield


def signed_in(url: str) -> Identity:
    with Server(address.read(url)) as found:
        return found.whoami()


def test_a_device_signs_in_with_its_url_as_its_user(prepared: str, ada: str) -> None:
    made = devices.add(prepared, EMAIL, "laptop")
    who = signed_in(made.url)
    assert (who.device_id, who.device_name, who.user_id, who.email) == (made.id, "laptop", ada, EMAIL)


def test_the_server_keeps_the_hash_of_the_secret_alone(prepared: str, server: Connection, ada: str) -> None:
    url = devices.add_device(prepared, EMAIL, "laptop")
    secret = bytes.fromhex(url.rpartition(":")[2])
    assert value(server, "SELECT secret_hash FROM localstore_sync.devices") == sha256(secret).digest()
    assert value(server, "SELECT count(*) FROM localstore_sync.devices AS d WHERE d::text ~ %s", secret.hex()) == 0


def test_a_devices_url_has_no_trace_of_the_administrators_role(prepared: str, ada: str) -> None:
    admin = address.read(prepared.replace("postgres:@", "postgres:topsecret@"))
    url = devices.add_device(admin, EMAIL, "laptop")
    assert "topsecret" not in url and "//postgres" not in url
    assert address.read(url).user.startswith("localstore_device")


def test_the_email_is_found_without_its_case(prepared: str, ada: str) -> None:
    assert devices.add(prepared, "ADA@example.org", "x").email == EMAIL


def test_nobody_of_that_email_is_told_with_what_would_make_them(prepared: str) -> None:
    with pytest.raises(
        NotFound, match=r"^nobody on the server has the e-mail bea@example\.org: --create-user makes that"
    ):
        devices.add(prepared, "bea@example.org", "x")


def test_a_user_is_made_when_asked(prepared: str, server: Connection) -> None:
    made = devices.add(prepared, "bea@example.org", "x", create_user=True)
    row = server.execute("SELECT id::text, email, is_active, is_superuser, auth_provider FROM users").fetchone()
    assert row == (made.user_id, "bea@example.org", True, False, "local")
    assert (made.user_made, devices.add(prepared, "bea@example.org", "y", create_user=True).user_made) == (True, False)
    assert signed_in(made.url).email == "bea@example.org"


def test_a_user_is_made_in_an_adopted_table_without_defaults(foreign: str) -> None:
    install.init(foreign)
    made = devices.add(foreign, "bea@example.org", "x", create_user=True)
    with connect(foreign, autocommit=True) as connection:
        row = connection.execute(
            "SELECT hashed_password, is_active, is_superuser, auth_provider, extras::text "
            'FROM app."user" WHERE id = %s',
            (made.user_id,),
        ).fetchone()
    assert row == ("", True, False, "local", "{}")


def test_a_user_who_is_not_active_gets_no_device_and_cannot_sign_in(
    prepared: str, server: Connection, ada: str
) -> None:
    url = devices.add_device(prepared, EMAIL, "laptop")
    server.execute("UPDATE users SET is_active = false")
    with pytest.raises(SyncError, match=r"^ada@example\.org is not active on the server"):
        devices.add(prepared, EMAIL, "phone")
    with pytest.raises(UserInactive):
        signed_in(url)


def test_a_device_that_has_expired_cannot_sign_in(prepared: str, server: Connection, ada: str) -> None:
    url = devices.add_device(prepared, EMAIL, "laptop", LATER)
    assert signed_in(url).email == EMAIL
    server.execute("UPDATE localstore_sync.devices SET expires_at = now() - interval '1 second'")
    with pytest.raises(DeviceExpired):
        signed_in(url)


def test_a_revoked_device_cannot_sign_in_and_stays_in_the_list(prepared: str, ada: str) -> None:
    url = devices.add_device(prepared, EMAIL, "laptop")
    other = devices.add(prepared, EMAIL, "phone")
    devices.revoke(prepared, "laptop")
    with pytest.raises(DeviceRevoked):
        signed_in(url)
    listed = [(each.name, each.email, each.revoked_at is not None) for each in devices.devices(prepared)]
    assert listed == [("phone", EMAIL, False), ("laptop", EMAIL, True)]
    assert signed_in(other.url).device_name == "phone"


@pytest.mark.parametrize("part", [slice(None), slice(-8, None), slice(0, 36), slice(-4, None)])
def test_a_device_is_known_by_its_id_and_its_end(prepared: str, ada: str, part: slice) -> None:
    made = devices.add(prepared, EMAIL, "laptop")
    assert devices.revoke(prepared, made.id[part]).id == made.id


def test_a_name_of_two_devices_is_asked_about(prepared: str, ada: str) -> None:
    first, second = devices.add(prepared, EMAIL, "laptop"), devices.add(prepared, EMAIL, "laptop")
    with pytest.raises(Ambiguous) as caught:
        devices.revoke(prepared, "laptop")
    assert {key for key, _ in caught.value.candidates} == {first.id, second.id}


def test_a_device_that_nobody_knows_is_told(prepared: str) -> None:
    with pytest.raises(NotFound, match=r"^no device answers to 'tablet': 'localstore sync server devices URL' lists"):
        devices.revoke(prepared, "tablet")


def test_an_old_snapshot_of_a_revoked_device_gets_nothing_more(prepared: str, ada: str) -> None:
    url = devices.add_device(prepared, EMAIL, "laptop")
    plain, _, _ = url.partition("#")
    with connect(plain) as old:
        old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        devices.revoke(prepared, "laptop")
        with pytest.raises((psycopg.errors.SerializationFailure, psycopg.DatabaseError)):
            old.execute("SELECT localstore_sync.sign_in(%s, %s, 1)", (url.partition("#")[2][:36], bytes(32)))


def test_revoking_ends_a_transaction_in_which_the_device_is_signed_in(prepared: str, ada: str, quick: None) -> None:
    url = devices.add_device(prepared, EMAIL, "laptop")
    with Server(address.read(url)) as device, pytest.raises(SyncError), device.transaction() as session:
        session.connection.execute("SELECT pg_sleep(2.1)")
        devices.revoke(prepared, "laptop")
        session.connection.execute("SELECT 1")
    with pytest.raises(DeviceRevoked):
        signed_in(url)


def test_revoking_forgets_where_the_device_was_so_that_the_log_can_go(
    prepared: str, server: Connection, ada: str
) -> None:
    made = devices.add(prepared, EMAIL, "laptop")
    server.execute("INSERT INTO localstore_sync.device_state (device) VALUES (%s)", (made.id,))
    devices.revoke(prepared, made.id)
    assert value(server, "SELECT count(*) FROM localstore_sync.device_state") == 0


def test_a_user_who_was_deleted_leaves_devices_without_an_email(prepared: str, server: Connection, ada: str) -> None:
    devices.add(prepared, EMAIL, "laptop")
    server.execute("DELETE FROM users")
    assert [each.email for each in devices.devices(prepared)] == [None]


def test_an_administrators_link_makes_a_device_of_the_stores_person(prepared: str, ada: str, tmp_path: object) -> None:
    from pathlib import Path

    from sync.servers import device_of

    with Store.open(Path(str(tmp_path)) / "s.db", email=EMAIL) as store:
        made = device_of(address.read(prepared), store, "desk")
    assert (made.is_device, devices.devices(prepared)[0].name) == (True, "desk")


def test_a_user_who_is_to_be_made_needs_an_address(prepared: str, server: Connection) -> None:
    with pytest.raises(InvalidValue, match="'not an email' is no e-mail address"):
        devices.add(prepared, "not an email", "laptop", create_user=True)
    assert value(server, "SELECT count(*) FROM users") == 0


def test_a_user_whom_the_server_has_needs_none(prepared: str, server: Connection) -> None:
    server.execute("INSERT INTO users (email) VALUES ('ada')")
    assert devices.add(prepared, "ada", "laptop", create_user=True).email == "ada"


def test_a_device_that_could_never_sign_in_is_not_made(prepared: str, server: Connection, ada: str) -> None:
    with pytest.raises(InvalidValue, match="2020-01-01 00:00 UTC is over"):
        devices.add(prepared, EMAIL, "laptop", datetime(2020, 1, 1, tzinfo=UTC))
    assert value(server, "SELECT count(*) FROM localstore_sync.devices") == 0
