"""Imports beside other processes: others get their turns."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from localstore import Store
from tests.localstore import bulk_programs
from tests.localstore.bulk_programs import lines
from tests.localstore.children import running


def test_writers_get_their_turns_while_another_process_imports(store: Store, tmp_path: Path) -> None:
    source = lines(tmp_path / "n.jsonl", 30_000)
    with (
        running(bulk_programs.wait_beside, store.path, 40) as writer,
        running(bulk_programs.take_in, store.path, source) as importer,
    ):
        assert (writer.says(), importer.says()) == ("ready", "ready")
        assert importer.says().isdigit()
        writer.hear()
        turns = list(takewhile(lambda line: line != "done", iter(writer.says, "")))
        lasted = importer.process.poll() is None
    assert len(turns) == 40
    assert lasted, "the import ended before the writer: give it more items"
