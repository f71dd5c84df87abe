"""Failures: whatever PostgreSQL, libpq and the network say is one sentence that tells what to do."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from localstore.errors import LocalstoreError
from sync import errors
from sync.errors import SyncError
from sync.postgres.address import read
from sync.postgres.connection import Connection, reach
from sync.postgres.failures import explained, told
from tests.postgres import Server

pytestmark = pytest.mark.postgres


def failure(postgres: Connection, state: str, message: str = "said so", detail: str = "") -> psycopg.Error:
    """What psycopg raises when the server says this."""
    body = f"RAISE EXCEPTION '{message}' USING ERRCODE = '{state}', DETAIL = '{detail}'"
    with pytest.raises(psycopg.Error) as raised:
        postgres.execute(f"DO $$ BEGIN {body}; END $$".encode())
    return raised.value


@pytest.mark.parametrize(
    ("state", "kind", "said"),
    [
        ("LS001", errors.DeviceRevoked, "was revoked, or never made there"),
        ("LS002", errors.ProtocolDiffers, "update localstore here"),
        ("LS003", errors.DeviceExpired, "until a day that has passed"),
        ("LS004", errors.ServerError, "another kind"),
        ("LS005", errors.ServerError, "lost our sign-in"),
        ("LS006", errors.ServerChanged, "said so; 'localstore sync server repair'"),
        ("LS007", errors.SyncDisabled, "switched off"),
        ("LS008", errors.UserInactive, "is not active"),
        ("LS010", errors.StoreCopied, "a copy of this file has synced"),
        ("LS011", errors.ServerRestored, "restored from an older state"),
        ("25006", errors.ServerReadOnly, "name the primary"),
        ("53100", errors.ServerFull, "is full"),
        ("53300", errors.ServerUnreachable, "too many connections"),
        ("57P01", errors.ConnectionLost, "being restarted"),
        ("57P03", errors.ServerUnreachable, "starting or stopping"),
        ("57014", errors.ServerError, "statement_timeout"),
        ("40001", errors.Contention, "kept changing"),
        ("40P01", errors.Contention, "kept locking"),
        ("55P03", errors.Contention, "locked"),
        ("42883", errors.NotPrepared, "'localstore sync server init URL'"),
        ("3F000", errors.NotPrepared, "'localstore sync server init URL'"),
        ("28P01", errors.SignInRefused, "refused the password of 'ada'"),
        ("3D000", errors.SignInRefused, "has no database 'work'"),
        ("08006", errors.ConnectionLost, "broke"),
        ("P0001", errors.ServerError, "db refused: said so"),
    ],
)
def test_an_error_of_the_server_becomes_ours_with_advice(
    postgres: Connection, state: str, kind: type[SyncError], said: str
) -> None:
    found = explained(failure(postgres, state, detail="7"), "db", "ada", "work")
    assert type(found) is kind
    assert said in str(found) and str(found).endswith(".")


def test_an_older_server_is_told_from_a_newer_one(postgres: Connection) -> None:
    found = explained(failure(postgres, "LS002", detail="0"), "db")
    assert "speaks version 0 of the protocol" in str(found) and "server init" in str(found)


def test_a_missing_right_names_the_grant(postgres: Connection) -> None:
    found = explained(failure(postgres, "42501", "permission denied for schema localstore_sync"), "db", "ada")
    assert isinstance(found, errors.RightMissing)
    assert "GRANT USAGE ON SCHEMA localstore_sync TO ada" in str(found)


def test_a_function_without_its_grant_is_named_with_its_schema(postgres: Connection) -> None:
    found = explained(failure(postgres, "42501", "permission denied for function sign_in"), "db", "ada")
    assert "GRANT EXECUTE ON FUNCTION localstore_sync.sign_in TO ada" in str(found)


@pytest.mark.parametrize("kind", [errors.ServerUnreachable, errors.ConnectionLost, errors.Contention])
def test_what_may_work_by_itself_exits_with_4(kind: type[LocalstoreError]) -> None:
    assert kind.exit_code == 4


# -- while a connection is made ------------------------------------------------------------------------------


def reached(url: str) -> SyncError:
    """The error of trying to connect."""
    address = read(url)
    with pytest.raises(SyncError) as raised, told(address.place, address.user, address.database):
        reach(address.conninfo())
    return raised.value


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ada@127.0.0.1:1/work", "Nothing answers at 127.0.0.1"),
        ("postgresql:///work?host=/nowhere", "Nothing answers at the local socket /nowhere"),
        ("postgresql://nobody.invalid/work", "No machine is called nobody.invalid"),
    ],
)
def test_a_server_that_is_not_there_is_unreachable(url: str, said: str) -> None:
    found = reached(url)
    assert isinstance(found, errors.ServerUnreachable) and said in str(found)


def test_a_database_that_is_not_there_is_named(postgres_server: Server) -> None:
    found = reached(postgres_server.url.replace("/postgres?", "/nowhere?"))
    assert isinstance(found, errors.SignInRefused) and "has no database 'nowhere'" in str(found)


def test_a_role_that_is_not_there_is_named(postgres_url: str) -> None:
    found = reached(postgres_url.replace("postgres:@", "nobody:@"))
    assert isinstance(found, errors.SignInRefused) and "'nobody'" in str(found)


def test_a_server_without_a_free_connection_is_unreachable(postgres: Connection, postgres_url: str) -> None:
    postgres.execute("DROP ROLE IF EXISTS crowd")
    postgres.execute("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0")
    found = reached(postgres_url.replace("postgres:@", "crowd:@"))
    assert isinstance(found, errors.ServerUnreachable) and "too many connections" in str(found)


def test_a_connection_that_an_administrator_ended_is_lost(postgres: Connection, postgres_url: str) -> None:
    lost = reach(read(postgres_url).conninfo())
    postgres.execute("SELECT pg_terminate_backend(%s, 5000)", [lost.info.backend_pid])
    assert type(raised_by(lambda: lost.execute("SELECT 1"))) is errors.ConnectionLost
    assert type(raised_by(lambda: lost.execute("SELECT 1"))) is errors.ConnectionLost


def raised_by(call: Callable[[], object]) -> SyncError:
    """The error that a call ends with."""
    with pytest.raises(SyncError) as raised, told("db"):
        call()
    return raised.value
