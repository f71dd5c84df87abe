"""What the pane tells of a file: its row, where its bytes are, how it begins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstore.attached.file_kinds import is_text
from localstore.attached.image_sizes import image_size
from localstore.errors import LocalstoreError, NotFound
from tui import glyphs
from tui.visible import line
from tui.widgets.items.item_table import moment
from tui.widgets.items.item_view import json_line
from tui.widgets.nouns.file_table import STATES, state, verdicts
from tui.widgets.reading.reader import Line, Piece, plain
from tui.words import size

if TYPE_CHECKING:
    from localstore.attached.files import FileRow
    from localstore.store import Store

HEAD = 65_536
"""Bytes of a file that are read for its preview."""
LINES = 200
_EMPTY: Line = (Piece(""),)


def file_lines(store: Store, row: FileRow) -> list[Line]:
    """Return facts, metadata and preview."""
    try:
        asset = store.files.get(row.id)
    except NotFound:
        return [(Piece("This file's row is gone: r reads the list again.", "note"),)]
    place = store.files.local_path(asset)
    head, why = _head(store, place)
    lines: list[Line] = [(Piece(line(row.filename, 400), "title"),)]
    lines += _verdict(store, row)
    lines += [(Piece(f"{name:<9}", "note"), Piece(line(value, 1_000))) for name, value in _facts(row, asset, place)]
    if asset.meta_data:
        document = json.dumps(asset.meta_data, ensure_ascii=False, indent=2)
        lines += [_EMPTY, *(json_line(each[0].text) for each in plain(document))]
    return [*lines, _EMPTY, *_preview(head, why, row.size_bytes)]


def _facts(row: FileRow, asset: Any, place: Path | None) -> list[tuple[str, str]]:
    found = [("size", f"{size(row.size_bytes)} ({row.size_bytes:,} bytes)"), ("kind", row.mime_type or "–")]
    found += [("item", row.item if row.item is not None else "none"), ("added", moment(row.created_at))]
    found += [("path", row.path), *([("lies at", str(place))] if place else [])]
    return [*found, ("sha256", asset.checksum or "–"), ("id", row.id)]


def _verdict(store: Store, row: FileRow) -> list[Line]:
    verdict = verdicts(store).get(row.id)
    sign, word, _ = STATES[state(row, verdict)]
    if verdict is None or verdict.path != row.path:
        return [(Piece("bytes    ", "note"), Piece(f"{sign} {word}"), Piece("  not verified yet", "note"))]
    tone = {"ok": "good", "missing": "bad", "changed": "warn"}.get(verdict.status, "text")
    return [
        (Piece("bytes    ", "note"), Piece(f"{sign} {word}", tone), Piece(f"  {line(verdict.reason, 300)}", "note"))
    ]


def _head(store: Store, place: Path | None) -> tuple[bytes, str]:
    """Return the first bytes of a file, and why there are none; nothing but an ordinary file is opened."""
    if place is None:
        return b"", "The bytes are on another machine."
    try:
        if not place.exists():
            return b"", f"{glyphs.BAD} There is nothing at this path."
        if not place.is_file():
            return b"", f"{glyphs.BAD} This is no ordinary file: it is not opened."
        with place.open("rb") as file:
            return file.read(HEAD), ""
    except (OSError, ValueError, LocalstoreError) as error:
        return b"", f"{glyphs.BAD} It cannot be read: {error}"


def _preview(head: bytes, why: str, whole: int) -> list[Line]:
    if why:
        return [(Piece(line(why, 400), "note"),)]
    if not head:
        return [(Piece("The file is empty.", "note"),)]
    if found := image_size(head):
        return [(Piece(f"{found[0]:,} × {found[1]:,} pixels", "heading"),)]
    if not is_text(head):
        return [(Piece("Not a text: no preview.", "note"),)]
    lines = head.decode("utf-8", "replace").split("\n")
    shown = "\n".join(lines[:LINES])
    cut = len(lines) > LINES or whole > len(head)
    title = f"{glyphs.RULE * 3} how it begins {glyphs.RULE * 3}"
    note = f"{glyphs.ELLIPSIS} cut here: the file has {size(whole)}" if cut else ""
    return [(Piece(title, "heading"),), *plain(shown, note=note)]
