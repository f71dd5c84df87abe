"""Blocks: codes as they lie in the file, a few thousand rows together, and what changed since they were written.

A block is never changed once written: rows that go are marked dead beside it, new ones come in another block. Each
part carries its CRC-32; a part that does not fit it raises ``CodesDamaged``, and the codes are made anew.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from localstore import times, values
from localstore.connection import Connection
from localstore.vectors import keys
from localstore.vectors.codes import Bits, Codes, Float32, Ids, mean_direction, words_of

ROWS = 4_096
"""Rows of a full block."""
PARTS = ("ids", "bits", "facts", "codes")
NOTED = 50_000
"""Changed items that are kept; whoever missed more looks at all."""


class CodesDamaged(Exception):
    """A part of a block is not what was written; the codes are derived, so they are made anew."""


class State(NamedTuple):
    """How far a model's codes have come; ``generation`` is another after each change of the blocks."""

    model_id: str
    dim: int
    built: bool
    token: str
    touched: str
    generation: str
    digest: str
    mean: Float32


@dataclass(frozen=True, slots=True)
class Block:
    """A block's number, its rows, and the CRC-32 of its parts."""

    id: int
    count: int
    checks: dict[str, int]


def state(connection: Connection, model_id: str) -> State | None:
    """Return a model's state, None while nobody has begun."""
    sql = "SELECT model_id, dim, built, token, touched, generation, digest, mean FROM vector_models WHERE model_id = ?"
    row = connection.execute(sql, (model_id,)).fetchone()
    if row is None:
        return None
    pk, dim, built, token, touched, generation, digest, mean = row
    return State(pk, dim, bool(built), token, touched, generation, digest, np.frombuffer(mean, dtype="<f4"))


def listed(connection: Connection, model_id: str) -> list[Block]:
    """Return a model's blocks."""
    sql = "SELECT id, count, checks FROM vector_blocks WHERE model_id = ? ORDER BY id"
    try:
        return [Block(row[0], row[1], json.loads(row[2])) for row in connection.execute(sql, (model_id,))]
    except ValueError:
        raise CodesDamaged("the list of blocks cannot be read") from None


def count_rows(connection: Connection, model_id: str) -> int:
    """Return how many rows a model's blocks hold, dead ones too."""
    sql = "SELECT COALESCE(sum(count), 0) FROM vector_blocks WHERE model_id = ?"
    return int(connection.execute(sql, (model_id,)).fetchone()[0])


# -- reading ----------------------------------------------------------------------------------------------------


def read_into(connection: Connection, block: Block, part: str, buffer: memoryview) -> None:
    """Read a part into memory of just its size; CodesDamaged when it is not what was written."""
    read_unchecked(connection, block, part, buffer)
    check(block, part, buffer)


def read_unchecked(connection: Connection, block: Block, part: str, buffer: memoryview) -> None:
    """Read a part into memory of just its size; whoever asked calls ``check``."""
    blob = connection.blob_open("main", "vector_blocks", part, block.id, False)
    try:
        if blob.length() != len(buffer):
            raise CodesDamaged(f"block {block.id}: {part} of {blob.length()} bytes instead of {len(buffer)}")
        blob.read_into(buffer)
    finally:
        blob.close()


def check(block: Block, part: str, buffer: memoryview) -> None:
    """Raise CodesDamaged when a part is not what was written."""
    if zlib.crc32(buffer) != block.checks.get(part):
        raise CodesDamaged(f"block {block.id}: {part} changed since it was written")


def read(connection: Connection, block: Block, part: str, size: int) -> bytearray:
    """Return a part of *size* bytes."""
    found = bytearray(size)
    read_into(connection, block, part, memoryview(found))
    return found


def read_ids(connection: Connection, block: Block) -> Ids:
    """Return a block's ids, sorted."""
    return keys.from_bytes(read(connection, block, "ids", keys.WIDTH * block.count))


def read_bits(connection: Connection, block: Block, dim: int) -> Bits:
    """Return a block's sign bits ``(⌈dim/64⌉, count)``."""
    words = words_of(dim)
    return np.frombuffer(read(connection, block, "bits", 8 * words * block.count), dtype="<u8").reshape(words, -1)


def read_facts(connection: Connection, block: Block) -> tuple[Float32, Float32, NDArray[np.float64]]:
    """Return a block's scales, losses and norms."""
    stored = memoryview(read(connection, block, "facts", 16 * block.count))
    at = 4 * block.count
    scales, losses = (np.frombuffer(stored[start : start + at], dtype="<f4") for start in (0, at))
    return scales, losses, np.frombuffer(stored[2 * at :], dtype="<f8")


def read_codes(connection: Connection, block: Block, dim: int) -> Codes:
    """Return everything of a block."""
    codes = np.frombuffer(read(connection, block, "codes", dim * block.count), dtype=np.int8).reshape(-1, dim)
    scales, losses, norms = read_facts(connection, block)
    return Codes(read_ids(connection, block), codes, scales, losses, norms, read_bits(connection, block, dim))


def dead(connection: Connection, model_id: str) -> dict[int, bytes]:
    """Return which rows of which blocks are dead, as bits packed by the row's number."""
    sql = "SELECT d.block_id, d.rows FROM vector_dead d JOIN vector_blocks b ON b.id = d.block_id WHERE b.model_id = ?"
    return dict(connection.execute(sql, (model_id,)).fetchall())


def verified(connection: Connection, state: State) -> tuple[list[Block], dict[int, bytes]]:
    """Return a model's blocks and dead rows; CodesDamaged when any is missing, doubled or other than was written."""
    blocks, gone = listed(connection, state.model_id), dead(connection, state.model_id)
    if digest_of(blocks, gone) != state.digest:
        raise CodesDamaged("blocks are missing, or others than were written are there")
    return blocks, gone


def digest_of(blocks: Sequence[Block], gone: dict[int, bytes]) -> str:
    """Return a CRC-32 of which blocks there are, and which rows of them are dead."""
    found = 0
    for block in blocks:  # in order of their numbers
        told = f"{block.id} {block.count} {sorted(block.checks.items())}".encode()
        found = zlib.crc32(gone.get(block.id, b""), zlib.crc32(told, found))
    return f"{len(blocks)} {found:08x}"


def unpacked(packed: bytes | None, count: int) -> NDArray[np.bool_]:
    """Return which of *count* rows are dead."""
    if packed is None:
        return np.zeros(count, dtype=np.bool_)
    return np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=count).astype(np.bool_)


# -- what changed -----------------------------------------------------------------------------------------------


def changed(connection: Connection) -> list[str]:
    """Return the ids of vectors noted as new, changed or gone, or that a foreign OR REPLACE may have taken."""
    sql = "SELECT embedding_id FROM vector_changes UNION SELECT pk FROM local_suspects WHERE tbl = 'embeddings'"
    return [row[0] for row in connection.execute(sql)]


def noted(connection: Connection, limit: int) -> list[str]:
    """Return the ids of at most *limit* noted vectors."""
    return [row[0] for row in connection.execute("SELECT embedding_id FROM vector_changes LIMIT ?", (limit,))]


def noted_among(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Return which of these vectors are noted."""
    sql = "SELECT embedding_id FROM json_each(?) j JOIN vector_changes ON embedding_id = j.value"
    return [row[0] for row in connection.execute(sql, (values.to_json(list(ids)),))]


def count_changed(connection: Connection) -> int:
    """Return how many vectors are noted."""
    return int(connection.execute("SELECT count(*) FROM vector_changes").fetchone()[0])


def forget_changes(connection: Connection, ids: Sequence[str]) -> None:
    """Forget that these changed: the blocks say it now."""
    connection.execute(
        "DELETE FROM vector_changes WHERE embedding_id IN (SELECT value FROM json_each(?))",
        (values.to_json(list(ids)),),
    )


def note_changed(connection: Connection, ids: Iterable[str]) -> None:
    """Note vectors whose rows no trigger saw change."""
    sql = (
        "INSERT INTO vector_changes (embedding_id) SELECT value FROM json_each(?) WHERE EXISTS"
        " (SELECT 1 FROM vector_models) ON CONFLICT DO NOTHING"
    )
    connection.execute(sql, (values.to_json(list(ids)),))


def last_item_change(connection: Connection) -> int:
    """Return the number of the last change of an item that filters care for."""
    row = connection.execute("SELECT COALESCE(max(seq), 0) FROM vector_item_changes").fetchone()
    return int(row[0])


def items_changed(connection: Connection, since: int) -> list[str] | None:
    """Return the items changed after *since*; None when that is no longer known."""
    (first,) = connection.execute("SELECT COALESCE(min(seq), 0) FROM vector_item_changes").fetchone()
    if first > since + 1:
        return None
    sql = "SELECT DISTINCT item_id FROM vector_item_changes WHERE seq > ?"
    return [row[0] for row in connection.execute(sql, (since,))]


def trim_item_changes(connection: Connection) -> None:
    """Keep the last changes of items only; the numbers go on."""
    connection.execute(
        "DELETE FROM vector_item_changes WHERE seq <= (SELECT max(seq) FROM vector_item_changes) - ?", (NOTED,)
    )


# -- writing ----------------------------------------------------------------------------------------------------


def begin(connection: Connection, model_id: str, dim: int, sample: Float32, *, built: bool) -> State:
    """Open a model's codes, empty; from here on its changes are noted. *sample* ``(n, d)`` gives the mean direction."""
    drop(connection, model_id)
    _forget_notes(connection, model_id)
    mean = mean_direction(sample)
    token = os.urandom(8).hex()
    found = State(model_id, dim, built, token, times.now(), os.urandom(8).hex(), digest_of([], {}), mean)
    connection.execute(
        "INSERT INTO vector_models (model_id, dim, built, token, touched, generation, digest, mean)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*found[:2], int(built), *found[3:7], mean.astype("<f4").tobytes()),
    )
    return found


def _forget_notes(connection: Connection, model_id: str) -> None:
    """Forget what was noted of a model without blocks: whoever makes them reads its rows after this."""
    connection.execute(
        "DELETE FROM vector_changes WHERE embedding_id IN (SELECT id FROM embeddings WHERE model_id = ?)"
        " OR NOT EXISTS (SELECT 1 FROM vector_models)",
        (model_id,),
    )


def drop(connection: Connection, model_id: str) -> None:
    """Forget a model's codes."""
    connection.execute(
        "DELETE FROM vector_dead WHERE block_id IN (SELECT id FROM vector_blocks WHERE model_id = ?)", (model_id,)
    )
    connection.execute("DELETE FROM vector_blocks WHERE model_id = ?", (model_id,))
    connection.execute("DELETE FROM vector_models WHERE model_id = ?", (model_id,))


def write(connection: Connection, model_id: str, codes: Codes) -> None:
    """Write codes as blocks."""
    for start in range(0, len(codes), ROWS):
        _write_block(connection, model_id, codes.taken(np.arange(start, min(start + ROWS, len(codes)))))


def _write_block(connection: Connection, model_id: str, codes: Codes) -> None:
    facts = (codes.scales.astype("<f4"), codes.losses.astype("<f4"), codes.norms.astype("<f8"))
    parts: dict[str, Any] = {
        "ids": codes.ids.tobytes(),
        "bits": np.ascontiguousarray(codes.bits, dtype="<u8").tobytes(),
        "facts": b"".join(part.tobytes() for part in facts),
        "codes": codes.codes.tobytes(),
    }
    checks = json.dumps({name: zlib.crc32(part) for name, part in parts.items()})
    connection.execute(
        "INSERT INTO vector_blocks (id, model_id, count, checks, ids, bits, facts, codes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (int.from_bytes(os.urandom(8)) >> 2, model_id, len(codes), checks, *(parts[name] for name in PARTS)),
    )


def touch(connection: Connection, model_id: str, *, built: bool = True) -> None:
    """Say that a model's blocks changed."""
    digest = digest_of(listed(connection, model_id), dead(connection, model_id)) if built else ""
    connection.execute(
        "UPDATE vector_models SET generation = ?, touched = ?, built = ?, digest = ? WHERE model_id = ?",
        (os.urandom(8).hex(), times.now(), int(built), digest, model_id),
    )


def kill(connection: Connection, block: Block, gone: NDArray[np.bool_]) -> None:
    """Mark rows of a block dead."""
    connection.execute(
        "INSERT INTO vector_dead (block_id, rows) VALUES (?1, ?2) ON CONFLICT (block_id) DO UPDATE SET rows = ?2",
        (block.id, np.packbits(gone).tobytes()),
    )


def remove(connection: Connection, block: Block) -> None:
    """Remove a block whose rows stand elsewhere now."""
    connection.execute("DELETE FROM vector_dead WHERE block_id = ?", (block.id,))
    connection.execute("DELETE FROM vector_blocks WHERE id = ?", (block.id,))


def coded_models(connection: Connection) -> list[str]:
    """Return the ids of the models that have codes."""
    return [row[0] for row in connection.execute("SELECT model_id FROM vector_models WHERE built ORDER BY model_id")]
