"""Markdown: a folder of ``.md`` and ``.txt`` files, or one file; each is an item.

Front matter gives title, tags, date and id, the rest of it goes to ``meta_data``; the relative path is the key. A
folder is written with the id in the front matter, so that reading it finds the same items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from localstore import ids
from localstore.errors import InvalidValue, TransferError
from localstore.records import BadRecord, ItemRecord
from localstore.transfer.checks import BadLine
from localstore.transfer.destination import private_file, writing_folder
from localstore.transfer.documents import MAX_RECORD
from localstore.transfer.folder import SUFFIXES, file_name, notes_below, portable
from localstore.transfer.format import STREAM, Format, Read, ReadOptions, WriteOptions, refused
from localstore.transfer.note import note_text, read_note
from localstore.transfer.ordinary import check_ordinary
from localstore.transfer.sample import BLOCK as FIRST_BLOCK
from localstore.transfer.sample import Sample, binary_problem
from localstore.transfer.sections import check_split


def recognise(sample: Sample) -> int:
    """A folder with notes in it, or one text file of that name."""
    if sample.kind == "folder":
        return 50 if any(notes_below(sample.path, ReadOptions().report)) else 0
    named = sample.path.suffix.lower() in SUFFIXES
    return 40 if sample.kind == "file" and named and not binary_problem(sample.head) else 0


def read(source: Path, options: ReadOptions) -> Iterator[Read]:
    """Yield one item per file."""
    check_split(options.split)
    if source == STREAM:
        raise TransferError("notes are read from a folder or a file: name one instead of -")
    if not source.is_dir():
        check_ordinary(source)
        yield _read_file(source, source.name, options)
        return
    for path in notes_below(source, options.report):
        if isinstance(path, BadRecord):
            yield path
        else:
            yield _read_file(path, path.relative_to(source).as_posix(), options)


def _read_file(path: Path, name: str, options: ReadOptions) -> Read:
    key = portable(name)
    options.report.files += 1
    try:
        text = _text_of(path)
        record = read_note(text, key, portable(path.stem), options)
    except (InvalidValue, OSError) as error:
        line = error.line if isinstance(error, BadLine) else 1
        reason = str(error) if isinstance(error, InvalidValue) else f"cannot be read ({error.strerror or error})"
        return refused(f"{key}:{line}", reason)
    record.place = f"{key}:1"
    options.report.lines += text.count("\n") + 1
    return record


def _text_of(path: Path) -> str:
    with path.open("rb") as stream:
        data = stream.read(MAX_RECORD + 1)
    if len(data) > MAX_RECORD:
        raise InvalidValue(f"longer than {MAX_RECORD >> 20} MB: split it")
    if problem := binary_problem(data[:FIRST_BLOCK]):
        raise InvalidValue(problem)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadLine(f"byte {data[error.start]:#04x} is not UTF-8: save the file as UTF-8", line) from None


def write(records: Iterable[ItemRecord], dest: Path, options: WriteOptions) -> int:
    """Write a folder with one file per item; return how many."""
    used: set[str] = set()
    with writing_folder(dest) as folder:
        for record in records:
            name = file_name(record.title, ids.short(record.id or ""), used)
            private_file(folder / name, note_text(record).encode())
    return len(used)


FORMAT = Format(
    name="markdown",
    summary="a folder of .md and .txt files, or one of them",
    extensions=(".md", ".markdown", ".txt"),
    recognise=recognise,
    reader=read,
    writer=write,
)
