"""Storing many vectors while another process edits."""

from __future__ import annotations

from itertools import takewhile

from localstore import Store
from tests.localstore.children import running
from tests.localstore.vectors.incoming import programs

COUNT = 20_000


def test_another_process_edits_meanwhile_and_nothing_of_either_is_lost(store: Store) -> None:
    with (
        running(programs.edit_beside, store.path, 12) as editor,
        running(programs.put_many, store.path, COUNT, "text") as putter,
    ):
        assert (editor.says(), putter.says()) == ("ready", "ready")
        assert putter.says().isdigit()
        editor.hear()
        first = editor.says()
        lasted = putter.process.poll() is None
        lines = [first, *takewhile(lambda line: line != "done", iter(editor.says, ""))]
        edited = [line.split(" ") for line in lines]
        assert putter.ends()[-1] == f"done {COUNT}"
    assert lasted, "the vectors were in before the first edit: give it more"
    there = {str(item.id) for item in store.items.all({"type": "note"})}
    assert there == {pk for pk, kind in edited if kind != "0"}
    assert store.embeddings.count() == COUNT
    assert store.check() == []
