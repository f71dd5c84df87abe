"""Ids of many keys at once: the same UUIDs as ``ids.natural_id`` gives, made for a whole batch.

One call of ``ids.natural_id`` takes 4 µs; a vector may take 40 in all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from json.encoder import encode_basestring as quoted

import numpy
from numpy.typing import NDArray

from localstore import ids
from localstore.vectors import keys
from localstore.vectors.codes import Ids


def natural_ids(kind: str, first: str, rest: Sequence[str]) -> list[str]:
    """Return ``natural_id(kind, first, each)`` for each of *rest*."""
    return keys.written(natural_digests(kind, first, rest))


def natural_digests(kind: str, first: str, rest: Sequence[str]) -> Ids:
    """Return the same ids as 16 bytes each."""
    return _as_uuids(_named(f"{json.dumps([kind, first], ensure_ascii=False, separators=(',', ':'))[:-1]},", rest, "]"))


def derived_ids(kind: str, firsts: Sequence[str], last: str) -> list[str]:
    """Return ``natural_id(kind, each, last)`` for each of *firsts*."""
    return keys.written(_as_uuids(_named(f"[{json.dumps(kind)},", firsts, f",{json.dumps(last)}]")))


def _named(before: str, names: Sequence[str], after: str) -> list[bytes]:
    """Return the hashes that RFC 9562 §5.5 asks for, of names in JSON."""
    start = hashlib.sha1(ids.NAMESPACE.bytes + before.encode(), usedforsecurity=False)
    hashes = []
    for name in names:
        one = start.copy()
        one.update(f"{quoted(name)}{after}".encode())
        hashes.append(one.digest()[:16])
    return hashes


def _as_uuids(hashes: list[bytes]) -> Ids:
    """Set the version (5) and variant bits."""
    raw = numpy.frombuffer(b"".join(hashes), dtype=numpy.uint8).reshape(-1, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x50
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    return raw.reshape(-1).view("S16")


def own_id(key: str) -> str | None:
    """Return the id that a key is when it is a UUID in any spelling, as every import reads it."""
    if len(key) < 32:
        return None
    return key if ids.is_id(key) else ids.as_id(key)


def digests(kind: str, first: str, names: Sequence[str]) -> tuple[Ids, NDArray[numpy.bool_]]:
    """Return what each name stands for, itself when it is an id, else its natural id; and which are ids."""
    owns = [own_id(name) for name in names]
    whole = numpy.array([own is not None for own in owns], dtype=bool)
    plain = [name for name, own in zip(names, owns, strict=True) if own is None]
    found = numpy.empty(len(names), dtype="S16")
    found[~whole] = natural_digests(kind, first, plain)
    joined = "".join(own for own in owns if own).replace("-", "")
    found[whole] = keys.from_hex(joined)
    return found, whole
