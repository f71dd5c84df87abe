"""Streaming: what is read is let go of, so that the size of a source does not matter."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from localstore.transfer import ReadOptions, named

MESSAGE = b'{"messages":[{"role":"user","content":"' + b"hello world " * 400 + b'"}]}'
ROW = b"A title," + b"hello world " * 400 + b"\n"
COUNT = 3000


@pytest.mark.parametrize(
    ("name", "start", "piece"),
    [
        ("messages", b"", MESSAGE + b"\n"),
        ("messages", b"[", MESSAGE + b","),
        ("csv", b"title,text\n", ROW),
    ],
    ids=["lines", "list", "table"],
)
def test_a_source_of_many_megabytes_is_read_in_a_few(tmp_path: Path, name: str, start: bytes, piece: bytes) -> None:
    source = tmp_path / "source"
    source.write_bytes(start + piece * COUNT)
    assert source.stat().st_size > 14_000_000
    assert peak_of_reading(name, source) < 7_000_000


def peak_of_reading(name: str, source: Path) -> int:
    """Return the most bytes that Python held while a source was read."""
    tracemalloc.start()
    try:
        assert sum(1 for _ in named(name).read(source, ReadOptions())) >= COUNT
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
