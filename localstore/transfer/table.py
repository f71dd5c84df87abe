"""Tables as text (RFC 4180, and what spreadsheets make of it): rows in bounded memory, whatever is in them.

The reader of the standard library takes its lines from here, so that a line that is too long, or no UTF-8, spoils one
row; its limit of 131,072 characters for a cell is lifted to that of a record.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from localstore.errors import InvalidValue
from localstore.transfer.documents import MAX_RECORD, Stream
from localstore.transfer.sample import UTF8_BOM

DELIMITERS = ",;\t|"
MAX_CELLS = 500_000
_ROWS_TRIED = 20
_UNCLOSED = "a quote that opens in this row is never closed"

Row = tuple[int, list[str] | str]
"""The line a row starts on, and its cells, or why it cannot be read."""


def sniffed(head: str, whole: bool) -> str:
    """Return the delimiter that cuts the first rows into the most columns, all rows alike; a comma when none does.

    ``csv.Sniffer`` also takes letters for delimiters, so it is not asked.
    """
    best, columns = ",", 1
    for delimiter in DELIMITERS:
        widths = _widths(head, delimiter, whole)
        if widths and min(widths) == max(widths) > columns:
            best, columns = delimiter, widths[0]
    if columns == 1:
        best = max(DELIMITERS, key=lambda mark: head.split("\n", 1)[0].count(mark))
    return best


def _widths(head: str, delimiter: str, whole: bool) -> list[int]:
    lines = head.split("\n")
    lines = lines if whole or len(lines) == 1 else lines[:-1]
    try:
        rows = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
        widths = [len(row) for _, row in zip(range(_ROWS_TRIED), rows, strict=False) if row]
    except csv.Error:
        return []
    return widths if whole or len(widths) == 1 or len(widths) >= _ROWS_TRIED else widths[:-1]


class Rows:
    """The rows of a stream, one after the other."""

    def __init__(self, stream: Stream, delimiter: str) -> None:
        self.lines = 0
        self._stream = stream
        self._size = 0
        csv.field_size_limit(MAX_RECORD)  # of the whole process, but only this module reads CSV
        self._delimiter = delimiter
        self._reader = self._new_reader()

    def __iter__(self) -> Iterator[Row]:
        while True:
            start, self._size = self.lines + 1, 0
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except (csv.Error, InvalidValue) as error:
                self._reader = self._new_reader()
                yield start, _UNCLOSED if "end of data" in str(error) else str(error)
            else:
                if cells:
                    yield start, cells

    def _new_reader(self) -> Iterator[list[str]]:
        return csv.reader(self._texts(), delimiter=self._delimiter, strict=True)

    def _texts(self) -> Iterator[str]:
        while line := self._stream.readline(MAX_RECORD + 1):
            self.lines += 1
            line = line.removeprefix(UTF8_BOM) if self.lines == 1 else line
            self._size += len(line)
            if self._size > MAX_RECORD:
                self._skip(line)
                raise InvalidValue(f"longer than {MAX_RECORD >> 20} MB: is a closing quote missing?")
            if len(line) > MAX_CELLS and line.count(self._delimiter.encode()) > MAX_CELLS:
                raise InvalidValue(f"more than {MAX_CELLS:,} cells in one line")
            yield self._decoded(line)

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            raise InvalidValue(f"byte {line[error.start]:#04x} is not UTF-8: save the file as UTF-8") from None

    def _skip(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._stream.readline(1 << 20)
