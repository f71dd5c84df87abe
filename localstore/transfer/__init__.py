"""Import and export: readers and writers of files, which know nothing of a store.

A reader yields ``ItemRecord`` and ``BadRecord``; a writer takes ``ItemRecord``. Formats of vectors yield ``Vectors``
and take ``VectorRows`` instead. One file per format, in ``formats/``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localstore.transfer.format import STREAM, Format, Read, ReadOptions, ReadReport, WriteOptions
    from localstore.transfer.registry import (
        detect,
        for_destination,
        named,
        reader_named,
        readers,
        writer_named,
        writers,
    )

_OF_FORMAT = ("STREAM", "Format", "Read", "ReadOptions", "ReadReport", "WriteOptions")

__all__ = [
    "STREAM",
    "Format",
    "Read",
    "ReadOptions",
    "ReadReport",
    "WriteOptions",
    "detect",
    "for_destination",
    "named",
    "reader_named",
    "readers",
    "writer_named",
    "writers",
]


def __getattr__(name: str) -> Any:
    """Load what is asked for: reading one array must not load all formats."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'format' if name in _OF_FORMAT else 'registry'}"), name)
