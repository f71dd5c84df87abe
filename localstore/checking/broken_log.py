"""The write-ahead log: commits that stand in it behind a damaged frame, where SQLite's reading ends.

Frames carry checksums that build on one another (https://sqlite.org/fileformat2.html#wal_file_format). A frame that
does not fit ends the log, and SQLite goes on as if nothing had come after. A power cut may leave one torn commit so,
which nobody was told of; a second commit behind it was begun after the first was safe, so something was lost.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from localstore.checking.copies import beside
from localstore.checking.finding import Finding, Inquiry
from localstore.errors import StoreBusy

_HEADER, _FRAME = 32, 24
_TORN = 1
"""Commits behind the end that a power cut explains."""


def broken_log(asked: Inquiry) -> Iterator[Finding]:
    """Count the commits of this log behind the frame at which SQLite's reading ends; keep a copy of the log."""
    log = asked.store.path.with_name(f"{asked.store.path.name}-wal")
    if asked.store.read_only or not log.exists() or not log.stat().st_size:
        return
    try:
        with asked.store.database.writing(timeout=0.05):  # nobody else may be about to write a frame
            count = commits_behind_the_end(log)
    except StoreBusy:
        return
    if count > _TORN:
        kept = beside(asked.store.path, "damaged-wal")
        shutil.copyfile(log, kept)
        message = (
            f"the write-ahead log is damaged: the {count} commits written last before it was opened are not in the"
            f" store, which goes on from before them; the log was kept as {kept.name}; compare with a backup"
        )
        yield Finding("log", "", count, message)


def commits_behind_the_end(log: Path) -> int:
    """Return how many commits of the log's own generation lie behind its last valid frame."""
    index = log.with_name(f"{log.name.removesuffix('-wal')}-shm")
    try:
        head = index.read_bytes()[:48]
        size, end = struct.unpack_from("=H", head, 14)[0], struct.unpack_from("=I", head, 16)[0]
        with log.open("rb") as file:
            return sum(1 for _ in _commits(file, end, 65536 if size == 1 else size))
    except (OSError, struct.error):
        return 0


def _commits(file: BinaryIO, end: int, size: int) -> Iterator[int]:
    salts = file.read(_HEADER)[16:24]
    number = end
    while True:
        file.seek(_HEADER + number * (_FRAME + size))
        frame = file.read(_FRAME)
        if len(frame) < _FRAME or frame[8:16] != salts:
            return
        number += 1
        if frame[4:8] != b"\0\0\0\0":
            yield number
