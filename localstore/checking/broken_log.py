"""The write-ahead log: commits that stand in it behind a damaged frame, where SQLite's reading ends.

Frames carry checksums that build on one another (https://sqlite.org/fileformat2.html#wal_file_format). A frame that
does not fit ends the log, and SQLite goes on as if nothing had come after. A power cut may leave one torn commit so,
which nobody was told of; a second commit behind it was begun after the first was safe, so something was lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import apsw

from localstore.checking.copies import beside
from localstore.checking.finding import Finding, Inquiry
from localstore.connection import opened
from localstore.database import PAGE_SIZE
from localstore.errors import StoreError
from localstore.recovery.log import FRAME, HEADER

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
    except StoreError:  # busy, or damaged in a way that the other parts tell
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
    try:
        end = _end(log.with_name(log.name.removesuffix("-wal")))
        with log.open("rb") as file:
            return sum(1 for _ in _commits(file, end, PAGE_SIZE))
    except (OSError, apsw.Error):
        return 0


def _end(path: Path) -> int:
    """Return how many frames SQLite reads.

    It is asked, for whoever opens the index of the log and closes it takes this process's locks on the log away.
    """
    connection = opened(str(path), apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.pragma("schema_version")  # reads the log's index
        return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)[0]
    finally:
        with suppress(apsw.Error):
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.close()


def _commits(file: BinaryIO, end: int, size: int) -> Iterator[int]:
    salts = file.read(HEADER)[16:24]
    number = end
    while True:
        file.seek(HEADER + number * (FRAME + size))
        frame = file.read(FRAME)
        if len(frame) < FRAME or frame[8:16] != salts:
            return
        number += 1
        if frame[4:8] != b"\0\0\0\0":
            yield number
