"""Imports beside other processes, and killed: what was told stays, and others wait little."""

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


def wait_times(path: Path, source: Path, writes: int) -> tuple[list[float], bool]:
    """Let one process write while another imports; return its times and whether the import lasted longer."""
    with importing("wait_beside", path, writes) as writer, importing("take_in", path, source) as importer:
        assert (writer.says(), importer.says()) == ("ready", "ready")
        assert importer.says().isdigit()
        writer.hear()
        times = [float(line) for line in takewhile(lambda line: line != "done", iter(writer.says, ""))]
        return sorted(times), importer.process.poll() is None


def test_a_writer_beside_an_import_waits_at_most_100_milliseconds(store: Store, tmp_path: Path) -> None:
    times, lasted = wait_times(store.path, lines(tmp_path / "n.jsonl", 30_000), 40)
    assert lasted, "the import ended before the writer: give it more items"
    assert times[int(0.95 * len(times))] <= 100


@pytest.mark.slow
def test_a_writer_beside_a_long_import_waits_at_most_100_milliseconds(store: Store, tmp_path: Path) -> None:
    times, lasted = wait_times(store.path, lines(tmp_path / "n.jsonl", 150_000), 800)
    assert lasted
    assert times[int(0.95 * len(times))] <= 100


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
