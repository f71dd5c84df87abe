"""Transactions of a device: signed in, repeated when others were in the way, never half done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import psycopg
import pytest

from sync import errors
from sync.errors import Cancelled
from sync.postgres.address import read
from sync.postgres.connection import Connection
from sync.postgres.server import devices
from sync.postgres.session import Server, Session, proof
from tests.sync.client.desk import Desk, edit, image, new, stored
from tests.sync.trio import ADA

pytestmark = pytest.mark.postgres
SECRET = bytes(range(32))


def failing(state: str, times: int) -> Iterator[str]:
    """Statements of which the first *times* fail so."""
    yield from [f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"] * times
    yield "SELECT 1"


def test_a_proof_is_undone_with_the_hash_of_the_secret() -> None:
    given = proof(SECRET, "7:8:device")
    mask = hashlib.sha256(hashlib.sha256(SECRET).digest() + b"7:8:device").digest()
    assert bytes(a ^ b for a, b in zip(given, mask, strict=True)) == SECRET
    assert given != proof(SECRET, "7:9:device")


def test_a_device_is_who_it_was_made_for(ada: Desk) -> None:
    found = ada.server.whoami()
    assert (found.user_id, found.email, found.device_name) == (ADA, "ada@example.org", "desk")


def test_one_connection_is_kept(ada: Desk) -> None:
    pids = [ada.server.run("read committed", lambda s: s.value("SELECT pg_backend_pid()")) for _ in range(2)]
    assert pids[0] == pids[1]


def test_a_kept_connection_that_ended_is_replaced(ada: Desk, admin: Connection) -> None:
    pid = ada.server.run("read committed", lambda session: session.value("SELECT pg_backend_pid()"))
    admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert ada.server.run("read committed", lambda session: session.value("SELECT pg_backend_pid()")) != pid
    assert ada.pauses == []


def test_an_error_rolls_back(ada: Desk, admin: Connection) -> None:
    with pytest.raises(errors.ServerError), ada.server.transaction() as session:
        session.execute("CREATE TEMPORARY TABLE here (n int)")
        session.execute("SELECT 1 / 0")
    with ada.server.transaction() as session:
        assert session.value("SELECT to_regclass('pg_temp.here')") is None


def test_a_transaction_that_failed_unnoticed_is_not_taken_for_committed(ada: Desk) -> None:
    with pytest.raises(errors.SyncError, match="rolled the transaction back"), ada.server.transaction() as session:
        try_to_divide(session)


def try_to_divide(session: Session) -> None:
    """Swallow an error, as no code should."""
    with pytest.raises(psycopg.errors.DivisionByZero):
        session.execute("SELECT 1 / 0")


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
def test_work_that_others_were_in_the_way_of_is_repeated(ada: Desk, state: str) -> None:
    statements = failing(state, 4)
    ada.server.run("repeatable read", lambda session: session.execute(next(statements)).rowcount)
    assert len(ada.pauses) == 4
    assert ada.pauses == sorted(ada.pauses) and 0.05 <= ada.pauses[0] <= 0.1 and 1 <= ada.pauses[3] <= 2


def test_after_five_tries_it_is_told(ada: Desk) -> None:
    statements = failing("40001", 5)
    with pytest.raises(errors.Contention):
        ada.server.run("read committed", lambda session: session.execute(next(statements)))
    assert len(ada.pauses) == 4


def test_other_errors_are_not_repeated(ada: Desk) -> None:
    statements = failing("P0001", 1)
    with pytest.raises(errors.ServerError):
        ada.server.run("read committed", lambda session: session.execute(next(statements)))
    assert ada.pauses == []


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    pauses: list[float] = []
    url = f"postgresql://device@127.0.0.1:1/work#{ADA}:{SECRET.hex()}"
    with pytest.raises(errors.ServerUnreachable):
        Server(read(url), pause=pauses.append).whoami()
    assert pauses == []


def test_a_stopped_round_sends_nothing_more(ada: Desk, admin: Connection) -> None:
    row = image("items")
    ada.push(new("items", row))
    answers = iter([False] * 3)
    ada.server._asked = lambda: next(answers, True)
    with pytest.raises(Cancelled):
        ada.push(edit("items", row, title="x"))
    assert stored(admin, "items", row["id"], "title") == ("A title",)
    ada.server._asked = None
    ada.push(edit("items", row, title="x"))
    assert stored(admin, "items", row["id"], "title") == ("x",)


def test_an_interrupted_transaction_leaves_nothing(ada: Desk, admin: Connection) -> None:
    with pytest.raises(KeyboardInterrupt), ada.server.transaction() as session:
        session.execute("CREATE TEMPORARY TABLE here (n int)")
        raise KeyboardInterrupt
    assert ada.server.whoami().user_id == ADA


def test_nothing_is_prepared_and_nothing_outlives_a_transaction(ada: Desk) -> None:
    ada.server.run("read committed", lambda session: session.value("SELECT 1"))
    connection = ada.server._connection
    assert connection is not None
    assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
    assert connection.execute("SELECT current_setting('extra_float_digits')").fetchone() == ("1",)
    assert connection.execute("SHOW TimeZone").fetchone() != ("nowhere",)


# -- who is not let in ------------------------------------------------------------------------------------------


def test_a_revoked_device_is_told(ready: str, ada: Desk) -> None:
    device = ada.server.whoami().device_id
    devices.revoke(ready, device)
    with pytest.raises(errors.DeviceRevoked, match="Nothing here is lost"):
        ada.server.whoami()


def test_a_wrong_secret_is_a_device_that_is_not_known(ada: Desk) -> None:
    address = ada.server.address
    wrong = address.with_secrets(address.hidden, str(address.device_id), SECRET)
    with Server(wrong) as server, pytest.raises(errors.DeviceRevoked):
        server.whoami()


def test_an_inactive_person_is_told(ada: Desk, admin: Connection) -> None:
    admin.execute("UPDATE users SET is_active = false")
    with pytest.raises(errors.UserInactive):
        ada.server.whoami()


def test_changed_tables_are_told(ada: Desk, admin: Connection) -> None:
    admin.execute("ALTER TABLE items RENAME COLUMN title TO heading")
    with pytest.raises(errors.ServerChanged, match="items"):
        ada.server.whoami()


def test_another_protocol_is_told(ada: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.postgres.session.PROTOCOL", 99)
    with pytest.raises(errors.ProtocolDiffers):
        ada.server.whoami()


def test_a_database_that_was_not_prepared_is_told(postgres_url: str, ready: str, ada: Desk) -> None:
    plain = read(postgres_url)
    address = ada.server.address
    other = read(str(plain)).with_secrets(address.hidden, str(address.device_id), SECRET)
    with Server(other) as server, pytest.raises(errors.NotPrepared, match="server init URL"):
        server.whoami()


def test_a_missing_right_names_the_grant(ready: str, ada: Desk, admin: Connection) -> None:
    role = ada.server.address.user
    admin.execute(f"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA localstore_sync FROM {role}".encode())
    with pytest.raises(errors.RightMissing, match=r"GRANT EXECUTE ON FUNCTION localstore_sync\.sign_in"):
        ada.server.whoami()


def test_a_server_that_takes_no_writes_is_told(ready: str, ada: Desk, admin: Connection) -> None:
    name = admin.info.dbname
    admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    with pytest.raises(errors.ServerReadOnly):
        ada.server.whoami()


def test_no_secret_travels_as_text(ready: str, ada: Desk, admin: Connection) -> None:
    ada.server.whoami()
    texts = admin.execute("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
    secret = ada.server.address.secret
    assert secret is not None and secret.hex() not in str(texts)
    assert secret.hex() not in repr(ada.server) and "with_secrets" not in repr(ada.server.address)
