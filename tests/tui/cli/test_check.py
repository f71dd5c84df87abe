"""``localstore check`` as a person or a script meets it."""

from __future__ import annotations

import json
from pathlib import Path

from localstore import Store
from tests.localstore.damage import loosely, overwrite
from tests.tui.cli.conftest import Run


def spoil(folder: Path) -> None:
    """Leave duplicates and a file that nothing refers to."""
    with Store.open(folder / "store.db") as store:
        loosely(store, "INSERT INTO tags (name) VALUES ('TODO')")


def test_findings_have_stable_keys_and_exit_code_3(home: Path, run: Run) -> None:
    spoil(home)
    done = run("check", "--json")
    (found,) = json.loads(done.stdout)["items"]
    assert (done.exit_code, list(found)) == (3, ["kind", "table", "count", "message", "repaired", "row"])


def test_what_was_mended_waits_for_nobody_and_the_copy_is_named(home: Path, run: Run) -> None:
    spoil(home)
    done = run("check", "--repair")
    assert done.exit_code == 0
    (kept,) = home.glob("store.db.before-repair-*")
    assert f"A copy from before is {kept}: delete it once all is well." in done.stderr
    assert run("check").exit_code == 0


def test_a_repair_that_is_told_so_keeps_no_copy(home: Path, run: Run) -> None:
    spoil(home)
    assert run("check", "--repair", "--no-copy").exit_code == 0
    assert list(home.glob("store.db.before-repair-*")) == []


def test_a_damaged_store_is_looked_at_as_far_as_it_can_be_read(home: Path, run: Run) -> None:
    overwrite(Store.open(home / "store.db"), "local_state", 0, 0)
    refused = run("list")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    done = run("check", "--repair")
    assert done.exit_code == 3
    assert "the table local_state is damaged" in done.stdout


def test_a_store_of_zeros_is_one_sentence(home: Path, run: Run) -> None:
    (home / "store.db").write_bytes(bytes(100_000))
    done = run("check")
    assert done.exit_code == 3
    assert "cannot be opened" in done.stdout
    assert f"'localstore recover {home / 'store.db'} DEST' salvages what can be read" in done.stdout


def test_a_file_of_another_program_stays_an_error(home: Path, run: Run) -> None:
    done = run("check", "--store", str(home / "notes.txt"))
    assert (done.exit_code, done.stdout) == (1, "")


def test_what_sync_keeps_in_the_file_is_looked_at_too(home: Path, run: Run) -> None:
    with Store.open(home / "store.db") as store:
        loosely(store, "INSERT INTO sync_state VALUES ('cursor', '1:2:')")
    assert "still has cursor" in run("check").stdout
    assert run("check", "--repair").exit_code == 0
    assert run("check").exit_code == 0
