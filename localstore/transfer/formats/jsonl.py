"""Our own JSON lines (jsonlines.org): one item each, with all that hangs on it.

Only ``title`` is required; unknown keys go to ``meta_data``. Exporting, importing and exporting again gives the same
bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from localstore.records import ItemRecord
from localstore.transfer.destination import writing
from localstore.transfer.documents import read_documents
from localstore.transfer.format import Format, Read, ReadOptions, WriteOptions
from localstore.transfer.item_reader import read_item
from localstore.transfer.item_writer import item_line
from localstore.transfer.sample import Sample


def recognise(sample: Sample) -> int:
    """Lines of JSON objects with a title."""
    if sample.kind != "file" or not sample.keys:
        return 0
    ours = {"title", "contents", "meta_data", "tags"} & set(sample.keys)
    return 50 + 10 * len(ours) if "title" in ours else 0


def read(source: Path, options: ReadOptions) -> Iterator[Read]:
    """Yield the items of a file, or of standard input."""
    return read_documents(source, options, read_item)


def write(records: Iterable[ItemRecord], dest: Path, options: WriteOptions) -> int:
    """Write one line per item; return how many."""
    count = 0
    with writing(dest, options) as stream:
        for record in records:
            stream.write(item_line(record))
            count += 1
    return count


FORMAT = Format(
    name="jsonl",
    summary="our own JSON lines, one item each (also from and to -)",
    extensions=(".jsonl", ".ndjson"),
    recognise=recognise,
    reader=read,
    writer=write,
)
