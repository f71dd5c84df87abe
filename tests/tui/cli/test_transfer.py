"""Import, export, backup, check and stats on the command line."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from localstore.store import Store
from localstore.transfer import writers
from localstore.transfer.registry import formats
from tests.tui.cli.conftest import Run


def document(run: Run, *args: str, input: str | bytes | None = None) -> Any:
    result = run(*args, "--json", input=input)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def count(home: Path) -> int:
    with Store.open(home / "store.db") as store:
        return store.items.count()


def test_an_import_makes_the_store_and_a_second_one_skips(home: Path, run: Run) -> None:
    first = document(run, "import", "notes", "--store", "new.db")
    again = document(run, "import", "notes", "--store", "new.db")
    assert (first["formats"], first["counts"]["added"]) == (["markdown"], 2)
    assert (again["counts"]["added"], again["counts"]["skipped"]) == (0, 2)


def test_an_import_says_the_line_that_takes_it_back_since_undo_does_not(home: Path, run: Run) -> None:
    (home / "notes").rename(home / "my notes")
    told = run("import", "my notes").stderr.splitlines()[-1]
    condition = 'meta_data.source.name="my notes"'
    assert "'undo' does not reach an import" in told
    assert told.endswith(f"localstore list --ids --where '{condition}' | localstore rm - --yes")
    assert len(run("list", "--ids", "--where", condition).stdout.split()) == 2
    assert run("import", "my notes").stderr.splitlines()[-1] == "Imported (markdown): 2 skipped."


def test_a_dry_run_writes_nothing_and_makes_no_store(home: Path, run: Run) -> None:
    before = count(home)
    assert document(run, "import", "notes", "--dry-run")["counts"]["added"] == 2
    assert count(home) == before
    assert document(run, "import", "notes", "--dry-run", "--store", "new.db")["counts"]["added"] == 2
    assert not (home / "new.db").exists()


def test_bad_lines_are_named_by_file_and_line_and_the_others_come_in(home: Path, run: Run) -> None:
    (home / "odd.jsonl").write_text('{"title": "good"}\n{"title": \n{"text": "no title"}\n', encoding="utf-8")
    result = run("import", "odd.jsonl")
    assert result.exit_code == 0
    assert "odd.jsonl:2: left out" in result.stderr and "1 added, 2 bad" in result.stderr
    assert run("import", "odd.jsonl", "--strict").exit_code == 1


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["nowhere/"], "nowhere"),
        (["notes", "--format", "markdwon"], "no format is called"),
        (["paper.pdf"], "paper.pdf"),
        (["store.db"], "this store itself"),
        (["table.csv", "--text-column", "nothing"], "there is no column"),
    ],
)
def test_a_source_that_cannot_be_used_changes_nothing(args: list[str], part: str, home: Path, run: Run) -> None:
    before = count(home)
    result = run("import", *args)
    assert (result.exit_code, result.stdout) == (1, "") and part in result.stderr
    assert count(home) == before


def test_every_option_of_an_import_reaches_the_reader(home: Path, run: Run) -> None:
    run("import", "table.csv", "--title-column", "name", "--text-column", "body", "--type", "row", "--source", "sheet")
    item = document(run, "show", "A row")
    assert (item["type"], item["contents"][0]["text"]) == ("row", "Its text")
    assert item["meta_data"]["source"]["name"] == "sheet"


def test_lines_come_from_stdin(home: Path, run: Run) -> None:
    found = document(run, "import", "-", "--source", "pipe", input='{"title": "Ünï"}\n')
    assert found["counts"]["added"] == 1
    assert document(run, "show", "Ünï")["title"] == "Ünï"


def test_the_help_names_every_format(run: Run) -> None:
    reading, writing = ("".join(run(name, "--help").stdout.split()) for name in ("import", "export"))
    assert [name for name in formats() if name not in reading] == []
    assert [name for name in writers() if name not in writing] == []


def test_what_was_exported_comes_back_as_the_same_bytes(home: Path, run: Run) -> None:
    assert document(run, "export", "all.jsonl") == {"items": 3, "format": "jsonl", "destination": "all.jsonl"}
    run("init", "--store", "other.db", "--email", "ada@example.org")
    run("orgs", "add", "Lab", "--slug", "lab", "--store", "other.db")
    assert run("import", "all.jsonl", "--store", "other.db").exit_code == 0
    run("export", "again.jsonl", "--store", "other.db")
    assert (home / "again.jsonl").read_bytes() == (home / "all.jsonl").read_bytes()
    assert (home / "all.jsonl").stat().st_mode & 0o777 == 0o600


def test_an_export_is_filtered_and_goes_to_stdout_alone(home: Path, run: Run) -> None:
    result = run("export", "-", "#todo", "--words", "attention")
    assert [json.loads(line)["title"] for line in result.stdout.splitlines()] == ["Reading list"]
    assert "Exported 1 item" in result.stderr


def test_a_backup_is_a_store_and_overwrites_only_when_told(home: Path, run: Run) -> None:
    made = document(run, "backup", "copy.db")
    assert Path(made["path"]) == home / "copy.db" and made["size"] > 0
    assert document(run, "list", "--store", "copy.db")["items"][0]["title"] == "Last of all"
    assert run("backup", "copy.db").exit_code == 1
    assert run("backup", "copy.db", "--overwrite").exit_code == 0


def test_a_sound_store_has_no_findings(home: Path, run: Run) -> None:
    result = run("check", "--deep")
    assert (result.exit_code, result.stdout) == (0, "") and "All is well" in result.stderr


def test_findings_end_with_exit_code_3_until_they_are_repaired(home: Path, run: Run) -> None:
    with Store.open(home / "store.db") as store, store.database.writing() as connection:
        connection.execute("INSERT INTO tags (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'TODO')")
    result = run("check")
    assert result.exit_code == 3 and "found" in result.stdout
    assert run("check", "--json").exit_code == 3
    assert document(run, "check", "--repair")["items"][0]["repaired"] is True
    assert run("check").exit_code == 0


def test_stats_count_every_table(home: Path, run: Run) -> None:
    found = document(run, "stats")
    assert (found["tables"]["items"], found["tables"]["users"], found["models"][0]["dim"]) == (3, 2, 8)
    assert "local/hash-8" in run("stats").stdout


def test_an_import_that_is_stopped_keeps_its_batches_and_goes_on_when_run_again(home: Path, run: Run) -> None:
    lines = (json.dumps({"id": f"00000000-0000-4000-8000-{n:012}", "title": f"Item {n}"}) for n in range(150_000))
    (home / "large.jsonl").write_text("\n".join(lines), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "localstore", "import", "large.jsonl"], stderr=subprocess.PIPE, text=True
    )
    _wait_until_items_come_in(home, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "run the same command again" in said and "Traceback" not in said
    kept = count(home) - 3
    assert 0 < kept < 150_000
    again = document(run, "import", "large.jsonl")["counts"]
    assert (again["skipped"], again["added"]) == (kept, 150_000 - kept)


def _wait_until_items_come_in(home: Path, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None and count(home) == 3:
        select.select([], [], [], 0.02)


def test_an_import_of_which_nothing_came_in_exits_1_and_names_what_was_bad(home: Path, run: Run) -> None:
    (home / "bad.jsonl").write_text('{"title": "x", "owner": "nobody@example.org"}\n{"title": 5}\n', encoding="utf-8")
    result = run("import", "bad.jsonl")
    assert (result.exit_code, "bad.jsonl:1" in result.stderr, "bad.jsonl:2" in result.stderr) == (1, True, True)
