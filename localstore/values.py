"""The door: what a text, a JSON document or a whole number may hold.

PostgreSQL refuses some values that SQLite stores, days later, when nobody remembers them; so they are refused
here, with the path to the bad value. JSON is brought to the one form that both databases give back equal.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from localstore.errors import InvalidValue

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
MAX_TEXT = 200_000_000
"""Bytes of one text: PostgreSQL keeps a JSON string up to 256 MB."""
MAX_INDEXED = 2000
"""Bytes of an indexed text: a PostgreSQL B-tree entry holds about 2,700."""
MAX_DEPTH = 200
"""Levels of a JSON document: SQLite reads 1,000, and Python's own reader fewer in a deep call."""


def check_text(value: object, path: str, limit: int = MAX_TEXT) -> str:
    """Return *value* when both databases can store it as text of at most *limit* bytes, else InvalidValue."""
    if not isinstance(value, str):
        raise InvalidValue(f"expected text, got {type(value).__name__} {shown(value)}", path)
    if "\0" in value:
        raise InvalidValue(f"NUL at character {value.index(chr(0))}: remove it", path)
    try:
        size = len(value) if value.isascii() else len(value.encode())
    except UnicodeEncodeError as error:
        bad = f"U+{ord(value[error.start]):04X}"
        raise InvalidValue(f"lone surrogate {bad} at character {error.start}: remove it", path) from None
    if size > limit:
        raise InvalidValue(f"{size:,} bytes; at most {limit:,}: shorten it", path)
    return str.__str__(value)


def check_integer(value: object, path: str) -> int:
    """Return *value* when it is a whole number of 64 bits, else InvalidValue."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue(f"expected a whole number, got {type(value).__name__} {shown(value)}", path)
    if not INT_MIN <= value <= INT_MAX:
        raise InvalidValue(f"{_brief(value)} does not fit 64 bits", path)
    return int(value)


def check_json(value: Any, path: str, depth: int = 0) -> Any:
    """Return *value* in the form both databases give back equal, else InvalidValue with the path.

    Whole floats below 2^63 become integers, as PostgreSQL's ``jsonb`` makes them; tuples become lists.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return check_text(value, path)
    if isinstance(value, int):
        if not INT_MIN <= value <= INT_MAX:
            raise InvalidValue(f"{_brief(value)} does not fit 64 bits: write it as text", path)
        return int(value)
    if isinstance(value, float):
        return _check_float(value, path)
    if depth >= MAX_DEPTH:
        raise InvalidValue(f"nested deeper than {MAX_DEPTH} levels: flatten it", path)
    if isinstance(value, dict):
        return {_key(key, path): check_json(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [check_json(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    raise InvalidValue(f"{type(value).__name__} has no place in JSON", path)


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise InvalidValue(f"the key {shown(key)} is {type(key).__name__}: keys are text", path)
    return check_text(key, f"{path} key")


def _check_float(value: float, path: str) -> float | int:
    if not math.isfinite(value):
        raise InvalidValue(f"{value} has no place in JSON: use null", path)
    if value.is_integer() and INT_MIN <= value <= INT_MAX:
        return int(value)
    return float(value)


def _brief(number: int) -> str:
    """Show a number without the minutes Python takes (or refuses) to print a million digits."""
    return str(number) if number.bit_length() < 256 else f"a number of {number.bit_length():,} bits"


def shown(value: object) -> str:
    """Return the start of *value*, quoted for a message; Python refuses to print more than 4,300 digits."""
    try:
        return repr(str(value)[:60])
    except ValueError:
        return "a number too long to print"


def to_json(value: Any) -> str:
    """Return the text stored for a checked JSON value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def from_json(text: str | bytes, path: str = "") -> Any:
    """Read stored JSON; whole numbers beyond 64 bits, as ``jsonb`` prints large floats, come back as floats.

    Raises InvalidValue for a depth that only other programs write (``jsonb`` takes 6,000 levels).
    """
    try:
        return json.loads(text, parse_int=_read_int)
    except RecursionError:
        raise InvalidValue(f"nested deeper than {MAX_DEPTH} levels: flatten it", path) from None


def _read_int(digits: str) -> int | float:
    if len(digits) < 19:
        return int(digits)
    number = float(digits)
    if abs(number) > 1e19:
        return number
    exact = int(digits)
    return exact if INT_MIN <= exact <= INT_MAX else number


def canonical_json(value: Any) -> str:
    """Return JSON that is equal exactly when the values mean the same: keys sorted, numbers normalised.

    Raises InvalidValue for what the door refuses.
    """
    same = check_json(value, "")
    return json.dumps(same, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text, in hex, as ``meta_data.text_sha256`` keeps it."""
    return hashlib.sha256(text.encode()).hexdigest()
