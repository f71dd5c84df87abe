"""Chat exports inside ZIP files, read as streams: nothing is unpacked to disk.

A ZIP can hold a thousand times its size in zeros. A member is refused when it grows over ``MAX_MEMBER`` bytes, or
over ``MAX_RATIO`` times its compressed size once ``RATIO_FROM`` bytes are read; chat exports compress about tenfold.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from localstore.errors import TransferError

MAX_MEMBER = 64 * 2**30
MAX_RATIO = 200
RATIO_FROM = 64 * 2**20
_CONVERSATIONS = re.compile(r"(?:^|/)conversations(?:-\d+)?\.json$")


def conversation_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the members called ``conversations.json`` or ``conversations-000.json``, in order of name."""
    found = [info for info in archive.infolist() if _CONVERSATIONS.search(info.filename)]
    return sorted(found, key=lambda info: info.filename)


@contextmanager
def opened_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[CappedStream]:
    """Open one member for reading; raises TransferError for a locked, damaged or unknown one."""
    try:
        with archive.open(member) as stream:
            yield CappedStream(stream, member)
    except RuntimeError as error:
        raise TransferError(f"{member.filename}: {error}: unpack it first") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise TransferError(f"{member.filename}: this part of the ZIP is damaged ({error})") from None


class CappedStream:
    """A member's bytes, counted; raises TransferError when there are absurdly many."""

    def __init__(self, stream: IO[bytes], member: zipfile.ZipInfo) -> None:
        self.name = member.filename
        self._stream = stream
        self._limit = min(MAX_MEMBER, max(RATIO_FROM, MAX_RATIO * member.compress_size))
        self._read = 0

    def read(self, size: int) -> bytes:
        """Return up to *size* bytes."""
        return self._counted(self._stream.read(size))

    def readline(self, size: int) -> bytes:
        """Return the next line, or its first *size* bytes."""
        return self._counted(self._stream.readline(size))

    def _counted(self, chunk: bytes) -> bytes:
        self._read += len(chunk)
        if self._read > self._limit:
            raise TransferError(f"{self.name}: over {self._limit:,} bytes once unpacked, which no export has")
        return chunk
