"""Identity: time-ordered keys for new rows, derived keys for rows with a natural key.

A natural key gives the same UUID on every device, so that two people offline make the same row.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
import unicodedata
import uuid

NAMESPACE = uuid.UUID("6f1d6f6e-2f0b-5c55-9a0e-1c0a57073a11")
PATTERN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SHORT = 8
"""Characters of an id's end that screens show."""

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a UUIDv7 (RFC 9562 §5.7), strictly rising within this process.

    The 12 bits after the version continue the millisecond clock (RFC 9562 §6.2, method 3), so that
    ids made in one millisecond still sort in the order they were made.
    """
    global _last
    with _lock:
        tick = time.time_ns() * 4096 // 1_000_000
        _last = tick = max(tick, _last + 1)
    high = (tick >> 12) << 16 | 0x7000 | (tick & 0xFFF)
    low = int.from_bytes(os.urandom(8), "big") & 0x3FFFFFFFFFFFFFFF | 0x8000000000000000
    return dashed(f"{high:016x}{low:016x}")


def dashed(digits: str) -> str:
    """Return 32 hexadecimal digits as an id is written."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def natural_id(kind: str, *parts: str | None) -> str:
    """Return the UUIDv5 (RFC 9562 §5.5) of a row's natural key: same parts, same id, everywhere."""
    name = json.dumps([kind, *parts], ensure_ascii=False, separators=(",", ":"))
    return str(uuid.uuid5(NAMESPACE, name))


def tag_id(name: str) -> str:
    """Return the id of the tag called *name*, whatever its case."""
    return natural_id("tag", fold(name))


def fold(name: str) -> str:
    """Return *name* as it is compared: composed (NFC) and case-folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_id(text: str) -> bool:
    """Tell whether *text* is a whole id in the one spelling that is stored."""
    return PATTERN.fullmatch(text) is not None


def as_id(value: object) -> str | None:
    """Return *value* as a stored id when it is a UUID in any spelling, else None."""
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        return None


def short(identifier: str) -> str:
    """Return the end of an id, as screens show it (the front of a UUIDv7 is a time)."""
    return identifier[-SHORT:]
