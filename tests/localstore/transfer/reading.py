"""Short ways to read in tests: a format's name and a path, or bytes, in; items and bad records out."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from localstore.records import BadRecord, ItemRecord
from localstore.transfer import STREAM, Read, ReadOptions, WriteOptions, named


def read(format_name: str, source: Path, options: ReadOptions | None = None) -> list[Read]:
    return list(named(format_name).read(source, options or ReadOptions()))


def read_bytes(format_name: str, data: bytes, options: ReadOptions | None = None) -> list[Read]:
    options = options or ReadOptions()
    options.stream = BytesIO(data)
    return read(format_name, STREAM, options)


def items(found: list[Read]) -> list[ItemRecord]:
    return [record for record in found if isinstance(record, ItemRecord)]


def bad(found: list[Read]) -> list[BadRecord]:
    return [record for record in found if isinstance(record, BadRecord)]


def only(found: list[Read]) -> ItemRecord:
    (record,) = found
    assert isinstance(record, ItemRecord), record
    return record


def written(format_name: str, records: list[ItemRecord]) -> bytes:
    stream = BytesIO()
    named(format_name).write(records, STREAM, WriteOptions(stream))
    return stream.getvalue()
