"""JSON text, read fast and exactly.

orjson reads a line in a microsecond, but keeps the last of two equal keys and turns whole numbers beyond 64 bits
into floats (RFC 8259 §4 and §6 leave both open). Written again, most lines are the same bytes (a fifth of the time
of reading), and so lost nothing. A line that might hold either, or that orjson refuses, goes through the standard
reader, which is slow and can say what is wrong.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import orjson

from localstore.errors import InvalidValue
from localstore.values import INT_MAX, INT_MIN, MAX_DEPTH, check_json

LARGE = 1 << 20
BUDGET, NUMBER, CONTAINER = 128 << 20, 32, 400
"""Bytes that one record may take as Python objects, and what a number and a list or an object take (read and checked).

A line of 32 MB holds some thousand vectors, which is well, or ten million empty lists, which is not.
"""
_SPACED_COLON = re.compile(rb'"[ \t\r\n]+:')
_TO_LONG_STRING = re.compile(rb'(?:[^"]++|"(?:[^"\\]|\\.){0,7}+")*+(?="((?:[^"\\]++|\\.)*+"))?', re.DOTALL)
"""What stands before the next string of 8 bytes or more, and that string behind its first quote."""
_SUSPECT = 1 << 60
_FLOAT_LIMIT = 2.0**63


def parse(raw: bytes) -> Any:
    """Return the value of one JSON text; raises InvalidValue with one sentence on what is wrong with it."""
    if large := len(raw) > LARGE:
        check_crowd(raw)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        _explain(raw, error)
    if not isinstance(value, dict | list) or (not large and _same_bytes(value, raw)):
        return value
    return _read_strictly(raw) if _suspicious(raw, value) else value


def _same_bytes(value: Any, raw: bytes) -> bool:
    """Tell whether *value* is written as it was read, as compact JSON is: then nothing was lost."""
    try:
        return orjson.dumps(value) == raw.strip()
    except orjson.JSONEncodeError:
        return False


def _suspicious(raw: bytes, value: dict[str, Any] | list[Any]) -> bool:
    """Tell whether a key may stand twice, or a float may have been a whole number.

    Each key ends in ``":``, as nothing else does in text whose own quotes are escaped: when the text has as many
    of these as the value has keys, no key was lost.
    """
    marks = raw.count(b'":')
    if b"\\" in raw:
        if b'\\\\":' in raw:
            return True
        marks -= raw.count(b'\\":')
    if marks != _count_keys(value, 0):
        return True
    spaced = b'" ' in raw or b"\t" in raw or b"\n" in raw or b"\r" in raw
    return spaced and _SPACED_COLON.search(raw) is not None


def _count_keys(value: dict[str, Any] | list[Any], depth: int) -> int:
    if depth > MAX_DEPTH:
        raise InvalidValue(f"nested deeper than {MAX_DEPTH} levels: flatten it")
    if isinstance(value, dict):
        return len(value) + _count_inside(value.values(), depth)
    if len(value) > 16 and set(map(type, value)) == {float}:
        return 0 if max(value) < _FLOAT_LIMIT and min(value) > -_FLOAT_LIMIT else _SUSPECT
    return _count_inside(value, depth)


def _count_inside(inner: Any, depth: int) -> int:
    total = 0
    for item in inner:
        kind = type(item)
        if kind is dict or kind is list:
            total += _count_keys(item, depth + 1)
        elif kind is float and not -_FLOAT_LIMIT < item < _FLOAT_LIMIT:
            return _SUSPECT
    return total


def check_crowd(raw: bytes) -> None:
    """Refuse a large text of very many small values, which would take gigabytes as Python objects: InvalidValue."""
    if _weight(raw) > BUDGET and _weight_outside_strings(raw) > BUDGET:
        raise InvalidValue("too many values in one record: split it")


def _weight_outside_strings(raw: bytes) -> int:
    """Weigh what is in no long string, without a copy: one without its strings would take gigabytes itself."""
    weight = start = 0
    while start < len(raw) and weight <= BUDGET:
        found = _TO_LONG_STRING.match(raw, start)
        end = found.end() if found and found[1] else len(raw)
        weight += _weight(raw, start, end)
        start = found.end(1) if found and found[1] else end
    return weight


def _weight(raw: bytes, start: int = 0, end: int | None = None) -> int:
    containers = raw.count(b"[", start, end) + raw.count(b"{", start, end)
    return NUMBER * raw.count(b",", start, end) + CONTAINER * containers


def _explain(raw: bytes, error: orjson.JSONDecodeError) -> NoReturn:
    check_json(_read_strictly(raw), "value")
    raise InvalidValue(f"not JSON: {error.msg}")


def _read_strictly(raw: bytes) -> Any:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidValue(f"byte {raw[error.start]:#04x} at offset {error.start} is not UTF-8") from None
    try:
        return json.loads(
            text, object_pairs_hook=_pairs, parse_int=_integer, parse_float=_float, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise InvalidValue(f"not JSON: {error.msg[:1].lower()}{error.msg[1:]} at character {error.pos}") from None
    except RecursionError:
        raise InvalidValue(f"nested deeper than {MAX_DEPTH} levels: flatten it") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidValue(f"the key {twice[:60]!r} stands twice in one object: remove one")
    return found


def _integer(digits: str) -> int:
    if len(digits) > 20 or not INT_MIN <= (number := int(digits)) <= INT_MAX:
        raise InvalidValue(f"{digits[:24]} does not fit 64 bits: write it as text")
    return number


def _float(text: str) -> float:
    if math.isinf(number := float(text)):
        raise InvalidValue(f"{text[:24]} is too large for a number: write it as text")
    return number


def _constant(name: str) -> NoReturn:
    raise InvalidValue(f"{name} has no place in JSON: use null")
