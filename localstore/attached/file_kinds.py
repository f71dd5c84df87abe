"""What a file is called and what kind it is: by its name, and by its first bytes."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mimetypes import MimeTypes

_SUFFIXES = {
    ".jsonl": "application/jsonl",
    ".ndjson": "application/jsonl",
    ".md": "text/markdown",
    ".npy": "application/x-npy",
    ".parquet": "application/vnd.apache.parquet",
    ".safetensors": "application/x-safetensors",
    ".toml": "application/toml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"\x93NUMPY", "application/x-npy"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)


def shown_name(place: Path) -> str:
    """Return a file's name as text, whatever bytes the file system holds."""
    return os.fsencode(place.name).decode("utf-8", "replace")


@cache
def _by_name() -> MimeTypes:
    """Python's own list: those of machines differ from one to the next."""
    from mimetypes import MimeTypes

    known = MimeTypes()
    for suffix, kind in _SUFFIXES.items():
        known.add_type(kind, suffix)
    return known


def mime_type(name: str, head: bytes) -> str | None:
    """Return a file's kind by its name, or by its first bytes when the name says nothing or only *text*."""
    kind, packed = _by_name().guess_type("file" + "".join(Path(name).suffixes[-2:]))
    if packed:
        return f"application/{packed}"
    if kind is None or kind.startswith("text/"):
        return _sniffed(head) or kind or ("text/plain" if is_text(head) else None)
    return kind


def _sniffed(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def is_text(head: bytes) -> bool:
    """Tell whether bytes read as UTF-8; the last character may be cut."""
    if not head or b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) - error.start < 4 and error.reason == "unexpected end of data"
    return True
