"""``sync conflicts`` and ``sync resolve``: what waits for a person, seen and settled at the command line."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from localstore import Store
from sync.conflicts import conflicts
from sync.shapes import Conflict, Key, Kind
from tests.sync.conflicts.waiting import columns, deleted_there, item, noted, titled
from tests.tui.cli.conftest import Run, Shell
from tui.cli.versions import text_of

Act = Callable[[Store], Any]


@pytest.fixture
def store(home: Path) -> Path:
    return home / "store.db"


def act(path: Path, deed: Act) -> Any:
    """Do something to the store while no command runs."""
    with Store.open(path) as opened:
        return deed(opened)


def waiting(path: Path) -> int:
    return len(act(path, lambda opened: conflicts(opened).rows))


def title(path: Path, pk: str) -> str:
    return str(act(path, lambda opened: item(opened, pk)["title"]))


def document(result: Result) -> Any:
    return json.loads(result.stdout)


# -- listing ----------------------------------------------------------------------------------------------


def test_an_empty_list_ends_well(store: Path, run: Run) -> None:
    result = run("sync", "conflicts")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Nothing waits for you.\n")


def test_a_list_tells_what_waits_and_ends_with_3(store: Path, run: Run) -> None:
    _, conflict = act(store, titled)
    result = run("sync", "conflicts")
    line = re.sub(r"\d\d:\d\d", "now", " ".join(result.stdout.split()))
    assert result.exit_code == 3
    assert line == f"{conflict[-8:]} columns now item 'Theirs' changed here and on the server"


def test_json_goes_on_where_the_page_before_ended(store: Path, run: Run) -> None:
    found = [act(store, titled)[1] for _ in range(3)]
    first = run("sync", "conflicts", "--limit", "2", "--json")
    cursor = document(first)["next"]
    second = run("sync", "conflicts", "--limit", "2", "--after", cursor, "--json")
    assert [each["id"] for each in document(first)["items"] + document(second)["items"]] == found[::-1]
    assert (first.exit_code, second.exit_code, document(second)["next"]) == (3, 3, None)


def test_json_holds_every_version_of_every_field(store: Path, run: Run) -> None:
    pk, conflict = act(store, titled)
    found = document(run("sync", "conflicts", conflict, "--json"))
    assert found["fields"] == [{"name": "title", "base": "Title", "mine": "Mine", "theirs": "Theirs", "live": "Theirs"}]
    assert (found["table"], found["row"], found["kind"]) == ("items", pk, "columns")


def test_jsonl_writes_a_line_for_each(store: Path, run: Run) -> None:
    act(store, titled)
    act(store, titled)
    assert len(run("sync", "conflicts", "--jsonl").stdout.splitlines()) == 2


# -- one --------------------------------------------------------------------------------------------------


def test_one_conflict_shows_all_versions_and_what_can_be_chosen(store: Path, run: Run) -> None:
    _, conflict = act(store, titled)
    result = run("sync", "conflicts", conflict[-8:])
    assert result.exit_code == 0
    assert "choose  mine, theirs, both, value: localstore sync resolve" in result.stdout
    assert result.stdout.endswith("title\nwas     Title\nmine    Mine\ntheirs  Theirs\n")


def test_a_value_that_moved_on_is_shown_as_it_is_now(store: Path, run: Run) -> None:
    pk, conflict = act(store, titled)
    act(store, lambda opened: opened.items.edit(pk, title="Newer"))
    assert "now     Newer" in run("sync", "conflicts", conflict).stdout


def test_on_a_terminal_the_versions_stand_side_by_side(store: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(f"line {number}" for number in range(9))
    sides = (text + end for end in ("\nwas", "\nmine here", "\ntheirs there"))

    def both(opened: Store) -> str:
        pk = opened.items.add("Title", description=text + "\nwas").id
        return columns(opened, Key("items", pk), *({"description": side} for side in sides))

    conflict = act(store, both)
    monkeypatch.setattr("tui.cli.session.Session.columns", 70)
    shown = [re.split(r"\s{2,}", line) for line in run("sync", "conflicts", conflict).stdout.splitlines()[-7:]]
    assert shown == [
        ["WAS", "MINE", "THEIRS"],
        ["line 0", "line 0", "line 0"],
        ["line 1", "line 1", "line 1"],
        ["… 5 lines", "… 5 lines", "… 5 lines"],
        ["line 7", "line 7", "line 7"],
        ["line 8", "line 8", "line 8"],
        ["was", "mine here", "theirs there"],
    ]


def test_a_long_line_is_wrapped_within_its_column(store: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    conflict = act(store, lambda opened: titled(opened, ours="m" * 50))[1]
    monkeypatch.setattr("tui.cli.session.Session.columns", 64)
    lines = run("sync", "conflicts", conflict).stdout.splitlines()[-3:]
    assert [line.count("m") for line in lines] == [20, 20, 10]
    assert max(len(line) for line in lines) <= 64


def test_secrets_are_hidden_in_every_form(store: Path, run: Run) -> None:
    def changed(opened: Store) -> str:
        pk = opened.users.get("grace@example.org").id
        return columns(opened, Key("users", pk), *({"hashed_password": text} for text in ("H-0", "H-1", "H-2")))

    conflict = act(store, changed)
    shown = run("sync", "conflicts", conflict).stdout + run("sync", "conflicts", "--json").stdout
    assert "H-" not in shown
    assert "(hidden: ours)" in shown


@pytest.mark.parametrize(("room", "end"), [(None, ""), (80, ""), (80, "\nline")])
def test_stored_control_characters_never_reach_the_terminal(
    store: Path, run: Run, monkeypatch: pytest.MonkeyPatch, room: int | None, end: str
) -> None:
    monkeypatch.setattr("tui.cli.session.Session.columns", room)
    hostile = "\x1b]0;owned\x07\u202eevil\x9b2J"
    _, conflict = act(store, lambda opened: titled(opened, hostile, f"a{hostile}", f"b{hostile}{end}"))
    act(store, lambda opened: noted(opened, Conflict(Key("items", "x"), Kind.REFUSED, None, None, None, hostile)))
    shown = (
        "".join(
            run("sync", *words).stdout
            for words in (
                ["conflicts"],
                ["conflicts", conflict],
                ["conflicts", conflict, "--json"],
                ["conflicts", "--json"],
            )
        )
        + run("sync", "resolve", conflict, "mine").stderr
    )
    assert [char for char in hostile if not char.isascii() or ord(char) < 32 if char in shown] == []


def test_an_unknown_id_is_one_sentence(store: Path, run: Run) -> None:
    result = run("sync", "conflicts", "ffffffff")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No conflict answers to 'ffffffff': see 'localstore sync conflicts'." in result.stderr


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), ("", "(empty)"), (b"\0" * 8, "2 numbers"), (True, "True"), ([1], "[\n  1\n]")],
)
def test_values_are_told_in_words(value: Any, text: str) -> None:
    assert text_of(value) == text


# -- settling ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "kept"), [("mine", "Mine"), ("theirs", "Theirs"), ("both", "Theirs / Mine")])
def test_a_choice_settles_a_conflict(store: Path, run: Run, how: str, kept: str) -> None:
    pk, conflict = act(store, titled)
    result = run("sync", "resolve", conflict[-8:], how)
    assert (result.exit_code, title(store, pk), waiting(store)) == (0, kept, 0)
    assert result.stderr == f"Settled ({how}): item 'Theirs'. 'localstore undo' takes it back.\n"


def test_undo_takes_a_choice_back(store: Path, run: Run) -> None:
    pk, _ = act(store, titled)
    run("sync", "resolve", "@last", "mine")
    assert run("undo").exit_code == 0
    assert (title(store, pk), waiting(store)) == ("Theirs", 1)


def test_a_value_settles_a_conflict(store: Path, run: Run) -> None:
    pk, conflict = act(store, titled)
    result = run("sync", "resolve", conflict, "--value", '{"title": "Ours"}', "--json")
    assert (result.exit_code, title(store, pk)) == (0, "Ours")
    assert document(result)["resolved"][0] == {
        "id": conflict,
        "table": "items",
        "row": pk,
        "label": "item 'Theirs'",
        "how": "value",
    }


def test_a_deleted_row_is_revived(store: Path, run: Run) -> None:
    pk = act(store, lambda opened: opened.items.add("Edited here").id)
    act(store, lambda opened: deleted_there(opened, Key("items", pk)))
    assert run("sync", "resolve", "@last", "revive").exit_code == 0
    assert title(store, pk) == "Edited here"


def test_ids_come_from_a_pipe(store: Path, run: Run) -> None:
    found = [act(store, titled)[1] for _ in range(2)]
    result = run("sync", "resolve", "-", "theirs", input="\n".join(found))
    assert (result.exit_code, waiting(store)) == (0, 0)


@pytest.mark.parametrize(
    "line",
    [
        "", "mine", "@last", "@last nonsense", "--value 1", "@last --value {", "@last mine --all mine",
        "--all mine --value 1", "--all both", "@last mine --value 1",
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_understood_is_a_usage_error_and_settles_nothing(
    store: Path, run: Run, line: str
) -> None:
    act(store, titled)
    result = run("sync", "resolve", *shlex.split(line), "--yes")
    assert (result.exit_code, waiting(store)) == (2, 1)


def test_an_id_that_is_not_there_settles_none_of_the_others(store: Path, run: Run) -> None:
    act(store, titled)
    assert (run("sync", "resolve", "@last", "nowhere", "mine").exit_code, waiting(store)) == (1, 1)


def test_what_cannot_be_done_is_one_sentence_and_settles_nothing(store: Path, run: Run) -> None:
    _, conflict = act(store, titled)
    result = run("sync", "resolve", conflict, "retry")
    assert (result.exit_code, waiting(store)) == (1, 1)
    assert "means nothing to a conflict of the kind 'columns': choose mine, theirs, both, value" in result.stderr


# -- all --------------------------------------------------------------------------------------------------


def test_all_are_settled_after_a_preview(store: Path, run: Run) -> None:
    keys = [act(store, titled)[0] for _ in range(3)]
    result = run("sync", "resolve", "--all", "mine", "--yes")
    assert (result.exit_code, waiting(store), {title(store, pk) for pk in keys}) == (0, 0, {"Mine"})
    assert result.stderr == "3 conflicts: 3 columns.\nSettled 3 (mine).\n"


def test_all_without_yes_and_without_a_terminal_asks_for_it(store: Path, run: Run) -> None:
    act(store, titled)
    result = run("sync", "resolve", "--all", "theirs")
    assert (result.exit_code, waiting(store)) == (2, 1)
    assert "add --yes" in result.stderr


def test_what_all_cannot_settle_is_counted_and_ends_with_3(store: Path, run: Run) -> None:
    pk, _ = act(store, titled)
    odd = Conflict(Key("items", pk), Kind.UNREADABLE, None, None, {"id": pk}, "year 20000")
    act(store, lambda opened: noted(opened, odd))
    result = run("sync", "resolve", "--all", "theirs", "--yes", "--json")
    found = document(result)
    assert (result.exit_code, found["resolved"], found["left"]) == (3, 1, 1)
    assert "choose retry" in found["why"]


def test_all_of_none_is_told(store: Path, run: Run) -> None:
    result = run("sync", "resolve", "--all", "mine")
    assert (result.exit_code, result.stderr) == (0, "Nothing waits for you.\n")


def test_a_list_of_many_can_be_piped_into_a_choice(store: Path, shell: Shell) -> None:
    act(store, titled)
    act(store, titled)
    line = (
        "localstore sync conflicts --jsonl | grep -o '\"id\":[^,]*' | cut -d'\"' -f4 | localstore sync resolve - mine"
    )
    assert (shell(line).returncode, waiting(store)) == (0, 0)
