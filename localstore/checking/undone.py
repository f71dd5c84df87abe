"""The undo log: actions that can no longer be taken back, because what they would bring back is gone.

Undo goes one by one, so such an entry would bar the way to all before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from localstore.checking.finding import Finding, Inquiry


class Entry(NamedTuple):
    """An entry of the undo log."""

    seq: int
    at: str
    label: str
    undone: int
    changes: bytes


def undone(asked: Inquiry) -> Iterator[Finding]:
    """Find entries that cannot be read, and those that need a deletion which left the trash."""
    with asked.reading() as connection:
        trash = {str(pk) for (pk,) in connection.execute("SELECT id FROM trash")}
        sql = "SELECT seq, at, label, undone, CAST(changes AS BLOB) FROM undo_log ORDER BY seq"
        rows = [Entry(*row) for row in connection.execute(sql)]
    lost = _lost([row for row in reversed(rows) if not row.undone], trash, "trash", "restore")
    lost += _lost([row for row in rows if row.undone], trash, "restore", "trash")
    if not lost:
        return
    one = lost[0]
    message = f"{len(lost)} actions cannot be undone or redone any more, such as {one.label[:60]!r} of {one.at[:19]}"
    finding = Finding("undo", "undo_log", len(lost), f"{message}: 'check --repair' forgets them", row=str(one.seq))
    if asked.repair:
        with asked.store.database.writing() as connection:
            deeds = sorted({(row.at, row.label) for row in lost})  # the parts of a deed go together
            connection.executemany("DELETE FROM undo_log WHERE at = ? AND label = ?", deeds)
        finding = finding.mended()
    yield finding


def _lost(rows: list[Entry], trash: set[str], needs: str, makes: str) -> list[Entry]:
    """Go through entries as undo (or redo) would, and return those that find no deletion to bring back."""
    there, lost = set(trash), []
    for row in rows:
        try:
            document: dict[str, Any] = json.loads(bytes(row.changes).decode())
            ops = [(str(change["op"]), str(change.get("trash", ""))) for change in document["changes"]]
        except (ValueError, TypeError, LookupError, AttributeError):
            lost.append(row)
            continue
        added = document.get("trash") if row.undone else None
        wanted = {pk for op, pk in ops if op == needs} | ({added} if added else set())
        if wanted <= there:
            there = (there - wanted) | {pk for op, pk in ops if op == makes}
        else:
            lost.append(row)
    return lost
