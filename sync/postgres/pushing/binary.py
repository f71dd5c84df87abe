"""Vectors as one flat ``real[]`` in PostgreSQL's binary form, made without numpy.

The form is that of ``array_recv``: dimensions, flags, type, length, lower bound, then for each number its size and
its four bytes, all in network order.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_FLOAT4, _FLOAT4_ARRAY = 700, 1021
_SIZE = b"\0\0\0\4"


class Reals:
    """A ``real[]`` in binary, to be sent as a parameter; ``form`` is what goes over the wire."""

    __slots__ = ("form",)

    def __init__(self, form: Buffer) -> None:
        self.form = form


class _RealsDumper(Dumper):
    format = Format.BINARY
    oid = _FLOAT4_ARRAY

    def dump(self, obj: Reals) -> Buffer:
        return obj.form


psycopg.adapters.register_dumper(Reals, _RealsDumper)


def flat(vectors: Iterable[bytes]) -> Reals:
    """Return the numbers of stored vectors (little-endian float32), one after the other, as one array."""
    numbers = array("I", b"".join(vectors))
    if not numbers:
        return Reals(struct.pack(">iiI", 0, 0, _FLOAT4))
    if sys.byteorder == "little":
        numbers.byteswap()
    whole = array("I", struct.pack(">iiIii", 1, 0, _FLOAT4, len(numbers), 1))
    start = len(whole)
    whole.extend(array("I", _SIZE + bytes(4)) * len(numbers))
    whole[start + 1 :: 2] = numbers
    return Reals(memoryview(whole).cast("B"))


def is_finite(vector: bytes) -> bool:
    """Tell whether a stored vector has neither NaN nor infinity."""
    high = vector[3::4]
    if b"\x7f" not in high and b"\xff" not in high:  # nothing beyond 1.7e38: at a glance, and nearly always
        return True
    return all((a & 0x7F, b & 0x80) != (0x7F, 0x80) for a, b in zip(high, vector[2::4], strict=True))
