"""The trash: entries that have nothing to restore, images without an entry, images that cannot be read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from localstore import ids, tables, times, values
from localstore.attached.file_paths import host, kept_digest
from localstore.checking.finding import Finding, Inquiry
from localstore.connection import Connection
from localstore.models import BY_NAME

_LABEL = "found in the trash without its entry"


def deleted(asked: Inquiry) -> Iterator[Finding]:
    """Look at entries, then at images, then at the bytes that deleted files would need."""
    yield from _lone_images(asked)
    yield from _empty_entries(asked)
    yield from _unreadable(asked)
    yield from _without_bytes(asked)


def _lone_images(asked: Inquiry) -> Iterator[Finding]:
    """Images whose entry is gone: they get one again, from which they can be restored."""
    sql = "SELECT DISTINCT trash_id FROM trash_rows WHERE trash_id NOT IN (SELECT id FROM trash) ORDER BY 1"
    with asked.reading() as connection:
        lost = [str(pk) for (pk,) in connection.execute(sql)]
    if not lost:
        return
    message = f"the images of {len(lost)} deletions have no entry, such as {ids.short(lost[0])}"
    found = Finding("trash", "trash_rows", len(lost), f"{message}: 'check --repair' makes it anew", row=lost[0])
    if asked.repair:
        with asked.store.database.writing() as connection:
            for pk in lost:
                _make_entry(connection, pk)
        found = found.mended()
    yield found


def _make_entry(connection: Connection, pk: str) -> None:
    rows = connection.execute("SELECT tbl, pk, kind FROM trash_rows WHERE trash_id = ? ORDER BY seq", (pk,)).fetchall()
    taken = Counter(str(tbl) for tbl, _, kind in rows if kind == "row")
    freed = Counter(str(tbl) for tbl, _, kind in rows if kind == "link")
    roots = [[tbl, key] for tbl, key, kind in rows if kind == "row"]
    counts = {"deleted": dict(taken), "freed": dict(freed)}
    sql = "INSERT INTO trash (id, deleted_at, label, roots, cascade, counts) VALUES (?, ?, ?, ?, 0, ?)"
    connection.execute(sql, (pk, times.now(), _LABEL, values.to_json(roots), values.to_json(counts)))


def _empty_entries(asked: Inquiry) -> Iterator[Finding]:
    """Entries without images have nothing to give back, so they go."""
    sql = "SELECT id FROM trash t WHERE NOT EXISTS (SELECT 1 FROM trash_rows r WHERE r.trash_id = t.id) ORDER BY id"
    with asked.reading() as connection:
        empty = [str(pk) for (pk,) in connection.execute(sql)]
    if empty:
        message = f"{len(empty)} deletions hold nothing that could be restored, such as {ids.short(empty[0])}"
        found = Finding("trash", "trash", len(empty), f"{message}: 'check --repair' removes them", row=empty[0])
        yield _forgotten(asked, empty, found) if asked.repair else found


def _forgotten(asked: Inquiry, empty: list[str], found: Finding) -> Finding:
    with asked.store.database.writing() as connection:
        connection.executemany("DELETE FROM trash WHERE id = ?", [(pk,) for pk in empty])
    return found.mended()


def _unreadable(asked: Inquiry) -> Iterator[Finding]:
    """Images that would not become rows again: restoring their deletion would fail as a whole."""
    with asked.reading() as connection:
        refused: Any = _refusal
        connection.create_scalar_function("refused", refused, 3, deterministic=True)
        rows = connection.execute(
            "SELECT trash_id, seq, tbl, why FROM (SELECT trash_id, seq, tbl,"
            " refused(tbl, kind, CAST(image AS BLOB)) AS why FROM trash_rows) WHERE why IS NOT NULL"
        ).fetchall()
    if rows:
        pk, seq, table, why = rows[0]
        message = f"{len(rows)} images in the trash cannot be read, such as number {seq} of {ids.short(pk)} ({why})"
        advice = f"that deletion cannot be restored; 'localstore trash empty' forgets all, a backup may have {table}"
        yield Finding("trash", "trash_rows", len(rows), f"{message}: {advice}", row=str(pk))


def _refusal(table: str, kind: str, image: bytes) -> str | None:
    """Say why an image would not become a row (or a freed key) again."""
    model = BY_NAME.get(table)
    if model is None:
        return f"there is no table {table!r}"
    try:
        document = json.loads(bytes(image).decode())
        lacking = {"column", "value"} if kind == "link" else set(tables.columns(model))
        lacking -= document.keys()
        for name in tables.blobs(model) if kind == "row" else ():
            bytes.fromhex(document.get(name) or "")
    except (ValueError, AttributeError, TypeError) as error:
        return f"not an image: {error}"
    return f"it lacks {', '.join(sorted(lacking))}" if lacking else None


def _without_bytes(asked: Inquiry) -> Iterator[Finding]:
    """Deleted files that were kept beside this store, and whose bytes are gone: only their record comes back."""
    sql = (
        "SELECT pk, image->>'$.path', image->>'$.filename', image->>'$.meta_data' FROM trash_rows"
        " WHERE tbl = 'file_assets' AND kind = 'row' AND json_valid(image)"
    )
    with asked.reading() as connection:
        rows = connection.execute(sql).fetchall()
    lost = [(str(pk), str(name)) for pk, path, name, meta in rows if _is_gone(asked, str(path), str(meta))]
    if lost:
        message = f"the bytes of {len(lost)} files in the trash are gone, such as {lost[0][1][:60]!r}"
        message += ": bring them back from a backup's files, or empty the trash"
        yield Finding("file", "trash_rows", len(lost), message, row=lost[0][0])


def _is_gone(asked: Inquiry, path: str, meta_data: str) -> bool:
    digest = kept_digest(path)
    try:
        noted = json.loads(meta_data).get("host")
    except (ValueError, AttributeError):
        noted = None
    return digest is not None and noted in (None, host()) and not asked.store.files.kept(digest).exists()
