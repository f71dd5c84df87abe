"""The log beside a file (https://sqlite.org/fileformat2.html#walformat): which of its frames can be trusted.

SQLite itself stops at the first frame that is not as it was written. Each frame carries the checksum of all before
it, so the frames behind a broken one can be proved by what the broken one noted; only its own page is lost.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

HEADER, FRAME = 32, 24
_BIG = 0x377F0683
_LITTLE = 0x377F0682
Sums = tuple[int, int]


@dataclass(slots=True)
class Log:
    """Where the newest committed version of each page lies, how long the file is with it, and how much is broken."""

    places: dict[int, int] = field(default_factory=dict)
    """Page number → offset of its bytes in the log."""
    pages: int = 0
    """The file's length in pages after the last commit; 0 when the log adds nothing."""
    broken: int = 0
    """Frames of committed changes that are not as they were written; an unfinished end is no loss."""


def checksum(content: bytes, sums: Sums, order: str) -> Sums:
    """Return the checksum of *content* (a multiple of 8 bytes) that goes on from *sums*."""
    first, second = sums
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for at in range(0, len(words), 2):
        first = (first + words[at] + second) & 0xFFFFFFFF
        second = (second + words[at + 1] + first) & 0xFFFFFFFF
    return first, second


def read_log(file: BinaryIO, page_size: int) -> Log:
    """Read which frames of an open log are as they were written, up to the last commit."""
    log = Log()
    head = file.read(HEADER)
    if len(head) < HEADER:
        return log
    waiting: dict[int, int] = {}
    broken = 0
    for page, commit, place in _frames(file, head, page_size):
        if page:
            waiting[page] = place
        else:
            broken += 1
        if commit:
            log.broken, broken = log.broken + broken, 0
        if commit and page:
            log.places |= waiting
            log.pages = commit
            waiting = {}
    return log


def _frames(file: BinaryIO, head: bytes, page_size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (page, pages of the file if it is a commit else 0, offset) of each frame; page 0 for a broken one."""
    order, salts = _start(head)
    sums: Sums = struct.unpack(">II", head[24:32])
    place = HEADER
    while len(frame := file.read(FRAME + page_size)) == FRAME + page_size:
        page, commit = struct.unpack(">II", frame[:8])
        salts = salts or frame[8:16]
        if frame[8:16] == salts:
            noted: Sums = struct.unpack(">II", frame[16:24])
            sound = checksum(frame[FRAME:], checksum(frame[:8], sums, order), order) == noted
            yield (page if sound else 0), commit, place + FRAME
            sums = noted
        place += FRAME + page_size


def _start(head: bytes) -> tuple[str, bytes | None]:
    """Return the byte order of the checksums and the salts of the frames; a broken header leaves the salts open."""
    magic = struct.unpack(">I", head[:4])[0]
    native = ">" if sys.byteorder == "big" else "<"
    order = {_BIG: ">", _LITTLE: "<"}.get(magic, native)
    sound = magic in (_BIG, _LITTLE) and checksum(head[:24], (0, 0), order) == struct.unpack(">II", head[24:32])
    return order, head[16:24] if sound else None
