"""Rows as they lie in pages: cells, chains of overflow pages, records (https://sqlite.org/fileformat2.html).

Nothing here trusts a number: what leads out of its page or its file, or around in a circle, is ``Unreadable``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from localstore.recovery.pages import HEADER, Pages

TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR = 13, 5, 10, 2
LEAVES = frozenset((TABLE_LEAF, INDEX_LEAF))
KINDS = frozenset((TABLE_LEAF, TABLE_INTERIOR, INDEX_LEAF, INDEX_INTERIOR))
_LARGEST = 1_000_000_000
_WIDTHS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_DOUBLE = 7


class Unreadable(Exception):
    """A cell or a record that makes no sense."""


class Record(NamedTuple):
    """The values of a row; not *whole* when its end is lost or a text is no UTF-8."""

    values: list[object]
    whole: bool


def kind_of(page: bytes, number: int) -> int:
    """Return what a page of a tree is, 0 when it is none."""
    kind = page[_start(number)]
    return kind if kind in KINDS else 0


def _start(number: int) -> int:
    return HEADER if number == 1 else 0


def cell_places(page: bytes, number: int) -> list[int]:
    """Return where the cells of a page begin; a count that cannot be is cut to what the page could hold."""
    start = _start(number)
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    first = start + (8 if page[start] in LEAVES else 12)
    count = min(count, (len(page) - first) // 4)
    return list(struct.unpack_from(f">{count}H", page, first))


def children(page: bytes, number: int) -> Iterator[int]:
    """Yield the pages below an interior one."""
    for place in cell_places(page, number):
        yield int.from_bytes(page[place : place + 4], "big")
    yield int.from_bytes(page[_start(number) + 8 : _start(number) + 12], "big")


def records(pages: Pages, page: bytes, number: int) -> Iterator[Record | None]:
    """Yield the record of every cell, None for one that cannot be read; interior pages of tables hold none."""
    kind = page[_start(number)]
    if kind == TABLE_INTERIOR:
        return
    for place in cell_places(page, number):
        try:
            yield record(*_payload(pages, page, place, kind))
        except (Unreadable, IndexError, struct.error):
            yield None


def _payload(pages: Pages, page: bytes, place: int, kind: int) -> tuple[bytes, int]:
    """Return as much of a cell's payload as is there, and how long it should be."""
    if kind == INDEX_INTERIOR:
        place += 4
    length, place = varint(page, place)
    if kind == TABLE_LEAF:
        _, place = varint(page, place)
    if not 2 <= length <= _LARGEST:
        raise Unreadable
    local = _local(length, len(page), kind)
    if place + local + (4 if local < length else 0) > len(page):
        raise Unreadable
    head = page[place : place + local]
    if local == length:
        return head, length
    following = int.from_bytes(page[place + local : place + local + 4], "big")
    return head + _overflow(pages, following, length - local), length


def _local(length: int, usable: int, kind: int) -> int:
    """Return how many bytes of a payload lie in the cell itself."""
    most = usable - 35 if kind == TABLE_LEAF else (usable - 12) * 64 // 255 - 23
    if length <= most:
        return length
    least = (usable - 12) * 32 // 255 - 23
    fitting = least + (length - least) % (usable - 4)
    return fitting if fitting <= most else least


def _overflow(pages: Pages, number: int, wanted: int) -> bytes:
    """Follow a chain of overflow pages as far as it goes."""
    parts, seen = [], set()
    while wanted > 0 and number not in seen and (page := pages.read(number)):
        seen.add(number)
        parts.append(page[4 : 4 + wanted])
        wanted -= len(parts[-1])
        number = int.from_bytes(page[:4], "big")
    return b"".join(parts)


def varint(content: bytes, place: int) -> tuple[int, int]:
    """Return a number of one to nine bytes and the place behind it."""
    value = content[place]
    if value < 0x80:
        return value, place + 1
    value &= 0x7F
    for at in range(place + 1, place + 8):
        byte = content[at]
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + 1
    return (value << 8) | content[place + 8], place + 9


def record(payload: bytes, length: int) -> Record:
    """Return the values of a payload that should be *length* bytes long."""
    end, place = varint(payload, 0)
    if not 1 < end <= length:
        raise Unreadable
    types: list[int] = []
    while place < end:
        kind, place = varint(payload, place)
        types.append(kind)
    if place != end or end + sum(map(_width, types)) != length:
        raise Unreadable
    values: list[object] = []
    whole = len(payload) == length
    for kind in types:
        width = _width(kind)
        value, sound = _value(kind, payload[end : end + width], width)
        values.append(value)
        whole = whole and sound
        end += width
    return Record(values, whole)


def _width(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) >> 1
    if kind in (10, 11):
        raise Unreadable
    return 8 if kind == _DOUBLE else _WIDTHS.get(kind, 0)


def _value(kind: int, content: bytes, width: int) -> tuple[object, bool]:
    """Return a value, and whether it is as it was written, as far as that shows."""
    if kind >= 12:
        if kind & 1 == 0:
            return content, len(content) == width
        try:
            return content.decode(), len(content) == width
        except UnicodeDecodeError:
            return content.decode(errors="replace"), False
    if kind in (0, 8, 9):
        return (None, 0, 1)[(0, 8, 9).index(kind)], True
    if len(content) < width:
        return None, False
    if kind == _DOUBLE:
        return struct.unpack(">d", content)[0], True
    return int.from_bytes(content, "big", signed=True), True
