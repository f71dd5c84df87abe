"""A device with its role's password turns on the server in plain SQL: it reaches what its person may, and no more.

``ATTACKS`` says which test shows that an attack fails; those that no other file has are here.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import psycopg
import pytest

from localstore.models import BY_NAME
from tests.sync.functions import conftest
from tests.sync.functions.people import ADA, CAL, LAB, READ, Device, Server, a_row

pytestmark = pytest.mark.postgres
peopled, server = conftest.peopled, conftest.server
ada, bea, cal = conftest.ada, conftest.bea, conftest.cal

HERE = Path(__file__).parents[1] / "sync"
ATTACKS = {
    "objects of pg_temp that shadow ours": ("functions/test_sign_in.py", "temporary_objects_shadow_nothing"),
    "the same under our triggers": ("server/test_server_capture.py", "temporary_objects_with_our_names_do_nothing"),
    "operators of another schema": (
        "server/test_server_capture.py",
        "operators_of_another_schema_do_not_run_as_our_role",
    ),
    "another search_path": (
        "functions/test_sign_in.py",
        "every_function_runs_with_a_pinned_search_path_and_is_nobodys_to_call",
    ),
    "tables read or written directly": ("functions/test_sign_in.py", "a_device_has_no_right_on_any_table"),
    "inner functions called": ("functions/test_sign_in.py", "a_device_may_not_call_what_the_functions_ask_each_other"),
    "a sign-in forged by a setting": ("functions/test_sign_in.py", "a_setting_signs_nobody_in"),
    "a sign-in rolled back by a savepoint": (
        "functions/test_sign_in.py",
        "a_sign_in_that_a_savepoint_took_back_is_none",
    ),
    "a sign-in of another transaction": (
        "functions/test_sign_in.py",
        "a_sign_in_of_another_transaction_counts_for_nothing",
    ),
    "a proof replayed": ("functions/test_sign_in.py", "a_proof_of_another_transaction_is_refused"),
    "a revoked device in an old snapshot": (
        "functions/test_sign_in.py",
        "a_revoked_device_is_refused_in_a_snapshot_from_before",
    ),
    "a revoked device in the middle": (
        "server/test_devices.py",
        "revoking_ends_a_transaction_in_which_the_device_is_signed_in",
    ),
    "batches replayed": ("functions/test_batches.py", "a_replayed_batch_writes_nothing"),
    "another person's row": ("functions/test_writing.py", "nobody_changes_another_person"),
    "superuser of oneself": ("functions/test_writing.py", "what_the_server_keeps_is_not_set"),
    "a row moved to a foreign organization": (
        "functions/test_writing.py",
        "nothing_is_given_to_a_foreign_organization_or_person",
    ),
    "a rank above one's own": ("functions/test_writing.py", "an_admin_gives_and_takes_no_rank_above_their_own"),
    "a hidden dependent under a delete": ("functions/test_writing.py", "one_with_a_hidden_dependent_stays"),
    "a hidden row guessed by its unique value": (
        "functions/test_locking.py",
        "a_value_of_a_hidden_row_is_taken_by_nobody",
    ),
    "a hidden row locked": ("functions/test_locking.py", "a_hidden_row_is_not_locked"),
    "others' password hashes": ("functions/test_seeing.py", "secrets_of_others_arrive_empty"),
    "secrets in tombstones": ("server/test_server_capture.py", "vectors_links_and_secrets_are_not_kept"),
    "a membership withdrawn": ("functions/test_pulling.py", "a_lost_membership_takes_all_of_its_organization"),
    "the role altered": ("server/test_server_check.py", "damage_is_named_in_one_sentence_and_repaired"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_attack_has_its_test(attack: str) -> None:
    file, name = ATTACKS[attack]
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    assert f"test_{name}" in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


# -- what else a login may try

FORBIDDEN = [
    "SET ROLE localstore_sync",
    "SET SESSION AUTHORIZATION postgres",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "CREATE ROLE mine",
    "GRANT SELECT ON items TO CURRENT_USER",
    "CREATE TABLE public.mine (x int)",
    "CREATE TABLE localstore_sync.mine (x int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION localstore_sync.seen() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE items DISABLE TRIGGER ALL",
    "DROP FUNCTION localstore_sync.sign_in(uuid, bytea, int)",
    "COPY items TO STDOUT",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY localstore_sync.devices TO STDOUT",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT * FROM localstore_sync.devices",
    "SELECT * FROM localstore_sync.log",
    "SELECT * FROM localstore_sync.tombstone",
    "UPDATE localstore_sync.settings SET value = 'true'",
    "SELECT rolpassword FROM pg_authid",
    "SET session_replication_role = replica",
    "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION localstore_sync.x()",
    "CREATE EXTENSION dblink",
    "SELECT setval('localstore_sync.log_seq_seq', 1)",
    "LOCK TABLE items",
    "TRUNCATE items",
    "CREATE TRIGGER t BEFORE INSERT ON items EXECUTE FUNCTION localstore_sync.note()",
    "VACUUM items",
]


@pytest.fixture
def role(server: Server, ada: Device) -> Device:
    """A device whose role has what ``init`` gives it, and no more."""
    row = ada.connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False,)
    return ada


def attempted(device: Device, sql: str) -> str:
    """How a statement ended: the state of its error, or that it worked; nothing of it stays."""
    try:
        with device.connection.transaction(force_rollback=True):
            device.connection.execute(sql.encode())
    except psycopg.Error as error:
        return error.sqlstate or "lost"
    return "worked"


def test_the_role_of_devices_can_do_nothing_beside_calling_functions(role: Device) -> None:
    refused = {"42501", "42P01", "42883", "3F000", "22023", "42704"}
    """No right; or nothing of that name."""
    worked = {sql: attempted(role, sql) for sql in FORBIDDEN}
    assert {sql: state for sql, state in worked.items() if state not in refused | {"0A000", "25001"}} == {}


def test_what_other_sessions_are_told_means_nothing_to_ours(ada: Device, cal: Device) -> None:
    cal.connection.execute("SELECT pg_notify('localstore_sync', 'pull')")
    assert ada.page("items") == {}
    words = [path for path in (HERE.parents[1] / "sync").rglob("*.py") if "LISTEN " in path.read_text(encoding="utf-8")]
    assert words == []


HOSTILE = [
    "x'; DROP TABLE items; --",
    '{"a": 1}',
    "' OR '1'='1",
    "%s",
    "\\'; SELECT pg_sleep(9); --",
    "NULL",
    "{}",
    "$$;--",
]


@pytest.mark.parametrize("table", BY_NAME)
def test_a_hostile_key_is_the_key_of_nothing(server: Server, cal: Device, table: str) -> None:
    server.item(ADA, LAB)
    shown = [_outcome(lambda key=key: cal.delete(table, key)) for key in HOSTILE]
    shown += [_outcome(lambda key=key: cal.lock(table, key, deletes=[key])) for key in HOSTILE]
    shown += [_outcome(lambda key=key: _paged(cal, table, key)) for key in HOSTILE]
    assert not any(ADA in each or LAB in each for each in shown)
    assert server.rows("SELECT count(*) FROM items") == [(1,)]


@pytest.mark.parametrize("name", ["type", "title", "description"])
def test_hostile_values_of_a_row_are_stored_as_they_are(server: Server, cal: Device, name: str) -> None:
    rows = [a_row("items", owner_id=CAL, **{name: each}) for each in HOSTILE]
    assert cal.write("insert", "items", *rows) == []
    assert {row[0] for row in server.rows(f"SELECT {name} FROM items")} == set(HOSTILE)


@pytest.mark.parametrize("extra", ["owner_id\" = '", "x); DROP TABLE items; --", "ctid", "tableoid", "_at"])
def test_a_column_that_a_table_has_not_changes_nothing(server: Server, cal: Device, extra: str) -> None:
    item = server.insert("items", owner_id=CAL, title="Before")
    before = server.rows("SELECT * FROM items")
    _outcome(lambda: cal.write("update", "items", {"id": item, extra: ADA}))
    assert [row[0] for row in server.rows("SELECT title FROM items")] == ["Before"] and len(before) == 1
    assert server.rows("SELECT owner_id::text FROM items") == [(CAL,)]


def test_a_row_of_another_person_is_not_taken_by_inserting_it_again(server: Server, cal: Device) -> None:
    hidden = server.insert("items", owner_id=ADA, title="Hidden")
    told = _outcome(lambda: cal.write("insert", "items", a_row("items", id=hidden, owner_id=CAL, title="Mine")))
    assert server.rows("SELECT title, owner_id::text FROM items") == [("Hidden", ADA)]
    assert "Hidden" not in told and ADA not in told


def test_a_refusal_says_the_same_of_a_hidden_row_and_of_none(server: Server, cal: Device) -> None:
    hidden, nothing = server.item(ADA, LAB), "00000000-0000-7000-8000-00000000dead"
    told = [_outcome(lambda pk=pk: cal.write("update", "items", {"id": pk, "title": "x"})) for pk in (hidden, nothing)]
    assert told[0].replace(hidden, "") == told[1].replace(nothing, "")


def test_what_hangs_on_a_hidden_row_learns_nothing_but_that_its_id_is_taken(server: Server, cal: Device) -> None:
    hidden = server.insert("items", owner_id=ADA, organization_id=LAB, title="Hidden")
    told = _outcome(lambda: cal.write("insert", "contents", a_row("contents", item_id=hidden)))
    assert "Hidden" not in told and ADA not in told and LAB not in told
    assert server.rows("SELECT count(*) FROM contents") == [(0,)]


def _paged(device: Device, table: str, key: str) -> list[dict[str, Any]]:
    with device.transaction(READ) as session:
        return session.call(f"page_{table}", key, 10)


def _outcome(deed: Any) -> str:
    """What a call answered, or its error: all that a device learns."""
    try:
        return repr(deed())
    except psycopg.Error as error:
        return f"{error} {error.diag.message_detail}"
