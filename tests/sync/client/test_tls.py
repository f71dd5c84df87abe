"""TLS and passwords, against a server that listens on TCP."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from sync import errors
from sync.errors import SyncError
from sync.postgres.address import read
from sync.postgres.connection import reach
from sync.postgres.failures import told
from tests.postgres import Server
from tests.sync.proxy import proxied
from tests.sync.secured import PASSWORD, Secured, secured_server

pytestmark = pytest.mark.postgres
GIVEN = quote(PASSWORD, safe="")


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    """The server of this module's tests."""
    with secured_server() as server:
        yield server


def encrypted(url: str) -> bool:
    """Whether the connection to that address is encrypted."""
    address = read(url)
    with (
        told(address.place, address.user, address.database),
        reach(address.conninfo()) as connection,
    ):
        row = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
        return row == (True,)


def refused(url: str) -> SyncError:
    """The error of connecting to that address."""
    with pytest.raises(SyncError) as raised:
        encrypted(url)
    assert PASSWORD not in str(raised.value) and GIVEN not in str(raised.value)
    return raised.value


def test_an_encrypted_connection_is_had_with_require(secured: Secured) -> None:
    assert encrypted(f"postgresql://ada:{GIVEN}@localhost:{secured.port}/postgres?sslmode=require")


def test_the_strongest_mode_is_kept_and_checks_the_certificate(secured: Secured) -> None:
    trusted = f"sslmode=verify-full&sslrootcert={secured.certificate}"
    assert encrypted(f"postgresql://ada:{GIVEN}@localhost:{secured.port}/postgres?{trusted}")


def test_a_certificate_of_another_name_is_not_trusted(secured: Secured) -> None:
    trusted = f"sslmode=verify-full&sslrootcert={secured.certificate}"
    found = refused(f"postgresql://ada:{GIVEN}@127.0.0.1:{secured.port}/postgres?{trusted}")
    assert isinstance(found, errors.TlsFailed) and "does not match host name" in str(found)


def test_a_missing_root_certificate_is_named(secured: Secured) -> None:
    trusted = "sslmode=verify-full&sslrootcert=/nowhere/root.crt"
    found = refused(f"postgresql://ada:{GIVEN}@localhost:{secured.port}/postgres?{trusted}")
    assert isinstance(found, errors.TlsFailed) and '"/nowhere/root.crt" does not exist' in str(found)


def test_a_wrong_password_is_told(secured: Secured) -> None:
    found = refused(f"postgresql://ada:wrong@localhost:{secured.port}/postgres?sslmode=require")
    assert isinstance(found, errors.SignInRefused) and "refused the password of 'ada'" in str(found)


def test_no_password_is_told(secured: Secured) -> None:
    found = refused(f"postgresql://ada@localhost:{secured.port}/postgres?sslmode=require")
    assert isinstance(found, errors.SignInRefused) and "refused the password of 'ada'" in str(found)


def test_a_server_that_wants_encryption_says_so(secured: Secured) -> None:
    found = refused(f"postgresql://ada:{GIVEN}@localhost:{secured.port}/postgres?sslmode=disable")
    assert isinstance(found, errors.TlsFailed) and "sslmode=require" in str(found)


def test_a_server_without_tls_is_told_from_one_that_is_down(postgres_server: Server) -> None:
    with proxied(postgres_server.url) as proxy:
        url = proxy.url.replace("sslmode=disable", "sslmode=require")
        found = refused(url)
    assert isinstance(found, errors.TlsFailed) and "offers no encryption" in str(found)
