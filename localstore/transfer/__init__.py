"""Import and export: readers and writers of files, which know nothing of a store.

A reader yields ``ItemRecord`` and ``BadRecord``; a writer takes ``ItemRecord``. Formats of vectors yield ``Vectors``
and take ``VectorRows`` instead. One file per format, in ``formats/``.
"""

from __future__ import annotations

from localstore.transfer.format import STREAM, Format, Read, ReadOptions, ReadReport, WriteOptions
from localstore.transfer.registry import (
    detect,
    for_destination,
    formats,
    named,
    reader_named,
    readers,
    writer_named,
    writers,
)

__all__ = [
    "STREAM",
    "Format",
    "Read",
    "ReadOptions",
    "ReadReport",
    "WriteOptions",
    "detect",
    "for_destination",
    "formats",
    "named",
    "reader_named",
    "readers",
    "writer_named",
    "writers",
]
