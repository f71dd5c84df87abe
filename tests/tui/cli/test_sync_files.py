"""``sync export``, ``sync import`` and ``sync verify`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from localstore import Store
from tests.tui.cli.conftest import Run, Shell


def desk(home: Path) -> str:
    """Another store of the same person, without anything."""
    path = home / "desk.db"
    with Store.open(path, email="ada@example.org"):
        return str(path)


def test_a_change_file_goes_from_one_store_to_another(home: Path, run: Run) -> None:
    exported = run("sync", "export", "one.changes", "--share", "all")
    assert exported.exit_code == 0
    assert "Wrote change file 1 to" in exported.stderr
    imported = run("sync", "import", "one.changes", "--store", desk(home))
    assert (imported.exit_code, imported.stdout) == (0, "")
    assert "Took in change file 1: " in imported.stderr
    listed = run("list", "--store", str(home / "desk.db")).stdout
    assert "Reading list" in listed and "A paper" in listed


def test_importing_again_says_that_nothing_changed(home: Path, run: Run) -> None:
    run("sync", "export", "one.changes", "--share", "all")
    run("sync", "import", "one.changes", "--store", desk(home))
    again = run("sync", "import", "one.changes", "--store", str(home / "desk.db"))
    assert (again.exit_code, again.stderr) == (0, "Change file 1 is here already: nothing changed.\n")


def test_json_tells_number_hash_and_counts(home: Path, run: Run) -> None:
    exported = json.loads(run("sync", "export", "one.changes", "--share", "all", "--json").stdout)
    assert (exported["number"], len(exported["sha256"]), exported["rows"]["items"]) == (1, 64, 3)
    imported = json.loads(run("sync", "import", "one.changes", "--store", desk(home), "--json").stdout)
    assert (imported["number"], imported["again"], imported["conflicts"]) == (1, False, 0)
    assert imported["rows"]["items"] == 3


def test_with_nothing_new_no_file_is_written(home: Path, run: Run) -> None:
    run("sync", "export", "one.changes", "--share", "all")
    nothing = run("sync", "export", "two.changes")
    assert (nothing.exit_code, nothing.stderr) == (0, "Nothing changed since change file 1: no file was written.\n")
    assert not (home / "two.changes").exists()


def test_a_store_that_shares_nothing_says_how_to(empty: Path, run: Run) -> None:
    run("add", "Private")
    nothing = run("sync", "export", "one.changes")
    assert nothing.exit_code == 0
    assert "say --share all" in nothing.stderr


def test_a_gap_is_an_error_that_names_the_file(home: Path, run: Run) -> None:
    run("sync", "export", "one.changes", "--share", "all")
    run("add", "More")
    run("sync", "export", "two.changes")
    early = run("sync", "import", "two.changes", "--store", desk(home))
    assert early.exit_code == 1
    assert "file 1 is not here" in early.stderr


def test_a_conflict_is_exit_code_3(home: Path, run: Run) -> None:
    other = desk(home)
    run("sync", "export", "one.changes", "--share", "all")
    run("sync", "import", "one.changes", "--store", other)
    run("edit", "A paper", "--title", "Of the laptop")
    run("edit", "A paper", "--title", "Of the desk", "--store", other)
    run("sync", "export", "two.changes")
    taken = run("sync", "import", "two.changes", "--store", other)
    assert taken.exit_code == 3
    assert "1 conflict waits: 'localstore sync conflicts'." in taken.stderr


def test_sql_goes_to_a_file_or_down_a_pipe(home: Path, shell: Shell) -> None:
    assert shell("localstore sync export store.sql --sql").returncode == 0
    assert (home / "store.sql").stat().st_mode & 0o777 == 0o600
    piped = shell("localstore sync export - --sql --since 7d")
    assert piped.stdout.startswith("-- localstore") and piped.stdout.endswith("COMMIT;\n")


def test_options_that_do_not_go_together_are_a_usage_error(home: Path, run: Run) -> None:
    assert run("sync", "export", "x.changes", "--since", "7d").exit_code == 2
    assert run("sync", "export", "x.sql", "--sql", "--share", "all").exit_code == 2


def test_pushing_a_file_needs_the_url_of_a_device(home: Path, run: Run) -> None:
    run("sync", "export", "one.changes", "--share", "all")
    pushed = run("sync", "import", "one.changes", "--into", "postgresql://localhost/db")
    assert pushed.exit_code == 1
    assert "a device's URL is needed" in pushed.stderr


def test_verify_of_a_store_without_a_server_says_how_to_link(home: Path, run: Run) -> None:
    verified = run("sync", "verify")
    assert verified.exit_code == 1
    assert "is not linked with a server" in verified.stderr


def test_export_needs_a_store_that_is_there(empty: Path, run: Run) -> None:
    assert "There is no store" in run("sync", "export", "x.changes").stderr
    assert list(empty.iterdir()) == []
