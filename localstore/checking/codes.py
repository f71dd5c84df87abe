"""Codes of vectors: whether the blocks are as they were written, and hold what the rows say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from localstore.checking.finding import Finding, Inquiry
from localstore.connection import Connection

if TYPE_CHECKING:
    from localstore.vectors.blocks import State
    from localstore.vectors.codes import Ids

_ANEW = "'check --repair' makes them anew"


def codes(asked: Inquiry) -> Iterator[Finding]:
    """Blocks that changed since they were written, or are out of step with their rows.

    The numbers are compared of vectors that were edited since the blocks were written; *deep* compares those of all.
    """
    with asked.reading() as connection:
        coded = [row[0] for row in connection.execute("SELECT model_id FROM vector_models WHERE built")]
        if not coded:
            return
        from localstore.vectors import blocks

        faults = {}
        for model_id in coded:
            state = blocks.state(connection, model_id)
            assert state is not None
            try:
                wrong = _out_of_step(connection, state, deep=asked.deep)
                faults[model_id] = (wrong, f"the codes of {wrong} vectors are out of step: {_ANEW}")
            except blocks.CodesDamaged as error:
                faults[model_id] = (1, f"the codes of a model are damaged ({error}): {_ANEW}")
    for model_id, (count, what) in faults.items():
        if count:
            yield _mended(asked, model_id, Finding("codes", "vector_blocks", count, what, row=model_id))


def _mended(asked: Inquiry, model_id: str, found: Finding) -> Finding:
    """Make the codes anew; the next lookup would, too."""
    if not asked.repair:
        return found
    asked.store.embeddings.rebuild(model_id)
    return found.mended()


def _out_of_step(connection: Connection, state: State, *, deep: bool) -> int:
    """Return how many rows the blocks lack, have too many or twice, or (when *deep*) hold other numbers of."""
    import numpy as np

    from localstore.vectors import blocks, keys, rows

    noted = np.sort(keys.raw(blocks.changed(connection)))
    listed, dead = blocks.verified(connection, state)
    later = _later(connection, state)
    there, differ = [keys.EMPTY], 0
    for block in listed:
        found = blocks.read_codes(connection, block, state.dim)
        alive = ~blocks.unpacked(dead.get(block.id), block.count) & ~keys.among(found.ids, noted)
        there.append(found.ids[alive])
        if deep or len(later):
            alive = alive if deep else alive & keys.among(found.ids, later)
            differ += _differing(connection, state, found.taken(alive))
    table = rows.ids_where(connection, state.model_id, "t.dim = ?", (state.dim,))
    table = table[~keys.among(table, noted)]
    coded = np.sort(np.concatenate(there))
    twice = len(coded) - len(np.unique(coded))
    return twice + len(np.setxor1d(coded, table)) + differ


def _later(connection: Connection, state: State) -> Ids:
    """Return the vectors that were edited after the blocks were last worked on: the few to look at closely."""
    from localstore.vectors import rows

    return rows.ids_where(connection, state.model_id, "t.updated_at > ?", (state.touched,))


def _differing(connection: Connection, state: State, found: object) -> int:
    """Return how many codes are not those of their rows."""
    import numpy as np

    from localstore.vectors import keys, rows
    from localstore.vectors.codes import Codes, encode

    assert isinstance(found, Codes)
    true = rows.of_ids(connection, state.model_id, state.dim, keys.written(found.ids))
    fresh = encode(true.ids, true.matrix, state.mean)
    at, there = keys.places(fresh.ids, found.ids)
    norms = np.isclose(fresh.norms[at[there]], found.norms[there], rtol=0, atol=0, equal_nan=True)
    same = (fresh.codes[at[there]] == found.codes[there]).all(axis=1) & norms
    return int(np.count_nonzero(~same))
