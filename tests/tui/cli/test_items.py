"""Items on the command line: add, list, show, edit, delete, bring back."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from localstore.store import Store
from tests.tui.cli.conftest import Run


def document(run: Run, *args: str) -> Any:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def items(home: Path) -> int:
    with Store.open(home / "store.db") as store:
        return store.items.count()


# -- making


def test_adding_makes_the_store_says_where_and_prints_only_the_id(empty: Path, run: Run) -> None:
    result = run("add", "First")
    assert len(result.stdout) == 37 and result.stdout.endswith("\n")
    assert f"Made a store at {empty / 'store.db'}" in result.stderr
    assert (empty / "store.db").stat().st_mode & 0o777 == 0o600


def test_an_item_keeps_everything_that_was_given(home: Path, run: Run) -> None:
    made = document(
        run, "add", "Iris", "--type", "dataset", "--tag", "todo", "--tag", "new", "--org", "lab", "--description", "D",
        "--meta", "license=CC0", "--meta", "rows:=150", "--text", "one", "--text", "two", "--role", "system",
        "--file", "paper.pdf",
    )  # fmt: skip
    assert (made["title"], made["type"], made["organization"], made["owner"]) == (
        "Iris", "dataset", "lab", "ada@example.org",
    )  # fmt: skip
    assert made["meta_data"] == {"license": "CC0", "rows": 150}
    assert sorted(made["tags"]) == ["new", "todo"]
    assert [(part["role"], part["text"]) for part in made["contents"]] == [("system", "one"), ("system", "two")]
    assert [file["filename"] for file in made["files"]] == ["paper.pdf"]


def test_a_text_can_come_from_stdin(home: Path, run: Run) -> None:
    run("add", "Piped", "--text", "-", input="Ünïcode\nlines\n")
    assert run("show", "Piped", "--text").stdout == "Ünïcode\nlines\n"


def test_a_file_that_is_not_there_leaves_no_item_behind(home: Path, run: Run) -> None:
    before = items(home)
    result = run("add", "With a file", "--file", "nowhere.txt")
    assert result.exit_code == 1 and "nowhere.txt" in result.stderr
    assert items(home) == before


@pytest.mark.parametrize("given", ["year", "=1", "n:=one"])
def test_metadata_that_cannot_be_read_is_a_usage_error(given: str, home: Path, run: Run) -> None:
    before = items(home)
    result = run("add", "X", "--meta", given)
    assert result.exit_code == 2 and "--meta" in result.stderr
    assert items(home) == before


def test_init_twice_is_harmless(empty: Path, run: Run) -> None:
    first = document(run, "init", "--email", "ada@example.org", "--name", "Ada")
    second = document(run, "init", "--email", "other@example.org")
    assert (first["made"], second["made"]) == (True, False)
    assert first["user"] == second["user"]


def test_a_bad_email_makes_no_store(empty: Path, run: Run) -> None:
    assert run("init", "--email", "nobody").exit_code == 1
    assert not (empty / "store.db").exists()


# -- listing


def test_a_list_is_newest_first_with_stable_keys(home: Path, run: Run) -> None:
    found = document(run, "list")
    assert [row["title"] for row in found["items"]] == ["Last of all", "A paper", "Reading list"]
    assert list(found["items"][0]) == ["id", "type", "title", "tags", "organization", "embedding", "updated_at"]
    assert found["items"][2]["embedding"] == "fresh"
    assert found["next"] is None


def test_pages_follow_each_other_by_the_cursor(home: Path, run: Run) -> None:
    first = document(run, "list", "--limit", "2")
    second = document(run, "list", "--limit", "2", "--after", first["next"])
    assert [row["title"] for row in first["items"] + second["items"]] == ["Last of all", "A paper", "Reading list"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("args", "titles"),
    [
        (["--type", "paper"], {"A paper"}),
        (["--type", "paper", "--type", "note"], {"A paper", "Reading list", "Last of all"}),
        (["--tag", "#todo"], {"Reading list", "Last of all"}),
        (["--tag", "todo", "--tag", "nlp"], set()),
        (["--any-tag", "todo", "--any-tag", "nlp"], {"A paper", "Reading list", "Last of all"}),
        (["--org", "lab"], {"A paper"}),
        (["--org", "-"], {"Reading list", "Last of all"}),
        (["--owner", "grace@example.org"], set()),
        (["--where", "meta_data.year>2020"], {"Reading list"}),
        (["--words", "attention need"], {"Reading list"}),
        (["--has", "embedding"], {"Reading list"}),
        (["--has", "file"], {"Reading list"}),
        (["--without", "tag"], set()),
        (["--model", "hash-8"], {"Reading list"}),
        (["--since", "1h"], {"A paper", "Reading list", "Last of all"}),
        (["--until", "2020-01-01"], set()),
        (["--created-since", "7d", "--type", "paper"], {"A paper"}),
        (["type:paper"], {"A paper"}),
        (["#todo", "transformers"], {"Reading list"}),
        (["meta_data.year=2021", "--tag", "todo"], {"Reading list"}),
    ],
)
def test_a_filter_chooses(args: list[str], titles: set[str], home: Path, run: Run) -> None:
    assert {row["title"] for row in document(run, "list", *args)["items"]} == titles


def test_ids_are_whole_and_alone(home: Path, run: Run) -> None:
    lines = run("list", "--ids").stdout.splitlines()
    assert lines == [row["id"] for row in document(run, "list")["items"]]


def test_json_lines_are_one_document_a_row(home: Path, run: Run) -> None:
    lines = run("list", "--jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == document(run, "list")["items"]


def test_csv_has_a_header_and_guards_cells_that_a_spreadsheet_would_run(home: Path, run: Run) -> None:
    run("add", "=1+1")
    rows = list(csv.DictReader(io.StringIO(run("list", "--csv").stdout)))
    assert [row["title"] for row in rows] == ["'=1+1", "Last of all", "A paper", "Reading list"]


def test_the_options_of_every_command_work_before_and_after_it(home: Path, run: Run) -> None:
    assert run("--json", "list").stdout == run("list", "--json").stdout
    assert run("--jsonl", "tags", "list").stdout == run("tags", "--jsonl").stdout
    assert run("list", "--store", str(home / "none.db")).exit_code == 1


def test_columns_are_aligned_with_wide_characters(home: Path, run: Run) -> None:
    run("add", "日本語", "--tag", "wide")
    run("add", "abc", "--tag", "thin")
    first, second = run("list", "--limit", "2").stdout.splitlines()
    assert first.index("#thin") - second.index("#wide") == 3


def test_an_empty_list_says_what_fills_it(empty: Path, run: Run) -> None:
    run("init")
    result = run("list")
    assert result.stdout == "" and "localstore add TITLE" in result.stderr


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["list", "#nope"], "'localstore tags' lists"),
        (["list", "type:nope"], "Leave a condition out"),
        (["search", "frobnicate"], "All words must occur"),
    ],
)
def test_when_nothing_fits_the_next_step_is_said(args: list[str], part: str, home: Path, run: Run) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (0, "") and part in result.stderr


def test_a_tag_with_blanks_is_shown_as_the_find_line_takes_it(home: Path, run: Run) -> None:
    run("tag", "add", "to read", "Reading list")
    shown = '#"to read"'
    assert shown in run("list", shown).stdout


# -- showing


def test_text_prints_stored_text_and_nothing_else(home: Path, run: Run) -> None:
    run("add", "Raw", "--text", "a\x1b[31m\tb\u202e")
    assert run("show", "Raw", "--text").stdout_bytes == "a\x1b[31m\tb\u202e".encode()


def test_text_of_one_role_leaves_the_others_out(home: Path, run: Run) -> None:
    assert run("show", "Reading list", "--text", "--role", "user").stdout == "Attention is all you need"


def test_messages_are_chat_json(home: Path, run: Run) -> None:
    found = json.loads(run("show", "Reading list", "--messages").stdout)
    assert [list(message) for message in found] == [["role", "content"]] * 2
    assert [message["role"] for message in found] == ["user", "assistant"]


def test_a_card_shows_contents_files_vectors_and_metadata(home: Path, run: Run) -> None:
    text = run("show", "Reading list").stdout
    for part in ("#todo", "ada@example.org", '"year": 2021', "notes.txt", "● fresh  local/hash-8  8", "1 · user ·"):
        assert part in text


def test_ids_come_from_stdin_and_blank_lines_are_nothing(home: Path, run: Run) -> None:
    ids = run("list", "--ids").stdout.replace("\n", "\n\n")
    found = json.loads(run("show", "-", "--json", input=ids).stdout)
    assert len(found["items"]) == 3


@pytest.mark.parametrize("cut", [slice(0, 36), slice(-8, None), slice(-4, None)])
def test_an_id_is_found_by_the_whole_or_its_end(cut: slice, home: Path, run: Run) -> None:
    whole = document(run, "show", "A paper")["id"]
    assert document(run, "show", whole[cut])["title"] == "A paper"


def test_last_is_the_item_that_changed_last(home: Path, run: Run) -> None:
    assert document(run, "show", "@last")["title"] == "Last of all"


# -- editing


def test_an_edit_changes_only_what_is_given_and_one_undo_takes_it_back(home: Path, run: Run) -> None:
    before = document(run, "show", "A paper")
    run("edit", "A paper", "--title", "B", "--org", "-", "--meta", "n:=1", "--text", "New text")
    after = document(run, "show", "B")
    assert (after["organization"], after["meta_data"], after["contents"][0]["text"]) == (None, {"n": 1}, "New text")
    assert (after["type"], after["tags"], after["created_at"]) == (before["type"], before["tags"], before["created_at"])
    assert "edit 'B'" in run("undo").stderr
    back = document(run, "show", "A paper")
    assert {**back, "updated_at": 0, "contents": 0} == {**before, "updated_at": 0, "contents": 0}
    assert back["contents"][0]["text"] == "On transformers"


def test_metadata_keys_are_dropped_one_by_one(home: Path, run: Run) -> None:
    run("edit", "Reading list", "--meta", "a=x", "--meta", "b:=[1]", "--unset-meta", "year")
    assert document(run, "show", "Reading list")["meta_data"] == {"a": "x", "b": [1]}


def test_an_edit_that_expects_an_older_state_is_refused(home: Path, run: Run) -> None:
    seen = document(run, "show", "A paper")["updated_at"]
    run("edit", "A paper", "--description", "first")
    result = run("edit", "A paper", "--description", "second", "--expected", seen)
    assert result.exit_code == 1 and "changed meanwhile" in result.stderr
    assert document(run, "show", "A paper")["description"] == "first"


def test_a_text_that_expects_an_older_state_is_refused(home: Path, run: Run) -> None:
    seen = document(run, "show", "A paper")["updated_at"]
    run("edit", "A paper", "--description", "first")
    result = run("edit", "A paper", "--text", "second", "--expected", seen)
    assert result.exit_code == 1 and "changed meanwhile" in result.stderr
    assert run("show", "A paper", "--text").stdout == "On transformers"


def test_text_of_an_item_with_several_texts_is_a_usage_error(home: Path, run: Run) -> None:
    result = run("edit", "Reading list", "--text", "x")
    assert result.exit_code == 2 and "content edit" in result.stderr


def test_an_edit_of_nothing_is_a_usage_error(home: Path, run: Run) -> None:
    assert run("edit", "Reading list").exit_code == 2


# -- deleting


def test_one_item_goes_at_once_and_undo_brings_it_back_exactly(home: Path, run: Run) -> None:
    before = document(run, "show", "Reading list")
    result = run("rm", "Reading list")
    assert result.exit_code == 0 and "1 item, 2 contents, 1 embedding, 1 tag link" in result.stderr
    assert run("show", "Reading list").exit_code == 1
    run("undo")
    assert document(run, "show", "Reading list") == before


def test_several_items_without_a_terminal_need_yes_and_nothing_goes(home: Path, run: Run) -> None:
    result = run("rm", "Reading list", "A paper")
    assert result.exit_code == 2 and "--yes" in result.stderr and "Goes: 2 items" in result.stderr
    assert items(home) == 3


def test_several_items_go_with_yes(home: Path, run: Run) -> None:
    found = document(run, "rm", "Reading list", "A paper", "--yes")
    assert found["deleted"]["items"] == 2
    assert items(home) == 1


def test_a_dry_run_shows_the_counts_and_changes_nothing(home: Path, run: Run) -> None:
    found = document(run, "rm", "Reading list", "--dry-run", "--cascade")
    assert found["deleted"]["items"] == 1 and found["deleted"]["file_assets"] == 1
    assert items(home) == 3


def test_no_id_on_stdin_is_nothing_to_do(home: Path, run: Run) -> None:
    result = run("rm", "-", input="\n")
    assert result.exit_code == 0 and "Nothing to do" in result.stderr
    assert items(home) == 3


def test_the_trash_lists_restores_and_forgets(home: Path, run: Run) -> None:
    gone = run("rm", "A paper", "--json")
    entry = json.loads(gone.stdout)["trash"]
    assert document(run, "trash")["items"][0]["id"] == entry
    run("trash", "restore", entry[-8:])
    assert document(run, "show", "A paper")["organization"] == "lab"
    assert run("trash", "empty").exit_code == 2
    assert document(run, "trash", "empty", "--yes") == {"emptied": 1}
    assert document(run, "trash")["items"] == []


def test_redo_does_it_again(home: Path, run: Run) -> None:
    run("rm", "A paper")
    run("undo")
    run("redo")
    assert run("show", "A paper").exit_code == 1


# -- contents and tags


def test_contents_are_named_by_item_and_place(home: Path, run: Run) -> None:
    run("content", "move", "Reading list/2", "1")
    run("content", "edit", "Reading list/1", "--text", "moved", "--role", "system", "--meta", "n:=1")
    parts = document(run, "show", "Reading list")["contents"]
    assert [(part["role"], part["text"]) for part in parts] == [
        ("system", "moved"),
        ("user", "Attention is all you need"),
    ]
    assert parts[0]["meta_data"]["n"] == 1
    run("content", "rm", "Reading list/1")
    assert len(document(run, "show", "Reading list")["contents"]) == 1


def test_a_place_that_an_item_does_not_have_is_named(home: Path, run: Run) -> None:
    result = run("content", "edit", "Reading list/7", "--text", "x")
    assert result.exit_code == 1 and "2 contents" in result.stderr


def test_tags_go_on_and_off_many_items_by_stdin(home: Path, run: Run) -> None:
    ids = run("list", "--ids").stdout
    assert json.loads(run("tag", "add", "later", "-", "--json", input=ids).stdout) == {"tagged": 3}
    assert json.loads(run("tag", "rm", "later", "-", "--json", input=ids).stdout) == {"untagged": 3}


def test_tags_are_renamed_merged_coloured_and_deleted(home: Path, run: Run) -> None:
    run("tags", "rename", "todo", "Later")
    run("tags", "merge", "nlp", "later")
    run("tags", "color", "later", "#f80")
    run("tags", "rm", "draft")
    found = document(run, "tags")["items"]
    assert [(tag["name"], tag["items"], tag["color"]) for tag in found] == [("Later", 3, "#f80")]


def test_a_tag_on_items_is_deleted_after_a_question(home: Path, run: Run) -> None:
    result = run("tags", "rm", "todo")
    assert result.exit_code == 2 and "2 tag links" in result.stderr
    assert "todo" in run("tags").stdout


# -- searching


def test_search_finds_the_line_and_where_the_words_stand(home: Path, run: Run) -> None:
    hit = document(run, "search", "attention", "--tag", "todo")["items"][0]
    assert hit["title"] == "Reading list"
    begin, end = hit["marks"][0]
    assert hit["snippet"][begin:end] == "Attention"


@pytest.mark.parametrize("words", ["C++", "a AND", '"', "🦋", "NEAR(", "*"])
def test_any_words_are_safe_to_search(words: str, home: Path, run: Run) -> None:
    assert run("search", "--", words).exit_code == 0


@pytest.mark.parametrize(
    "args", [["list"], ["rm", "x"], ["tag", "add", "x", "y"], ["edit", "x", "--title", "y"], ["undo"], ["export", "-"]]
)
def test_a_command_that_needs_what_is_there_never_makes_a_store(args: list[str], empty: Path, run: Run) -> None:
    result = run(*args)
    assert result.exit_code == 1 and "localstore init" in result.stderr
    assert os.listdir(empty) == []  # noqa: PTH208
