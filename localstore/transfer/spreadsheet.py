"""Our own CSV: one row per content, so that rows of one id make one item again.

A cell that a spreadsheet would run as a formula is written with an apostrophe before it (OWASP's advice on CSV
injection) and read without. It carries texts and tags; stamps of contents, vectors and files need JSON lines.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TextIO

import orjson

from localstore.errors import InvalidValue
from localstore.records import BadRecord, ContentRecord, ItemRecord, TagRecord
from localstore.transfer.checks import (
    check_object,
    identity,
    key_of,
    optional_short,
    optional_stamp,
    read_tags,
    short_text,
    split_tags,
)
from localstore.transfer.destination import writing
from localstore.transfer.format import Read, ReadOptions, WriteOptions, refused
from localstore.transfer.json_text import parse
from localstore.transfer.table import Row
from localstore.values import check_json, check_text

HEADER = [
    *("id", "type", "title", "description", "tags", "organization", "owner", "meta_data"),
    *("created_at", "updated_at", "content_id", "role", "text"),
]
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guarded(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would run."""
    return f"'{cell}" if _RUNS.match(cell) else cell


def unguarded(cell: str) -> str:
    """Take the apostrophe of ``guarded`` away."""
    return cell[1:] if _GUARDED.match(cell) else cell


def write_spreadsheet(records: Iterable[ItemRecord], dest: Path, options: WriteOptions) -> int:
    """Write the items and return how many."""
    with writing(dest, options) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        try:
            return _write(records, text)
        finally:
            text.detach()  # closing it would close the stream, which may be standard output


def _write(records: Iterable[ItemRecord], text: TextIO) -> int:
    count = 0
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for record in records:
        writer.writerows([guarded(cell) for cell in row] for row in _rows(record))
        count += 1
    return count


def _rows(record: ItemRecord) -> Iterator[list[str]]:
    shared = [
        *(record.id or record.key or "", record.type or "", record.title, record.description or ""),
        *(_tags_cell(record.tags), record.organization or "", record.owner or ""),
        orjson.dumps(record.meta_data, option=orjson.OPT_SORT_KEYS).decode() if record.meta_data else "",
        *(record.created_at or "", record.updated_at or ""),
    ]
    for content in record.contents:
        yield [*shared, content.id or content.key or "", content.role, content.text]
    if not record.contents:
        yield [*shared, "", "", ""]


def _tags_cell(tags: list[TagRecord]) -> str:
    names = [tag.name for tag in tags]
    joined = ", ".join(names) + ("," if len(names) == 1 and " " in names[0] else "")
    if split_tags(joined) == names and not joined.startswith("["):
        return joined
    return orjson.dumps(names).decode()


def read_spreadsheet(rows: Iterator[Row], name: str, options: ReadOptions) -> Iterator[Read]:
    """Yield the items of the rows below the header."""
    for identifier, group in groupby(rows, key=_identifier):
        if identifier is None:
            yield from (BadRecord(f"{name}:{number}", str(cells)) for number, cells in group)
        elif identifier:
            yield _record(list(group), name, options)
        else:
            yield from (_record([row], name, options) for row in group)


def _identifier(row: Row) -> str | None:
    """Return the id that rows are put together by; None for a row that cannot be read."""
    cells = row[1]
    return None if isinstance(cells, str) else cells[0]


def _record(rows: list[Row], name: str, options: ReadOptions) -> Read:
    number, place = rows[0][0], f"{name}:{rows[0][0]}"
    try:
        named = []
        for number, cells in rows:
            named.append(_named(cells))
            place = f"{name}:{number}"
        return _item(named, f"{name}:{rows[0][0]}", options)
    except InvalidValue as error:
        return refused(place, error)


def _named(cells: list[str] | str) -> dict[str, str]:
    if len(cells) != len(HEADER):
        raise InvalidValue(f"{len(cells)} cells, but {len(HEADER)} columns: is a cell not quoted?")
    return {key: check_text(unguarded(cell), key) for key, cell in zip(HEADER, cells, strict=True)}


def _item(rows: list[dict[str, str]], place: str, options: ReadOptions) -> ItemRecord:
    first = rows[0]
    own, key = identity(first["id"])
    return ItemRecord(
        title=short_text(first["title"], "title"),
        type=optional_short(first["type"] or None, "type") or options.type,
        description=first["description"] or None,
        id=own,
        key=key if own or key else key_of("\x1f".join(first.values()).encode()),
        meta_data=_meta(first["meta_data"]),
        tags=read_tags(parse(first["tags"].encode()) if first["tags"].startswith("[") else first["tags"]),
        organization=optional_short(first["organization"] or None, "organization"),
        owner=optional_short(first["owner"] or None, "owner"),
        contents=[_content(row, at) for at, row in enumerate(rows) if row["content_id"] or row["role"] or row["text"]],
        created_at=optional_stamp(first["created_at"] or None, "created_at"),
        updated_at=optional_stamp(first["updated_at"] or None, "updated_at"),
        place=place,
    )


def _meta(cell: str) -> dict[str, object]:
    if not cell:
        return {}
    found: dict[str, object] = check_json(check_object(parse(cell.encode()), "meta_data"), "meta_data")
    return found


def _content(row: dict[str, str], number: int) -> ContentRecord:
    own, key = identity(row["content_id"], "content_id")
    role = short_text(row["role"] or "user", "role")
    return ContentRecord(text=row["text"], role=role, id=own, key=key if own or key else str(number))
