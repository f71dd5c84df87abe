"""The outbox: whether batches are what was put in, and numbered as they were acknowledged."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from localstore.checking.finding import Finding, Inquiry
from sync import state
from sync.outbox import decode

_AGAIN = "make a device anew with 'localstore sync link URL': its rows are compared, and nothing is lost"


class Row(NamedTuple):
    """A batch as it lies in the outbox."""

    seq: int
    sha256: str
    waits: int
    batch: bytes

    def fault(self) -> str | None:
        """Say why the batch is not what was put in; what was acknowledged is kept shortened, under its old hash."""
        try:
            text = zlib.decompress(self.batch)
            if self.waits and hashlib.sha256(text).hexdigest() != self.sha256:
                return "it is not what its hash says"
            decode(text)
        except (zlib.error, ValueError, TypeError, AttributeError) as error:
            return str(error)
        return None


def batches(asked: Inquiry) -> Iterator[Finding]:
    """Look at each batch of a linked store."""
    broken: list[tuple[int, int, str]] = []
    numbers: dict[int, list[int]] = {0: [], 1: []}
    with asked.reading() as connection:
        if not state.is_linked(connection):
            return
        last = state.get(connection, "batch") or ""
        sql = "SELECT seq, sha256, acknowledged_at IS NULL, batch FROM sync_outbox ORDER BY seq"
        for row in map(Row._make, connection.execute(sql)):
            numbers[row.waits].append(row.seq)
            if why := row.fault():
                broken.append((row.seq, row.waits, why))
    yield from _broken(asked, broken)
    if last.isdecimal():
        yield from _numbers(asked, int(last), numbers[1], numbers[0])


def _broken(asked: Inquiry, broken: list[tuple[int, int, str]]) -> Iterator[Finding]:
    for seq, waits, why in broken:
        if waits:
            message = f"batch {seq}, which waits to be pushed, is damaged ({why}): {_AGAIN}"
            yield Finding("sync", "sync_outbox", 1, message, row=str(seq))
    old = [(seq, why) for seq, waits, why in broken if not waits]
    if not old:
        return
    message = f"{len(old)} batches kept in case the server is restored are damaged, such as {old[0][0]} ({old[0][1]})"
    found = Finding("sync", "sync_outbox", len(old), f"{message}: 'check --repair' drops them", row=str(old[0][0]))
    if asked.repair:
        asked.keep()
        with asked.store.database.writing() as connection:
            connection.executemany("DELETE FROM sync_outbox WHERE seq = ?", [(seq,) for seq, _ in old])
        found = found.mended()
    yield found


def _numbers(asked: Inquiry, last: int, waiting: list[int], acknowledged: list[int]) -> Iterator[Finding]:
    """One batch waits at a time and is the next; none with a higher number was acknowledged."""
    highest = max(acknowledged, default=0)
    if highest > last:
        message = f"batch {highest} was acknowledged, but {last} is noted as the last: 'check --repair' notes {highest}"
        found = Finding("sync", "sync_state", 1, message, row="batch")
        if asked.repair:
            with asked.store.database.writing() as connection:
                state.put(connection, "batch", str(highest))
            found = found.mended()
        yield found
        last = max(last, highest)
    if waiting and waiting != [last + 1]:
        numbers = ", ".join(map(str, waiting[:5]))
        message = f"batch {numbers} waits to be pushed, where {last + 1} would be the next: {_AGAIN}"
        yield Finding("sync", "sync_outbox", len(waiting), message, row=str(waiting[0]))
