"""``sync``, ``sync link``, ``share``, ``status``, ``log`` and ``unlink`` on the command line, with a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.postgres.server import devices, install
from tests.postgres import Server
from tests.tui.cli.conftest import Run, Shell

ADA = "ada@example.org"


@pytest.fixture
def server(postgres_server: Server) -> Iterator[str]:
    """The URL of a database that is ready for devices, with Ada in it."""
    with postgres_server.database() as url:
        install.init(url)
        yield url


@pytest.fixture
def device(server: str) -> str:
    """The URL that lets one machine of Ada's in."""
    return devices.add_device(server, ADA, "laptop", create_user=True)


@pytest.fixture
def linked(home: Path, run: Run, device: str) -> Path:
    """A store that is linked and has not synced yet."""
    assert run("sync", "link", device, "--yes", "--quiet").exit_code == 0
    return home


def test_linking_tells_whom_the_store_acts_as_and_carries_nothing(home: Path, run: Run, device: str) -> None:
    done = run("sync", "link", device, "--yes")
    assert done.exit_code == 0
    assert f"acting as {ADA}" in done.stderr and "items of organizations" in done.stderr
    assert "Linked with postgresql://" in done.stdout
    assert json.loads(run("sync", "status", "--json").stdout)["last"] is None


def test_the_secret_of_the_device_is_printed_by_no_command(home: Path, run: Run, device: str) -> None:
    secret = device.rpartition(":")[2]
    run("sync", "link", device, "--yes")
    said = [run("sync", *words) for words in (["status", "--json"], ["--yes"], ["log", "--json"], ["share"])]
    assert [secret in each.output for each in said] == [False] * 4
    assert secret.encode() not in (home / "store.db").read_bytes()


def test_without_a_terminal_and_without_yes_the_first_round_asks_and_does_nothing(linked: Path, run: Run) -> None:
    asked = run("sync")
    assert asked.exit_code == 2
    assert "The first round would carry" in asked.stderr and "nothing was changed" in asked.stderr
    assert run("sync", "log").stdout.count("pushed") == 0


def test_a_dry_run_counts_rows_and_bytes_of_both_ways(linked: Path, run: Run) -> None:
    shown = json.loads(run("sync", "--dry-run", "--json").stdout)
    assert shown["up"]["items"][0] == 1 and shown["up"]["items"][1] > 100
    assert shown["down"]["users"][0] == 1


def test_a_round_pushes_what_an_organization_has_and_the_next_has_nothing_to_do(linked: Path, run: Run) -> None:
    first = json.loads(run("sync", "--yes", "--json").stdout)
    assert (first["pushed"]["items"], first["waiting"]) == (1, 0)
    again = run("sync")
    assert (again.exit_code, again.stdout[:13]) == (0, "Nothing to do")


def test_status_counts_what_waits_and_what_stays(linked: Path, run: Run) -> None:
    run("sync", "--yes")
    run("edit", "A paper", "--title", "A better paper")
    status = json.loads(run("sync", "status", "--json").stdout)
    assert status["to_push"]["items"] == 1
    assert status["kept"] > 0
    assert status["last"]["outcome"] == "done"


def test_sharing_all_pushes_what_stayed_before(linked: Path, run: Run) -> None:
    run("sync", "--yes")
    assert run("sync", "share", "all").stdout == "everything\n"
    assert json.loads(run("sync", "--json").stdout)["pushed"]["items"] == 2


def test_sharing_by_a_filter_pushes_its_items(linked: Path, run: Run) -> None:
    assert "#todo" in run("sync", "share", "#todo").stdout
    assert json.loads(run("sync", "--yes", "--json").stdout)["pushed"]["items"] == 2


@pytest.mark.parametrize(("given", "count", "told"), [("nonsense", 0, "none"), ("#todo", 2, "2 items")])
def test_a_share_by_a_filter_tells_how_many_items_it_finds(
    linked: Path, run: Run, given: str, count: int, told: str
) -> None:
    assert run("sync", "share", given).stdout.endswith(f": {told} now\n")
    assert json.loads(run("sync", "share", "--json").stdout)["items"] == count


def test_linking_by_a_filter_tells_how_many_items_it_finds(home: Path, run: Run, device: str) -> None:
    done = run("sync", "link", device, "--share", "nonsense", "--yes")
    assert "Shares: items of nonsense, with all that hangs on them: none now\n" in done.stderr


def test_a_linked_store_in_step_exports_nothing_and_says_why(linked: Path, run: Run) -> None:
    run("sync", "--yes")
    nothing = run("sync", "export", "one.changes")
    assert nothing.exit_code == 0
    assert nothing.stderr == "The server has all that is shared: no file was written.\n"


def test_a_share_that_is_none_is_refused_in_one_sentence(linked: Path, run: Run) -> None:
    refused = run("sync", "share", "")
    assert refused.exit_code == 1
    assert "say org, all, or a filter" in refused.stderr


def test_the_log_shows_the_link_and_the_round(linked: Path, run: Run) -> None:
    run("sync", "--yes")
    entries = json.loads(run("sync", "log", "--json").stdout)["items"]
    assert [each["kind"] for each in entries] == ["done", "linked"]


def test_unlinking_waits_for_what_was_not_pushed_unless_forced(linked: Path, run: Run) -> None:
    refused = run("sync", "unlink", "--yes")
    assert refused.exit_code == 1 and "were not pushed yet" in refused.stderr
    assert run("sync", "unlink", "--yes", "--force").exit_code == 0
    assert "Not linked" in run("sync", "status").stdout
    assert "Reading list" in run("list").stdout


def test_an_unlinked_store_is_told_how_to_link(home: Path, run: Run) -> None:
    refused = run("sync")
    assert refused.exit_code == 1
    assert "'localstore sync link URL'" in refused.stderr


def test_an_administrators_address_makes_a_device_for_the_stores_own_person(
    home: Path, run: Run, server: str, device: str
) -> None:
    assert run("sync", "link", server, "--device", "desk", "--yes").exit_code == 0
    assert json.loads(run("sync", "status", "--json").stdout)["device"] == "desk"


def test_a_server_that_is_not_there_is_exit_code_4_and_loses_nothing(linked: Path, run: Run, server: str) -> None:
    run("sync", "--yes")
    run("edit", "A paper", "--title", "Offline")
    _move_server(linked, "/nowhere")
    failed = run("sync")
    assert failed.exit_code == 4
    assert "Offline" in run("list").stdout
    assert json.loads(run("sync", "status", "--json").stdout)["last"]["outcome"] == "failed"


def _move_server(home: Path, host: str) -> None:
    from localstore import Store
    from sync import state

    with Store.open(home / "store.db") as store, store.database.writing() as connection:
        front, _, _ = state.need(connection, "server").rpartition("host=")
        state.put(connection, "server", f"{front}host={host}")


def test_a_copy_beside_its_original_is_told_to_become_a_device_of_its_own(linked: Path, run: Run) -> None:
    run("sync", "--yes")
    run("backup", "copy.db")
    refused = run("sync", "--store", str(linked / "copy.db"))
    assert refused.exit_code == 1 and "is a copy of" in refused.stderr


def test_conflicts_that_wait_are_exit_code_3(home: Path, run: Run, shell: Shell, server: str, device: str) -> None:
    run("sync", "link", device, "--yes")
    run("sync", "--yes")
    other = str(home / "desk.db")
    run("init", "--email", ADA, "--store", other)
    run("sync", "link", devices.add_device(server, ADA, "desk"), "--yes", "--store", other)
    run("sync", "--yes", "--store", other)
    run("edit", "A paper", "--title", "Mine")
    run("edit", "A paper", "--title", "Theirs", "--store", other)
    assert run("sync", "--store", other).exit_code == 0
    found = run("sync")
    assert found.exit_code == 3
    assert "1 conflict waits: 'localstore sync conflicts'" in found.stdout


def test_linking_again_before_the_first_round_makes_no_conflicts(linked: Path, run: Run, device: str) -> None:
    assert run("sync", "link", device, "--yes").exit_code == 0
    assert json.loads(run("sync", "--yes", "--json").stdout)["conflicts"] == 0
