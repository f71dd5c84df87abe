"""Imports beside other processes, and killed: what was told stays, and others get their turns."""

from __future__ import annotations

import os
from itertools import takewhile
from pathlib import Path

import pytest

from localstore import Store
from localstore.importing import ImportOptions, import_files
from tests.localstore.bulk_children import importing
from tests.localstore.bulk_programs import lines

KILLS = 60 if os.environ.get("LOCALSTORE_LONG") else 5
ITEMS = 12_000


def test_writers_get_their_turns_while_another_process_imports(store: Store, tmp_path: Path) -> None:
    source = lines(tmp_path / "n.jsonl", 30_000)
    with (
        importing("wait_beside", store.path, 40) as writer,
        importing("take_in", store.path, source) as importer,
    ):
        assert (writer.says(), importer.says()) == ("ready", "ready")
        assert importer.says().isdigit()
        writer.hear()
        turns = list(takewhile(lambda line: line != "done", iter(writer.says, "")))
        lasted = importer.process.poll() is None
    assert len(turns) == 40
    assert lasted, "the import ended before the writer: give it more items"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lines(tmp_path_factory.mktemp("kill") / "n.jsonl", ITEMS)


@pytest.mark.parametrize("batches", range(1, KILLS + 1))
def test_a_killed_import_keeps_what_it_told_and_goes_on(store: Store, source: Path, batches: int) -> None:
    with importing("take_in", store.path, source) as child:
        assert child.says() == "ready"
        told = [child.says() for _ in range(batches)]
        told += child.kill()
    acknowledged = max(int(line) for line in told if line.isdigit())
    with Store.open(store.path) as again:
        assert again.check() == []
        kept = again.items.count()
        assert acknowledged <= kept < ITEMS
        report = import_files(again, [source], ImportOptions(source="lines"))
        assert report.counts() == {"added": ITEMS - kept, "skipped": kept}
        assert (again.contents.count(), again.check()) == (ITEMS, [])
        assert len(again.search("item 0").rows) > 0
