"""CSV with a header (RFC 4180; also with ``;``, tab or ``|``): one item per row.

Our own export, known by its header, is read back by ``localstore.transfer.spreadsheet``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from localstore.errors import InvalidValue, TransferError
from localstore.records import ContentRecord, ItemRecord
from localstore.transfer.checks import identity, key_of, read_tags
from localstore.transfer.columns import Columns, choose_columns
from localstore.transfer.documents import Rewound, opened
from localstore.transfer.format import Format, Read, ReadOptions, WriteOptions, refused
from localstore.transfer.sample import BLOCK, UTF8_BOM, Sample, binary_problem
from localstore.transfer.spreadsheet import HEADER, read_spreadsheet, write_spreadsheet
from localstore.transfer.table import Row, Rows, sniffed
from localstore.transfer.titles import given_title, title_of
from localstore.values import check_json, check_text


def recognise(sample: Sample) -> int:
    """A name that says so, or a first line of several columns that the next lines have too."""
    if sample.kind != "file" or sample.keys or binary_problem(sample.head) or not sample.head.strip():
        return 0
    if sample.path.suffix.lower() in FORMAT.extensions:
        return 60
    delimiter = sniffed(sample.text, sample.whole)
    first, _, rest = sample.text.partition("\n")
    return 30 if delimiter in first and delimiter in rest.split("\n")[0] and "title" in first.lower() else 0


def read(source: Path, options: ReadOptions) -> Iterator[Read]:
    """Yield one item per row; raises TransferError when there is no header."""
    with opened(source, options) as (name, stream):
        head = stream.read(BLOCK).removeprefix(UTF8_BOM)
        _check_head(head, name)
        whole = len(head) < BLOCK
        rows = Rows(Rewound(head, stream), sniffed(head.decode("utf-8", "replace"), whole))
        options.report.files += 1
        try:
            yield from _records(rows, name, options)
        finally:
            options.report.lines += rows.lines


def _check_head(head: bytes, name: str) -> None:
    if not head.strip():
        raise TransferError(f"{name} is empty: the first line must name the columns")
    if problem := binary_problem(head):
        raise TransferError(f"{name} is {problem}")
    if b"\r" in head and b"\n" not in head:
        raise TransferError(f"{name}: its lines end in CR alone, as on old Macs: save it with other line ends")


def _records(rows: Rows, name: str, options: ReadOptions) -> Iterator[Read]:
    numbered = iter(rows)
    number, header = next(numbered, (1, "there is no first line"))
    if isinstance(header, str):
        raise TransferError(f"{name}:{number}: the header cannot be read: {header}")
    options.report.saw_keys(header)
    if header == HEADER:
        yield from read_spreadsheet(numbered, name, options)
        return
    columns = choose_columns(header, options, f"{name}:{number}")
    for row in numbered:
        yield _record(row, columns, name, options)


def _record(row: Row, columns: Columns, name: str, options: ReadOptions) -> Read:
    number, cells = row
    place = f"{name}:{number}"
    if isinstance(cells, str):
        return refused(place, cells)
    try:
        return _item(cells, columns, place, options)
    except InvalidValue as error:
        return refused(place, error)


def _item(cells: list[str], columns: Columns, place: str, options: ReadOptions) -> ItemRecord:
    header = columns.header
    if len(cells) > len(header):
        raise InvalidValue(f"{len(cells)} cells, but {len(header)} columns: is a cell not quoted?")
    cells = cells + [""] * (len(header) - len(cells))
    title, text = _cell(cells, columns.title, header), _cell(cells, columns.text, header)
    if not title.strip() and not text.strip():
        raise InvalidValue("neither a title nor a text")
    own, key = identity(_cell(cells, columns.id, header), "id")
    others = {header[at]: cell for at, cell in enumerate(cells) if at not in columns.named and cell}
    return ItemRecord(
        title=given_title(title) or title_of(text),
        type=options.type,
        id=own,
        key=key if own or key else key_of("\x1f".join(cells).encode()),
        meta_data=check_json(others, "meta_data"),
        tags=read_tags(_cell(cells, columns.tags, header)),
        contents=[ContentRecord(text=text, key="0")] if text.strip() else [],
        place=place,
    )


def _cell(cells: list[str], at: int | None, header: list[str]) -> str:
    return "" if at is None else check_text(cells[at], header[at])


def write(records: Iterable[ItemRecord], dest: Path, options: WriteOptions) -> int:
    """Write one row per content (one for an item without any); return how many items."""
    return write_spreadsheet(records, dest, options)


FORMAT = Format(
    name="csv",
    summary="a table with a header, one item per row",
    extensions=(".csv", ".tsv"),
    recognise=recognise,
    reader=read,
    writer=write,
)
