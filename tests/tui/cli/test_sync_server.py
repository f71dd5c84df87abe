"""The administrator's commands: what they say, what they print for programs, how they exit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from sync.postgres.connection import Connection, connect
from tests.tui.cli.conftest import Run

Server = Callable[..., Result]


@pytest.fixture
def admin(run: Run, postgres_url: str) -> Server:
    """Run ``sync server WORD URL …`` on a database with the thirteen tables."""
    return lambda word, *more, **extra: run("sync", "server", word, postgres_url, *more, **extra)


@pytest.fixture
def ready(admin: Server, postgres: Connection) -> Server:
    """The same on a database that is prepared and has a user."""
    done = admin("init")
    assert done.exit_code == 0, done.stderr
    postgres.execute("INSERT INTO users (email) VALUES ('ada@example.org')")
    return admin


def document(result: Result) -> Any:
    assert result.exit_code in (0, 3), result.stderr
    return json.loads(result.stdout)


def test_init_says_what_it_found_and_then_what_it_did(admin: Server) -> None:
    done = admin("init")
    said = done.stderr.splitlines()
    assert (done.exit_code, done.stdout) == (0, "Prepared.\n")
    assert said[0].startswith("users: public.users")
    assert said.index(next(line for line in said if line.startswith("put triggers"))) > 12


def test_init_twice_has_nothing_to_do(ready: Server) -> None:
    assert ready("init").stdout == "Nothing to do: the database is prepared.\n"


def test_a_dry_run_of_init_changes_nothing(admin: Server, postgres: Connection) -> None:
    found = document(admin("init", "--dry-run", "--json"))
    assert (found["dry_run"], len(found["tables"]), "make the functions that devices call" in found["steps"]) == (
        True,
        13,
        True,
    )
    assert postgres.execute("SELECT to_regnamespace('localstore_sync')").fetchone() == (None,)


def test_init_takes_the_names_of_tables(admin: Server, postgres: Connection) -> None:
    postgres.execute("ALTER TABLE tags RENAME TO labels")
    found = document(admin("init", "--map", "tags=public.labels", "--json"))
    assert {each["name"]: each["place"] for each in found["tables"]}["tags"] == "public.labels"


def test_an_address_comes_from_stdin_too(run: Run, postgres_url: str) -> None:
    assert run("sync", "server", "init", "-", input=f"{postgres_url}\n").exit_code == 0


def test_ddl_prints_sql_that_psql_loads_and_touches_nothing(admin: Server, postgres: Connection) -> None:
    done = admin("ddl")
    assert done.stdout.startswith("-- What 'localstore sync server init' does")
    assert postgres.execute("SELECT to_regnamespace('localstore_sync')").fetchone() == (None,)
    postgres.execute(done.stdout)
    assert admin("check").exit_code == 0


def test_check_of_a_prepared_server_finds_nothing(ready: Server) -> None:
    done = ready("check")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "All is well.\n")


def test_check_exits_with_3_and_repair_sets_right(ready: Server, postgres: Connection) -> None:
    postgres.execute("DROP TRIGGER localstore_sync_row ON items")
    found = ready("check", "--json")
    assert (found.exit_code, document(found)["items"]) == (
        3,
        [{
            "weight": "broken", "kind": "triggers", "repairable": True,
            "message": "changes of public.items are not noticed: localstore_sync_row is missing",
        }],
    )  # fmt: skip
    assert (ready("repair").exit_code, ready("check").exit_code) == (0, 0)


def test_check_of_a_database_that_is_not_prepared_says_so(admin: Server) -> None:
    done = admin("check")
    assert done.exit_code == 3
    assert "the database is not prepared" in done.stdout


def test_add_device_prints_the_url_once_and_nothing_else(ready: Server) -> None:
    done = ready("add-device", "--user", "ada@example.org", "--name", "laptop")
    assert re.fullmatch(r"postgresql://localstore_device\w*:[0-9a-f]{48}@\S+#[0-9a-f-]{36}:[0-9a-f]{64}\n", done.stdout)
    assert done.stdout.strip().rpartition(":")[2] not in done.stderr
    listed = ready("devices", "--json")
    assert [each["name"] for each in document(listed)["items"]] == ["laptop"]
    assert "secret" not in listed.stdout


def test_add_device_for_nobody_fails_with_what_to_do(ready: Server) -> None:
    done = ready("add-device", "--user", "bea@example.org")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "--create-user makes that person." in done.stderr
    assert ready("add-device", "--user", "bea@example.org", "--create-user").exit_code == 0


def test_a_device_may_have_a_last_day(ready: Server) -> None:
    made = document(ready("add-device", "--user", "ada@example.org", "--expires", "2099-01-02", "--json"))
    assert made["expires_at"].startswith("2099-01-0")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--user", "not an email", "--create-user"], "'not an email' is no e-mail address"),
        (["--user", "ada@example.org", "--expires", "2020-01-01"], "is over"),
    ],
    ids=["no address", "past"],
)
def test_a_device_that_would_be_of_no_use_is_refused_in_one_sentence(
    ready: Server, given: list[str], told: str
) -> None:
    refused = ready("add-device", *given)
    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert told in refused.stderr


def test_a_revoked_device_is_listed_as_such(ready: Server) -> None:
    ready("add-device", "--user", "ada@example.org", "--name", "laptop")
    assert document(ready("revoke", "laptop", "--json"))["name"] == "laptop"
    assert document(ready("devices", "--json"))["items"][0]["state"] == "revoked"
    assert ready("revoke", "laptop").exit_code == 1


def test_status_tells_how_the_server_stands(ready: Server) -> None:
    found = document(ready("status", "--json"))
    assert (found["schema"], found["enabled"], found["devices"]) == (1, True, 0)
    assert "Devices" in ready("status").stdout


def test_sync_is_switched_off_and_on(ready: Server) -> None:
    assert ready("disable").stdout == "Devices are kept out.\n"
    assert document(ready("status", "--json"))["enabled"] is False
    assert ready("enable").stdout == "Devices are let in.\n"


def test_trim_says_what_went(ready: Server) -> None:
    assert document(ready("trim", "--json"))["log"] == 1


def test_uninstall_asks_and_leaves_the_tables(ready: Server, postgres: Connection) -> None:
    assert ready("uninstall").exit_code == 2
    assert ready("uninstall", "--yes").exit_code == 0
    assert postgres.execute("SELECT count(*) FROM users").fetchone() == (1,)
    assert postgres.execute("SELECT to_regnamespace('localstore_sync')").fetchone() == (None,)


def test_a_server_that_cannot_be_reached_is_exit_code_4_without_the_password(run: Run) -> None:
    done = run("sync", "server", "status", "postgresql://admin:topsecret@/db?host=/nowhere")
    assert done.exit_code == 4
    assert "topsecret" not in done.stderr + done.stdout


def test_what_is_not_prepared_is_told_in_one_sentence(admin: Server) -> None:
    done = admin("devices")
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1 and "is not prepared: 'sync server init URL' does it." in done.stderr


@pytest.mark.parametrize("word", ["init", "check", "repair", "status", "ddl", "add-device", "devices", "revoke",
                                  "disable", "enable", "trim", "uninstall"])  # fmt: skip
def test_every_command_of_the_contract_is_there(run: Run, word: str) -> None:
    assert run("sync", "server", word, "--help").exit_code == 0


def test_passwords_are_in_no_output_of_a_prepared_server(ready: Server, postgres_url: str, home: Path) -> None:
    with connect(postgres_url) as connection:
        row = connection.execute("SELECT value FROM localstore_sync.settings WHERE key = 'role_password'").fetchone()
    shown = "".join(ready(word).output for word in ("init", "check", "status", "devices", "ddl", "repair"))
    assert row is not None and row[0] not in shown
