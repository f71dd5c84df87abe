"""Two programs write one store, and one is killed: the other goes on, and nothing of either is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import Store
from localstore.importing import ImportOptions, import_files
from tests.faults import processes, world
from tests.localstore.children import running

KILLS = 3


def titles(path: Path) -> set[str]:
    with Store.open(path) as store:
        assert store.check() == []
        return {row.title for row in store.items.rows(limit=10_000).rows}


@pytest.mark.parametrize("after", range(1, KILLS + 1))
def test_one_of_two_writers_is_killed_and_the_other_goes_on(tmp_path: Path, after: int) -> None:
    path = tmp_path / "store.db"
    with running(processes.write_on, path, "ada", 10_000) as ada, running(processes.write_on, path, "bea", 40) as bea:
        assert (ada.says(), bea.says()) == ("ready", "ready")
        said = [ada.says() for _ in range(after * 5)] + ada.kill()
        said += bea.ends()
    assert said[-1] == "bea 39"
    found = titles(path)
    assert set(said) <= found
    assert len(found - set(said)) <= 1  # what the killed one wrote and had no time to say


def test_a_writer_killed_while_it_holds_the_lock_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store, running(processes.hold_on, path) as child:
        assert child.says() == "holding"
        child.kill()
        store.items.add("goes on")
    assert titles(path) == {"goes on"}


def test_an_import_that_is_killed_lets_the_other_writer_in_and_goes_on_later(tmp_path: Path) -> None:
    folder = world.make(tmp_path / "world")
    path = folder / "store.db"
    with Store.open(path) as store, running(processes.take_in, path) as child:
        told = [child.says() for _ in range(2)] + child.kill()
        store.items.add("goes on")
        kept = store.items.count({"title": "goes on"})
        assert store.check() == []
        acknowledged = max(int(line) for line in told if line.isdigit())
        report = import_files(store, [folder / "records.jsonl"], ImportOptions(source="records"))
        assert (kept, report.added + report.skipped, report.skipped >= acknowledged) == (1, world.RECORDS, True)
        assert store.check() == []
