"""The demo never touches a store of one's own; the UI's keys can be read without a terminal."""

from __future__ import annotations

import json
from pathlib import Path

from localstore.store import Store
from tests.tui.cli.conftest import Run


def test_the_demo_lies_in_the_data_folder_whatever_the_variable_says(empty: Path, run: Run) -> None:
    result = run("demo", "--no-ui")
    assert result.stdout == f"{empty / 'data' / 'localstore' / 'demo.db'}\n"
    assert not (empty / "store.db").exists()


def test_a_demo_that_is_there_is_taken_as_it_was_left(empty: Path, run: Run) -> None:
    first = json.loads(run("demo", "tour.db", "--json").stdout)
    assert run("add", "Mine", "--store", "tour.db").exit_code == 0
    second = json.loads(run("demo", "tour.db", "--json").stdout)
    assert first["items"] >= 200 and second["items"] == first["items"] + 1


def test_a_store_of_ones_own_is_refused_even_when_empty(empty: Path, run: Run) -> None:
    run("init", "--email", "ada@example.org")
    result = run("demo", str(empty / "store.db"), "--no-ui")
    assert result.exit_code == 1 and "not a demo" in result.stderr
    with Store.open(empty / "store.db") as store:
        assert (store.items.count(), store.local_user.email) == (0, "ada@example.org")


def test_another_file_is_refused(home: Path, run: Run) -> None:
    assert run("demo", "notes.txt", "--no-ui").exit_code == 1
    assert (home / "notes.txt").read_text(encoding="utf-8") == "A text file.\n"


def test_the_keys_are_listed_with_their_ids(empty: Path, run: Run) -> None:
    rows = json.loads(run("ui", "--keys", "--json").stdout)["items"]
    assert {"scope", "keys", "id", "help"} == set(rows[0])
    assert "everywhere.quit" in {row["id"] for row in rows}
