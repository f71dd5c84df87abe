"""Users, organizations, members, models, files, events, settings, API keys on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localstore.store import Store
from tests.tui.cli.conftest import Run


def document(run: Run, *args: str, input: str | None = None) -> Any:
    result = run(*args, "--json", input=input)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    "noun", ["list", "users", "orgs", "members", "models", "files", "events", "settings", "api-keys", "tags", "trash"]
)
def test_every_list_is_a_document_with_items_and_a_cursor(noun: str, home: Path, run: Run) -> None:
    found = document(run, noun)
    assert list(found) == ["items", "next"] and found["items"]
    lines = run(noun, "--jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == found["items"]


@pytest.mark.parametrize("noun", ["users", "orgs", "models", "files", "events", "api-keys"])
def test_pages_of_every_noun_follow_each_other(noun: str, home: Path, run: Run) -> None:
    whole = document(run, noun)["items"]
    first = document(run, noun, "list", "--limit", "1")
    assert first["items"] == whole[:1]
    assert (first["next"] is None) == (len(whole) == 1)
    rest = document(run, noun, "list", "--after", first["next"])["items"] if first["next"] else []
    assert rest == whole[1:]


def test_json_keeps_whole_ids_utc_times_and_no_secret(home: Path, run: Run) -> None:
    user = document(run, "users")["items"][0]
    assert len(user["id"]) == 36 and user["created_at"].endswith("Z")
    assert "hashed_password" not in user
    assert "key_hash" not in document(run, "api-keys")["items"][0]


def test_a_user_is_added_edited_deactivated_and_deleted(home: Path, run: Run) -> None:
    made = document(run, "users", "add", "noor@example.org", "--name", "Noor")
    edited = document(run, "users", "edit", "noor@example.org", "--email", "n@example.org", "--name", "", "--inactive")
    assert (edited["id"], edited["email"], edited["full_name"], edited["is_active"]) == (
        made["id"], "n@example.org", None, False,
    )  # fmt: skip
    assert document(run, "users", "rm", "n@example.org")["deleted"] == {"users": 1}


def test_a_user_with_items_is_deleted_after_a_question(home: Path, run: Run) -> None:
    run("edit", "A paper", "--owner", "grace@example.org")
    result = run("users", "rm", "grace@example.org")
    assert result.exit_code == 2 and "1 item" in result.stderr
    assert document(run, "users", "rm", "grace@example.org", "--yes")["deleted"]["items"] == 1


def test_a_password_comes_from_stdin_and_is_printed_nowhere(home: Path, run: Run) -> None:
    result = run("users", "set-password", "ada@example.org", input="s3cret!\n")
    assert result.exit_code == 0 and "s3cret!" not in result.output
    with Store.open(home / "store.db") as store:
        assert store.users.verify_password("ada@example.org", "s3cret!")
    run("users", "set-password", "ada@example.org", "--none")
    with Store.open(home / "store.db") as store:
        assert not store.users.verify_password("ada@example.org", "s3cret!")


def test_who_adds_an_organization_owns_it_and_one_transaction_holds_both(home: Path, run: Run) -> None:
    assert run("orgs", "add", "Reading group").stdout == "reading-group\n"
    members = document(run, "members", "list", "reading-group")["items"]
    assert [(member["email"], member["role"]) for member in members] == [("ada@example.org", "owner")]
    assert run("orgs", "add", "Other", "--slug", "lab").exit_code == 1
    assert [org["slug"] for org in document(run, "orgs")["items"]] == ["lab", "reading-group"]


def test_an_organizations_items_stay_unless_cascade_takes_them(home: Path, run: Run) -> None:
    plain = document(run, "orgs", "rm", "lab", "--dry-run")
    assert "items" not in plain["deleted"] and plain["freed"]["items"] == 1
    assert document(run, "orgs", "rm", "lab", "--cascade", "--dry-run")["deleted"]["items"] == 1
    assert run("orgs", "rm", "lab").exit_code == 2
    run("orgs", "rm", "lab", "--yes")
    assert document(run, "show", "A paper")["organization"] is None


def test_new_items_belong_to_the_default_organization(home: Path, run: Run) -> None:
    assert run("orgs", "default").stdout == "none\n"
    assert run("orgs", "default", "lab").stdout == "lab\n"
    assert document(run, "add", "At home")["organization"] == "lab"
    assert document(run, "add", "Elsewhere", "--org", "-")["organization"] is None
    assert document(run, "orgs", "default", "none") == {"default": None}


def test_members_come_go_and_change_their_role(home: Path, run: Run) -> None:
    run("members", "add", "grace@example.org", "lab")
    run("members", "edit", "grace@example.org", "lab", "--role", "admin")
    found = document(run, "members", "list", "lab")["items"]
    assert [(member["email"], member["role"]) for member in found][1] == ("grace@example.org", "admin")
    assert document(run, "members", "rm", "grace@example.org", "lab")["deleted"] == {"organization_memberships": 1}


def test_a_model_keeps_parameters_that_an_edit_does_not_name(home: Path, run: Run) -> None:
    edited = document(run, "models", "edit", "local/hash-8", "--parameter", "metric=dot", "--version", "2")
    assert (edited["parameters"], edited["version"]) == ({"dim": 8, "metric": "dot"}, "2")
    assert run("models", "rm", "hash-8").exit_code == 2
    assert document(run, "models", "rm", "hash-8", "--yes")["deleted"] == {"ai_models": 1, "embeddings": 1}


def test_a_copied_file_is_kept_verified_and_found_when_nothing_refers_to_it(home: Path, run: Run) -> None:
    made = document(run, "files", "attach", "A paper", "paper.pdf", "--copy")["items"][0]
    assert (made["mime_type"], made["size_bytes"]) == ("application/pdf", 18)
    assert document(run, "files", "verify", made["id"])["items"][0]["status"] == "ok"
    run("files", "rm", made["id"])
    run("trash", "empty", "--yes")
    assert len(document(run, "files", "unreferenced")["items"]) == 1
    assert run("files", "unreferenced", "--delete").exit_code == 2
    document(run, "files", "unreferenced", "--delete", "--yes")
    assert document(run, "files", "unreferenced")["items"] == []


def test_a_changed_file_is_a_finding_with_exit_code_3(home: Path, run: Run) -> None:
    run("files", "attach", "A paper", "paper.pdf")
    (home / "paper.pdf").write_bytes(b"other")
    result = run("files", "verify")
    assert result.exit_code == 3 and "changed" in result.stdout


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--type", "tag.added"], 1),
        (["--actor", "grace@example.org"], 0),
        (["--since", "1h", "--type", "file.attached"], 1),
        (["--item", "A paper"], 1),
    ],
)
def test_events_are_filtered(args: list[str], expected: int, home: Path, run: Run) -> None:
    assert len(document(run, "events", "list", *args)["items"]) == expected


def test_events_before_a_time_are_forgotten(home: Path, run: Run) -> None:
    assert document(run, "events", "prune", "--before", "1d")["pruned"] == 0
    assert document(run, "events", "prune", "--before", "2999-01-01")["pruned"] > 5
    assert [event["event_type"] for event in document(run, "events")["items"]] == ["events.pruned"]


def test_a_setting_tells_its_value_and_where_it_comes_from(home: Path, run: Run) -> None:
    assert document(run, "settings", "get", "trash.keep_days")["origin"] == "default"
    run("settings", "set", "trash.keep_days", "7")
    run("settings", "set", "trash.keep_days", "90", "--scope", "user")
    result = run("settings", "get", "trash.keep_days")
    assert (result.stdout, result.stderr) == ("90\n", "from: user\n")
    assert document(run, "settings", "unset", "trash.keep_days", "--scope", "user")["value"] == 7


def test_an_unknown_setting_is_taken_only_when_said(home: Path, run: Run) -> None:
    assert run("settings", "set", "my.own", '{"a": 1}').exit_code == 1
    document(run, "settings", "set", "my.own", '{"a": 1}', "--unknown")
    assert document(run, "settings", "get", "my.own")["value"] == {"a": 1}


def test_a_key_is_printed_once_verified_from_stdin_and_revoked(home: Path, run: Run) -> None:
    made = run("api-keys", "new", "--description", "CI", "--scope", "items:read")
    key = made.stdout.strip()
    assert key.startswith("lsk_") and key not in made.stderr
    assert document(run, "api-keys", "verify", input=f"{key}\n")["user"] == "ada@example.org"
    assert run("api-keys", "verify", "--scope", "items:write", input=f"{key}\n").exit_code == 1
    assert key not in run("api-keys").stdout
    assert document(run, "api-keys", "revoke", "CI")["items"][0]["state"] == "revoked"
    assert "revoked" in run("api-keys", "verify", input=f"{key}\n").stderr
