"""How a file's place is written: ``file://HOST/abs/path`` as in RFC 8089, or ``sha256:HEX`` for a kept copy."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

_KEPT = re.compile(r"sha256:([0-9a-f]{64})")
_DRIVE = re.compile(r"/[A-Za-z]:")


def file_uri(place: Path) -> str:
    """Return the URI of an absolute path on this machine; bytes that are no URI character are percent-encoded."""
    whole = Path(os.path.normpath(place))
    return whole.as_uri().replace("file://", f"file://{host()}", 1)


def host() -> str:
    """Return this machine's name."""
    return socket.gethostname() or "localhost"


def local_file(path: str) -> Path | None:
    """Return the path a ``file:`` URI names on this machine; None for another machine or another scheme."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc.lower() not in ("", "localhost", host().lower()):
        return None
    text = os.fsdecode(unquote_to_bytes(parts.path))
    if "\0" in text or not text.startswith("/"):
        return None
    return Path(text[1:] if os.name == "nt" and _DRIVE.match(text) else text)


def kept_digest(path: str) -> str | None:
    """Return the SHA-256 of a kept copy, None for other paths."""
    match = _KEPT.fullmatch(path)
    return match[1] if match else None
