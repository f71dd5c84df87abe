"""Lookups while other processes insert, replace, delete and fold: each is right about the state it read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from localstore import Filter, Store
from tests.localstore import programs
from tests.localstore.children import running
from tests.localstore.vectors.shapes import expected, filled, true_scores, unit

DIM = 12
ROUNDS = 25
PAPERS = Filter(types=("paper",))


def looked_up(store: Store, query: np.ndarray[tuple[int], np.dtype[np.float64]], where: Filter | None) -> bool:
    """Tell whether a lookup, alone and in a batch, equals the rows of its own snapshot; how it was found differs."""
    with store.reading():
        ids, matrix = store.embeddings.matrix(where=where)
        wanted = expected(ids, true_scores("cosine", matrix, query), 10)
        found = [match.embedding_id for match in store.embeddings.nearest(query, where=where).matches]
        batch = store.embeddings.nearest_batch(query[None], where=where).ids[0].tolist()
    return found == wanted and [pk for pk in batch if pk] == wanted


@pytest.mark.parametrize("writers", [1, 2])
def test_a_lookup_is_right_about_the_state_it_reads_while_others_write(tmp_path: Path, writers: int) -> None:
    path = tmp_path / "hammered.db"
    filled(path, unit(np.random.default_rng(4), DIM)).close()
    rng = np.random.default_rng(5)
    with (
        Store.open(path) as store,
        running(programs.hammer, path, 1, DIM) as first,
        running(programs.hammer, path, 2, DIM) as second,
    ):
        children = [first, second][:writers]
        assert [child.says() for child in children] == ["ready"] * writers
        wrong = []
        for number in range(ROUNDS):
            query = rng.standard_normal(DIM)
            right = looked_up(store, query, PAPERS if number % 2 else None)
            store.embeddings.nearest(query)  # outside of a block it may fold and build, too
            wrong += [] if right else [number]
            assert all(child.says() for child in children), "a writer ended"
        assert wrong == []
        assert store.check() == []
