"""Storing many vectors beside other processes, and killed: what was told stays, and the same call goes on."""

from __future__ import annotations

import os
from itertools import takewhile

import pytest

from localstore import Store
from localstore.vectors.incoming.put import put
from tests.localstore.vectors.incoming.programs import MODEL, keys, putting, vectors

KILLS = 40 if os.environ.get("LOCALSTORE_LONG") else 2
COUNT = 20_000


@pytest.mark.parametrize("text", ["", "text"])
@pytest.mark.parametrize("told", range(1, KILLS + 1))
def test_a_killed_put_keeps_what_it_told_and_the_same_call_goes_on(store: Store, told: int, text: str) -> None:
    with putting("put_many", store.path, COUNT, text) as child:
        assert child.says() == "ready"
        said = [child.says() for _ in range(told)] + child.kill()
    assert not said[-1].startswith("done"), "it ended before it was killed: give it more"
    acknowledged = max(int(line) for line in said)
    texts = [f"words of {number}" for number in range(COUNT)] if text else None
    with Store.open(store.path) as again:
        assert again.check() == []
        kept = again.embeddings.count()
        assert acknowledged <= kept < COUNT
        report = put(again, MODEL, keys(COUNT), vectors(COUNT), texts=texts)
        assert (report.added, report.unchanged) == (COUNT - kept, kept)
        assert (again.embeddings.count(), again.items.count(), again.check()) == (COUNT, COUNT, [])
        assert again.embeddings.nearest(vectors(COUNT)[77], k=1, model=MODEL).matches[0].title == "k77"


def test_another_process_edits_meanwhile_and_nothing_of_either_is_lost(store: Store) -> None:
    with (
        putting("edit_beside", store.path, 12) as editor,
        putting("put_many", store.path, COUNT, "text") as putter,
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
