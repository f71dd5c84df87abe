"""Rows as COPY gives them, page by page, in the form that SQLite stores.

A page is read column by column: a column whose texts all have the one form that our sessions print is taken over
whole, at a fraction of a microsecond a value. Only when some value has not is the page read row by row, and a row
that breaks a rule of this store is set aside with its texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import orjson

from localstore import tables
from localstore.errors import InvalidValue
from localstore.models import BY_NAME
from localstore.schema import field_type
from localstore.values import INT_MAX, INT_MIN
from sync.postgres.values import from_postgres
from sync.shapes import Image, Page, Unreadable

if TYPE_CHECKING:
    import peewee

    _Column = peewee.Field[Any]

Texts = Sequence[str | None]
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_HEX = b"0123456789abcdef"
SHALLOW = 20
"""Levels of a document that the fast path walks."""


class Reader:
    """Reads COPY's text of one table; ``marked`` tells that a first column says whether the row is gone."""

    def __init__(self, tbl: str, marked: bool) -> None:
        model = BY_NAME[tbl]
        self.tbl = tbl
        self.marked = marked
        self.names = tables.columns(model)
        self.keys = tuple(map(self.names.index, tables.key_columns(model)))
        fields = [tables.field_of(model, name) for name in self.names]
        self._each = [from_postgres(field) for field in fields]
        self._whole = [_bulk(field, each) for field, each in zip(fields, self._each, strict=True)]

    def key(self, line: str) -> str:
        """Return the key of a line; ids need no escapes."""
        cells = line.split("\t")[self.marked :]
        return "/".join(cells[at] for at in self.keys)

    def page(self, raw: bytes) -> tuple[Page, str]:
        """Return the rows of whole lines, and the key of the last one."""
        page = Page(self.tbl, size=len(raw))
        text = _decoded(raw)
        lines = text.split("\n")
        lines.pop()
        if not lines:
            return page, ""
        last = self.key(lines[-1])
        columns: list[Texts] = list(zip(*[line.split("\t") for line in lines], strict=True))
        if self.marked:
            columns = self._without_gone(page, columns)
        if "\\" in text:
            columns = [[_unescaped(cell) for cell in column] for column in columns]  # type: ignore[arg-type]
        try:
            read = [take(column) for take, column in zip(self._whole, columns, strict=True)]
        except InvalidValue:
            self._row_by_row(page, columns)
        else:
            page.rows = list(zip(*read, strict=True))
        return page, last

    def _without_gone(self, page: Page, columns: list[Texts]) -> list[Texts]:
        """Note the keys of rows that are gone; return the columns of the others."""
        marks, *rest = columns
        if "t" not in marks:
            return rest
        keys = zip(*(rest[at] for at in self.keys), strict=True)
        page.gone = ["/".join(map(str, key)) for mark, key in zip(marks, keys, strict=True) if mark == "t"]
        stay = [at for at, mark in enumerate(marks) if mark != "t"]
        return [[column[at] for at in stay] for column in rest]

    def _row_by_row(self, page: Page, columns: list[Texts]) -> None:
        for cells in zip(*columns, strict=True):
            try:
                page.rows.append(tuple(read(cell) for read, cell in zip(self._each, map(_sound, cells), strict=True)))
            except InvalidValue as error:
                pk = "/".join(str(cells[at]) for at in self.keys)
                raw = {name: _shown(cell) for name, cell in zip(self.names, cells, strict=True)}
                page.unreadable.append(Unreadable(pk, raw, str(error)))


class Images:
    """Reads rows of one table that came as texts, a vector's column as its hash."""

    def __init__(self, tbl: str) -> None:
        model = BY_NAME[tbl]
        fields = [tables.field_of(model, name) for name in tables.columns(model)]
        self.names = tables.columns(model)
        raw = tables.blobs(model)
        self._each: list[Callable[[str | None], Any]] = [
            _same if field.column_name in raw else from_postgres(field) for field in fields
        ]
        self._whole = [
            partial(_one_by_one, each) if field.column_name in raw else _bulk(field, each)
            for field, each in zip(fields, self._each, strict=True)
        ]

    def read(self, rows: Sequence[Sequence[str | None]]) -> list[Image | str]:
        """Return the images; in place of one that breaks a rule of this store, the sentence why."""
        if not rows:
            return []
        try:
            columns = [take(column) for take, column in zip(self._whole, zip(*rows, strict=True), strict=True)]
        except InvalidValue:
            return [self._one(row) for row in rows]
        return [dict(zip(self.names, row, strict=True)) for row in zip(*columns, strict=True)]

    def _one(self, row: Sequence[str | None]) -> Image | str:
        try:
            return {name: read(cell) for name, read, cell in zip(self.names, self._each, row, strict=True)}
        except InvalidValue as error:
            return str(error)


def _same(cell: str | None) -> str | None:
    return cell


def _decoded(raw: bytes) -> str:
    """Decode; bytes that are no UTF-8, as a database in SQL_ASCII may hold, are marked for ``_sound``."""
    return raw.decode("utf-8", "surrogateescape")


def _sound(cell: str | None) -> str | None:
    if cell is not None and not cell.isascii():
        try:
            cell.encode()
        except UnicodeEncodeError:
            raise InvalidValue("the server's text is not UTF-8") from None
    return cell


def _shown(cell: str | None) -> str | None:
    return None if cell is None else cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _unescaped(cell: str) -> str | None:
    if "\\" not in cell:
        return cell
    return None if cell == "\\N" else _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), cell)


# -- a column at once -------------------------------------------------------------------------------------


@cache
def _fast(kind: str) -> Callable[[Any, Any], list[Any]]:
    return {"ID": _ids, "TEXT": _texts, "UTC": _times, "JSON": _documents}.get(kind, _one_by_one)


def _bulk(field: _Column, each: Callable[[str | None], Any]) -> Callable[[Texts], Any]:
    """Return what reads a column of texts; *each* reads one value and knows all its rules."""
    return partial(_fast(field_type(field)), each)


def _one_by_one(each: Callable[[str | None], Any], column: Texts) -> list[Any]:
    return [each(cell) for cell in column]


def _texts(each: Callable[[str | None], Any], column: Texts) -> Texts:
    if None in column:
        each(None)
    for cell in column:
        if cell is not None and not cell.isascii():
            _sound(cell)
    return column


def _ids(each: Callable[[str | None], Any], column: Texts) -> Texts:
    """Take ids whose every character is in its place; PostgreSQL prints all so."""
    present = [cell for cell in column if cell is not None]
    if len(present) < len(column):
        each(None)
    joined = "".join(present).encode("utf-8", "surrogateescape")
    dashes = b"-" * len(present)
    if set(map(len, present)) <= {36} and (
        joined[8::36] == joined[13::36] == joined[18::36] == joined[23::36] == dashes
        and len(joined.translate(None, _HEX)) == 4 * len(present)
    ):
        return column
    return _one_by_one(each, column)


def _times(each: Callable[[str | None], Any], column: Texts) -> list[Any]:
    """Read ``2026-01-31 09:30:00.123456+00``; fractions that end in 0 are printed shorter, and read by *each*."""
    return [
        f"{cell[:10]}T{cell[11:26]}Z"
        if cell is not None and len(cell) == 29 and cell[10] == " " and cell[26:] == "+00"
        else each(cell)
        for cell in column
    ]


def _documents(each: Callable[[str | None], Any], column: Texts) -> list[Any]:
    return [cell if cell == "{}" else _document(each, cell) for cell in column]


def _document(each: Callable[[str | None], Any], cell: str | None) -> Any:
    """Write an object anew without its spaces; numbers with a fraction, and rare things, are left to *each*."""
    if cell is None or cell[:1] != "{" or "\\u0000" in cell:
        return each(cell)
    try:
        document = orjson.loads(cell)
        if is_plain(document, SHALLOW):
            return orjson.dumps(document).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, UnicodeEncodeError):
        pass
    return each(cell)


def is_plain(value: Any, depth: int) -> bool:
    """Tell whether both writers of JSON spell a value alike."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(INT_MIN <= value <= INT_MAX)
    if kind is float or not depth:
        return False
    inner = value.values() if kind is dict else value
    return all(is_plain(each, depth - 1) for each in inner)
