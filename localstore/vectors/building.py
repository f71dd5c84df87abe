"""Building: codes made from rows, kept in step with them, made anew when in doubt.

While codes are built, rows that change are noted already, so the lock is held only to write a few blocks at a time.
``fold`` brings noted rows into blocks; until then a search looks at them by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from localstore import times
from localstore.ai_models import dimension
from localstore.connection import Connection
from localstore.errors import LocalstoreError
from localstore.vectors import blocks, keys, rows
from localstore.vectors.codes import MAX_DIM, Codes, Float32, Ids, encode

if TYPE_CHECKING:
    from localstore.store import Store

WORTH = 2_048
"""Vectors below which codes are not worth their making: the rows themselves are read as quickly."""
BLOCK_WORTH = 512
"""New rows below which they wait to be folded in, instead of becoming a block."""
CHUNK, NUMBERS = 16_384, 3_200_000
"""Rows read, and written under one lock; and numbers in them, unless those are fewer rows than a block has. While they
are encoded they take some 80 bytes a number."""
FOLDED = 8_192
"""Noted rows brought into blocks under one lock."""
PATIENCE = 1.0
"""Seconds to wait for the lock before doing without codes."""
SAMPLE = 4_096
ABANDONED = timedelta(seconds=30)
"""Codes half built, and not touched for so long, were left by a process that is gone."""
Progress = Callable[[int, int], None]


def build(store: Store, model_id: str, progress: Progress | None = None) -> int | None:
    """Make a model's codes anew; return how many rows they hold, None when another process is making them.

    Stopped half-way (by an error, Ctrl-C, or *progress* raising), it leaves none. Raises StoreBusy.
    """
    with store.database.writing(timeout=PATIENCE) as connection:
        if is_being_built(connection, model_id):
            return None
        dim = dimension(connection, model_id)
        if dim is None or dim > MAX_DIM:
            blocks.drop(connection, model_id)
            return 0
        token = blocks.begin(connection, model_id, dim, _sample(connection, model_id, dim), built=False).token
    try:
        return _fill(store, model_id, dim, token, progress)
    except BaseException:
        with suppress(LocalstoreError), store.database.writing() as connection:
            state = blocks.state(connection, model_id)
            if state and state.token == token:
                blocks.drop(connection, model_id)
        raise


def _fill(store: Store, model_id: str, dim: int, token: str, progress: Progress | None) -> int | None:
    with store.reading() as connection:
        total = rows.count(connection, model_id)
    done, last = 0, -1
    while True:
        with store.reading() as connection:
            found, last = _chunk(connection, model_id, dim, last)
        with store.database.writing() as connection:
            state = blocks.state(connection, model_id)
            if state is None or state.token != token:
                return None
            if found is not None:
                blocks.write(connection, model_id, encode(found.ids, found.matrix, state.mean))
            blocks.touch(connection, model_id, built=found is None)
        if found is None:
            return done
        done += len(found.ids)
        if progress:
            progress(done, max(total, done))


def is_being_built(connection: Connection, model_id: str) -> bool:
    """Tell whether some process is making the codes right now."""
    state = blocks.state(connection, model_id)
    return state is not None and not state.built and not _is_abandoned(state)


def _is_abandoned(state: blocks.State) -> bool:
    return abs(datetime.now(UTC) - times.from_text(state.touched)) > ABANDONED  # the clock may have been set back since


def _sample(connection: Connection, model_id: str, dim: int) -> Float32:
    """Return rows from all over the table."""
    step = max(1, rows.count(connection, model_id) // SAMPLE)
    found = next(rows.stream(connection, model_id, dim, f"t.rowid % {step} = 0", step=SAMPLE), None)
    found = found or next(rows.stream(connection, model_id, dim, step=SAMPLE), None)
    return np.empty((0, dim), dtype=np.float32) if found is None else found.matrix


def _chunk(connection: Connection, model_id: str, dim: int, last: int) -> tuple[rows.Rows | None, int]:
    """Return the next rows in the order they lie, and the number of the last."""
    sql = (
        "SELECT t.rowid, t.id, t.vector FROM embeddings t WHERE t.model_id = ? AND t.rowid > ? AND t.dim = ?"
        " ORDER BY t.rowid"
    )
    found = list(islice(connection.execute(sql, (model_id, last, dim)), _at_once(dim)))
    if not found:
        return None, last
    return rows.gathered([(row[1], row[2]) for row in found], dim), found[-1][0]


def _at_once(dim: int) -> int:
    """Return how many rows are read at once: whole blocks of them."""
    return max(blocks.ROWS, min(CHUNK, NUMBERS // dim // blocks.ROWS * blocks.ROWS))


# -- keeping in step --------------------------------------------------------------------------------------------


def fold(connection: Connection, limit: int = FOLDED) -> int:
    """Bring noted rows into blocks, within the caller's transaction; return how many."""
    sql = "SELECT count(*) FROM vector_models WHERE NOT built"
    if connection.execute(sql).fetchone()[0]:
        return 0  # whoever builds may have read a noted row's old numbers
    noted = blocks.noted(connection, limit)
    for model_id in blocks.coded_models(connection) if noted else ():
        try:
            _fold_model(connection, model_id, noted)
        except blocks.CodesDamaged:
            blocks.drop(connection, model_id)  # the next lookup makes them anew
    blocks.forget_changes(connection, noted)
    blocks.trim_item_changes(connection)
    return len(noted)


def _fold_model(connection: Connection, model_id: str, noted: Sequence[str]) -> None:
    state = blocks.state(connection, model_id)
    assert state is not None
    gone = np.sort(keys.raw(noted))
    live = rows.of_ids(connection, model_id, state.dim, noted)
    loose = _loosened(connection, state, gone, len(live.ids))
    if len(live.ids):
        loose.append(encode(live.ids, live.matrix, state.mean))
    if loose:
        blocks.write(connection, model_id, joined(loose))
    blocks.touch(connection, model_id)


def _loosened(connection: Connection, state: blocks.State, gone: Ids, fresh: int) -> list[Codes]:
    """Mark what is gone dead, and take blocks with few rows left apart, to be written with the new rows."""
    listed, dead = blocks.verified(connection, state)
    small: list[tuple[blocks.Block, NDArray[np.bool_]]] = []
    for block in listed:
        before = blocks.unpacked(dead.get(block.id), block.count)
        after = before | keys.among(blocks.read_ids(connection, block), gone)
        left = block.count - np.count_nonzero(after)
        if left * 2 < blocks.ROWS:
            small.append((block, after))
        elif (after != before).any():
            blocks.kill(connection, block, after)
    if len(small) == 1 and not fresh and not small[0][1].any():
        return []
    found = []
    for block, after in small:
        if not after.all():
            found.append(blocks.read_codes(connection, block, state.dim).taken(~after))
        blocks.remove(connection, block)
    return found


def _forget_codes(connection: Connection, listed: Sequence[blocks.Block], dead: dict[int, bytes], gone: Ids) -> None:
    """Mark rows with these ids dead."""
    for block in listed:
        hit = keys.among(blocks.read_ids(connection, block), gone)
        if hit.any():
            blocks.kill(connection, block, hit | blocks.unpacked(dead.get(block.id), block.count))


def joined(several: Sequence[Codes]) -> Codes:
    """Return several as one, in order of id."""
    ids = np.concatenate([one.ids for one in several])
    order = np.argsort(ids)
    return Codes(
        ids[order],
        np.concatenate([one.codes for one in several])[order],
        np.concatenate([one.scales for one in several])[order],
        np.concatenate([one.losses for one in several])[order],
        np.concatenate([one.norms for one in several])[order],
        np.concatenate([one.bits for one in several], axis=1)[:, order],
    )


def take_new(connection: Connection, model_id: str, ids: Sequence[str], matrix: Float32) -> None:
    """Write codes of rows just inserted, so that the next search need not; a model's first rows begin its codes.

    Too few for a block are noted. Rows of models whose codes were never made, or are being made, are left to that.
    *matrix* is ``(n, d)``.
    """
    state = blocks.state(connection, model_id)
    if state is None:
        if len(ids) < BLOCK_WORTH or matrix.shape[1] > MAX_DIM or rows.count(connection, model_id) != len(ids):
            return
        state = blocks.begin(connection, model_id, matrix.shape[1], matrix, built=True)
    if not state.built or len(ids) < BLOCK_WORTH or matrix.shape[1] != state.dim:
        blocks.note_changed(connection, ids)
        return
    before = blocks.noted_among(connection, ids)
    try:
        listed, dead = blocks.verified(connection, state)
        if before:  # rows of these ids were there, and deleted: codes may hold them
            _forget_codes(connection, listed, dead, np.sort(keys.raw(before)))
    except blocks.CodesDamaged:
        blocks.drop(connection, model_id)
        return
    blocks.write(connection, model_id, encode(keys.raw(ids), matrix, state.mean))
    blocks.forget_changes(connection, before)
    blocks.touch(connection, model_id)
