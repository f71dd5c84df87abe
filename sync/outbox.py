"""The outbox: batches on their way, in the file, so that a connection that breaks costs nothing.

A batch is built once and never changed until the server has acknowledged it: whatever happens, the same bytes go
again under the same number, and the server answers a number it knows with the result it stored. An acknowledged
batch leaves its edits and deletions behind for some days, for a server that is restored from an old dump.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from localstore import times
from localstore.connection import Connection
from sync import state
from sync.local import dirty
from sync.shapes import Batch, Change, Image, Key

if TYPE_CHECKING:
    from localstore.store import Store

ROWS = 5_000
BYTES = 6_000_000
KEPT = timedelta(days=30)
"""How long acknowledged edits are kept: as long as the server keeps what was deleted."""


def build(store: Store) -> Batch | None:
    """Put the next batch of dirty rows into the outbox; None when nothing is to be pushed."""
    with store.database.writing() as connection:
        changes = dirty.changes(connection, ROWS, BYTES)
        if not changes:
            return None
        number = int(state.get(connection, "batch") or 0) + 1
        text = encode(changes)
        digest = hashlib.sha256(text).hexdigest()
        connection.execute(
            "INSERT INTO sync_outbox (seq, sha256, made_at, batch) VALUES (?, ?, ?, ?)",
            (number, digest, times.now(), zlib.compress(text, 1)),
        )
    return Batch(number, digest, tuple(changes), len(text))


def pending(connection: Connection) -> Batch | None:
    """Return the batch that waits for its acknowledgement."""
    row = connection.execute(
        "SELECT seq, sha256, batch FROM sync_outbox WHERE acknowledged_at IS NULL ORDER BY seq LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    text = zlib.decompress(row[2])
    return Batch(row[0], row[1], decode(text), len(text))


def acknowledge(connection: Connection, batch: Batch) -> None:
    """Note that the server has a batch; within the transaction that takes its result in."""
    kept = [change for change in batch.changes if change.base is not None]
    moment = times.now()
    state.put(connection, "batch", str(batch.number))
    if kept:
        text = zlib.compress(encode(_without_vector(change) for change in kept), 6)
        sql = "UPDATE sync_outbox SET acknowledged_at = ?, batch = ? WHERE seq = ?"
        connection.execute(sql, (moment, text, batch.number))
    else:
        connection.execute("DELETE FROM sync_outbox WHERE seq = ?", (batch.number,))
    before = times.to_text(datetime.now(UTC) - KEPT)
    connection.execute("DELETE FROM sync_outbox WHERE acknowledged_at < ?", (before,))


def retained(connection: Connection, after: int) -> list[Change]:
    """Return the edits and deletions of acknowledged batches with a number above *after*, oldest first."""
    rows = connection.execute(
        "SELECT batch FROM sync_outbox WHERE seq > ? AND acknowledged_at IS NOT NULL ORDER BY seq", (after,)
    ).fetchall()
    return [change for (blob,) in rows for change in decode(zlib.decompress(blob))]


def take_back(connection: Connection, after: int) -> int:
    """Make dirty again what a restored server lost: batches above *after*; return how many rows."""
    changes = retained(connection, after)
    for change in changes:
        if change.base is not None:
            dirty.remember(connection, change.key, change.base)
    connection.execute("DELETE FROM sync_outbox WHERE seq > ?", (after,))
    state.put(connection, "batch", str(after))
    return len(changes)


def _without_vector(change: Change) -> Change:
    """Derived, large, and in the file anyway."""
    ours = change.ours and {name: value for name, value in change.ours.items() if not isinstance(value, bytes)}
    return Change(change.key, change.base, ours, change.generation)


# -- the text of a batch ----------------------------------------------------------------------------------


def encode(changes: Iterable[Change]) -> bytes:
    """Return a batch as JSON lines; bytes of vectors in hex, marked."""
    return b"\n".join(_line([c.key.tbl, c.key.pk, c.generation, _packed(c.base), _packed(c.ours)]) for c in changes)


def _line(document: list[Any]) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # a lone surrogate, which another program may have written
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")


def decode(text: bytes) -> tuple[Change, ...]:
    """Return the changes of a batch's text."""
    found = []
    for line in text.decode("utf-8", "surrogatepass").split("\n"):
        if line:
            tbl, pk, generation, base, ours = json.loads(line)
            found.append(Change(Key(tbl, pk), _unpacked(base), _unpacked(ours), generation))
    return tuple(found)


def _packed(image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {name: {"hex": value.hex()} if isinstance(value, bytes) else value for name, value in image.items()}


def _unpacked(document: dict[str, Any] | None) -> Image | None:
    if document is None:
        return None
    return {n: bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for n, v in document.items()}


def size(change: Change) -> int:
    """Return about how many bytes a change is on the wire."""
    image = change.ours or {}
    return 60 + sum(len(v) if isinstance(v, str | bytes) else 8 for v in image.values())
