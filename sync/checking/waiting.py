"""Conflicts that wait for a person: whether they can be shown and settled."""

from __future__ import annotations

import json
from collections.abc import Iterator

from localstore import ids, times
from localstore.checking.finding import Finding, Inquiry
from localstore.models import BY_NAME
from sync.shapes import Kind

UNREADABLE = "closed by check: it cannot be read"


def waiting(asked: Inquiry) -> Iterator[Finding]:
    """Find conflicts of no table, of no kind, or with images that are none: they would bar the whole list."""
    sql = (
        "SELECT id, tbl, kind, CAST(base AS BLOB), CAST(ours AS BLOB), CAST(theirs AS BLOB) FROM sync_conflict"
        " WHERE resolved_at IS NULL ORDER BY at, id"
    )
    with asked.reading() as connection:
        rows = connection.execute(sql)
        found = [(str(pk), why) for pk, tbl, kind, *images in rows if (why := _refusal(tbl, kind, images))]
    if not found:
        return
    shown = f"{ids.short(found[0][0])} ({found[0][1]})"
    message = f"{len(found)} conflicts cannot be read, such as {shown}"
    advice = "'check --repair' closes them; they stay in sync_conflict for 30 days"
    finding = Finding("sync", "sync_conflict", len(found), f"{message}: {advice}", row=found[0][0])
    if asked.repair:
        asked.keep()
        closed = [(times.now(), UNREADABLE, pk) for pk, _ in found]
        with asked.store.database.writing() as connection:
            connection.executemany("UPDATE sync_conflict SET resolved_at = ?, resolution = ? WHERE id = ?", closed)
        finding = finding.mended()
    yield finding


def _refusal(tbl: str, kind: str, images: list[bytes | None]) -> str | None:
    if tbl not in BY_NAME:
        return f"there is no table {tbl[:40]!r}"
    if kind not in set(Kind):
        return f"there is no kind {kind[:40]!r}"
    try:
        documents = [json.loads(image.decode("utf-8", "surrogatepass")) for image in images if image is not None]
    except ValueError as error:
        return f"not an image: {error}"
    return None if all(isinstance(each, dict) for each in documents) else "not an image"
