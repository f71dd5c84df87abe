"""Signing in cannot be forged, is over when its savepoint is, and fails once the device is revoked."""

from __future__ import annotations

import psycopg
import pytest

from sync.postgres.server import devices
from sync.postgres.session import proof
from tests.sync.functions.people import ADA, COMMITTED, READ, Device, Server

pytestmark = pytest.mark.postgres


def refused(error: pytest.ExceptionInfo[psycopg.Error]) -> str | None:
    return error.value.sqlstate


def test_a_device_learns_who_it_is(server: Server, ada: Device) -> None:
    with ada.unsigned() as session:
        answer = session.sign_in()
        assert session.one("SELECT current_setting('synchronous_commit')") == "on"
    system = server.rows("SELECT system_identifier::text FROM pg_control_system()")[0][0]
    database = server.rows("SELECT oid::text FROM pg_database WHERE datname = current_database()")[0][0]
    assert answer == {
        "user": ADA, "email": "ada@example.org", "name": "laptop", "system": f"{system}:{database}", "schema": 1,
    }  # fmt: skip


def test_sign_in_makes_commits_durable_where_a_role_or_database_did_not(server: Server, ada: Device) -> None:
    ada.connection.execute("SET synchronous_commit = off")
    with ada.transaction() as session:
        assert session.one("SELECT current_setting('synchronous_commit')") == "on"
    assert ada.connection.execute("SHOW synchronous_commit").fetchone() == ("off",)


def test_a_sign_in_is_noted_durably(server: Server, ada: Device) -> None:
    with ada.transaction() as session:
        number = session.one("SELECT pg_current_xact_id()::text")
    assert server.rows("SELECT xid::text, device::text, user_id::text FROM localstore_sync.signed_in") == [
        (number, ada.id, ADA)
    ]


def test_without_a_sign_in_nothing_is_given(ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.unsigned(READ) as session:
        session.call("page_users", "", 10)
    assert refused(error) == "LS005"


def test_another_secret_is_refused(ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.unsigned() as session:
        session.sign_in(bytes(32))
    assert refused(error) == "LS001"


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_proof_of_another_length_is_refused(ada: Device, length: int) -> None:
    with pytest.raises(psycopg.Error) as error, ada.unsigned() as session:
        session.one("SELECT localstore_sync.sign_in(%s::uuid, %s, 1)", ada.id, bytes(length))
    assert refused(error) == "LS001"


def test_no_proof_is_refused(ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.unsigned() as session:
        session.one("SELECT localstore_sync.sign_in(%s::uuid, NULL, 1)", ada.id)
    assert refused(error) == "LS001"


def test_a_proof_of_another_transaction_is_refused(ada: Device) -> None:
    with ada.unsigned() as session:
        challenge = session.one("SELECT pg_current_xact_id() || ':' || pg_backend_pid()")
        used = proof(ada.secret, f"{challenge}:{ada.id}")
        assert session.one("SELECT localstore_sync.sign_in(%s::uuid, %s, 1)", ada.id, used)
    with pytest.raises(psycopg.Error) as error, ada.unsigned() as session:
        session.one("SELECT localstore_sync.sign_in(%s::uuid, %s, 1)", ada.id, used)
    assert refused(error) == "LS001"


def test_a_proof_of_another_device_is_refused(ada: Device, bea: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.unsigned() as session:
        session.sign_in(bea.secret)
    assert refused(error) == "LS001"


def test_a_setting_signs_nobody_in(ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.unsigned(READ) as session:
        session.execute("SELECT set_config('localstore_sync.device', %s, true)", ada.id)
        session.execute("SELECT set_config('localstore_sync.user', %s, true)", ADA)
        session.call("page_items", "", 10)
    assert refused(error) == "LS005"


def test_a_sign_in_of_another_transaction_counts_for_nothing(ada: Device) -> None:
    with ada.transaction():
        pass
    with pytest.raises(psycopg.Error) as error, ada.unsigned(READ) as session:
        session.call("page_items", "", 10)
    assert refused(error) == "LS005"


def test_a_sign_in_that_a_savepoint_took_back_is_none(ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.unsigned(READ) as session:
        session.execute("SAVEPOINT before")
        session.sign_in()
        session.execute("ROLLBACK TO SAVEPOINT before")
        session.call("page_items", "", 10)
    assert refused(error) == "LS005"


def test_a_sign_in_from_before_a_dump_is_none(server: Server, ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.unsigned() as session:
        number = session.one("SELECT pg_current_xact_id()::text")
        server.run(
            "INSERT INTO localstore_sync.signed_in VALUES (%s::xid8, %s, %s, now() - interval '1 day')",
            number, ada.id, ADA,
        )  # fmt: skip
        session.one("SELECT localstore_sync.count_items()")
    assert refused(error) == "LS005"


def test_a_device_has_no_right_on_any_table(ada: Device) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ada.connection.execute("SELECT * FROM items")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ada.connection.execute(
            "INSERT INTO localstore_sync.signed_in VALUES ('1', gen_random_uuid(), gen_random_uuid())"
        )


def test_a_device_may_not_call_what_the_functions_ask_each_other(ada: Device) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ada.connection.execute("SELECT localstore_sync.seen_by(gen_random_uuid())")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ada.connection.execute("SELECT localstore_sync.fingerprint()")


def test_temporary_objects_shadow_nothing(server: Server, ada: Device, cal: Device) -> None:
    server.item(ADA)
    with cal.connection.transaction():
        # A database lets everybody make temporary tables, unless its owner says otherwise.
        cal.connection.execute(f"CREATE TEMPORARY VIEW signed_in AS SELECT '{ADA}'::uuid AS user_id, now() AS at")
        cal.connection.execute("CREATE TEMPORARY TABLE items (id uuid, owner_id uuid)")
        cal.connection.execute(
            "CREATE FUNCTION pg_temp.signed_user(text) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'"
        )
    cal.connection.execute("SET search_path = pg_temp, public")
    assert cal.page("items") == {}
    with pytest.raises(psycopg.Error) as error, cal.unsigned(READ) as session:
        session.call("page_items", "", 10)
    assert refused(error) == "LS005"


def test_a_revoked_device_is_refused(server: Server, ada: Device) -> None:
    devices.revoke(server.url, ada.id)
    with pytest.raises(psycopg.Error) as error, ada.unsigned() as session:
        session.sign_in()
    assert refused(error) == "LS001"


def test_a_revoked_device_is_refused_in_a_snapshot_from_before(server: Server, ada: Device) -> None:
    with pytest.raises(psycopg.errors.SerializationFailure), ada.unsigned(READ) as session:
        session.one("SELECT pg_current_snapshot()")
        devices.revoke(server.url, ada.id)
        session.sign_in()


def test_a_device_that_ended_is_refused(server: Server, ada: Device) -> None:
    server.run("UPDATE localstore_sync.devices SET expires_at = '2020-02-03'")
    with pytest.raises(psycopg.Error, match="laptop ended on 2020-02-03") as error, ada.unsigned() as session:
        session.sign_in()
    assert refused(error) == "LS003"


def test_a_user_who_is_not_active_is_refused(server: Server, ada: Device) -> None:
    server.run("UPDATE users SET is_active = false WHERE id = %s", ADA)
    with pytest.raises(psycopg.Error, match=r"ada@example\.org") as error, ada.unsigned() as session:
        session.sign_in()
    assert refused(error) == "LS008"


def test_another_protocol_is_refused_with_the_servers_number(ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.unsigned() as session:
        session.sign_in(protocol=2)
    assert (refused(error), error.value.diag.message_detail) == ("LS002", "1")


def test_a_server_that_was_switched_off_says_so(server: Server, ada: Device) -> None:
    server.run("UPDATE localstore_sync.settings SET value = 'false' WHERE key = 'enabled'")
    with pytest.raises(psycopg.Error) as error, ada.unsigned() as session:
        session.sign_in()
    assert refused(error) == "LS007"


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE tags RENAME color TO colour",
        "ALTER TABLE tags ALTER color TYPE varchar",
        "DROP TRIGGER localstore_sync_row ON tags",
        "ALTER TABLE tags DISABLE TRIGGER localstore_sync_update",
        "ALTER TABLE tags ENABLE ROW LEVEL SECURITY",
    ],
)
def test_a_table_that_changed_is_named(server: Server, ada: Device, change: str) -> None:
    server.run(change)
    with pytest.raises(psycopg.Error, match=r"sync was set up: tags\n") as error, ada.unsigned() as session:
        session.sign_in()
    assert refused(error) == "LS006"


def test_pulling_needs_one_snapshot_and_pushing_none(ada: Device) -> None:
    with pytest.raises(psycopg.Error) as error, ada.transaction(COMMITTED) as session:
        session.call("pull_items", "1:1:", [], kinds=("text", "uuid[]"))
    assert refused(error) == "LS004"
    with pytest.raises(psycopg.Error) as error, ada.transaction(READ) as session:
        session.write("insert", "items")
    assert refused(error) == "LS004"
    with pytest.raises(psycopg.Error) as error, ada.transaction("SERIALIZABLE") as session:
        session.one("SELECT localstore_sync.push_begin(1, '')")
    assert refused(error) == "LS004"


def test_every_function_runs_with_a_pinned_search_path_and_is_nobodys_to_call(server: Server) -> None:
    open_to_all = "has_function_privilege('pg_monitor', p.oid, 'EXECUTE')"
    loose = server.rows(
        "SELECT p.proname FROM pg_proc AS p "
        "WHERE p.pronamespace = 'localstore_sync'::regnamespace AND (NOT p.prosecdef "
        "OR NOT 'search_path=pg_catalog, localstore_sync, pg_temp' = ANY (p.proconfig) "
        f"OR {open_to_all} OR p.prosrc ~* 'execute ' AND p.prorettype <> 'trigger'::regtype)"
    )
    assert loose == []


def test_no_function_holds_a_table_by_its_row_type(server: Server) -> None:
    server.run("DROP TABLE api_keys, settings, item_tag_links")
    assert server.rows("SELECT to_regclass('settings') IS NULL") == [(True,)]
