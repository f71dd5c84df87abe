"""Output: rows as aligned columns for a person, as JSON for a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from localstore import times
from tui.cli.visible import cut, escaped, fitted, lines, one_line, width

if TYPE_CHECKING:
    from localstore.models import Row
    from localstore.rows import Page
    from tui.cli.session import Session

R = TypeVar("R")
SECRETS = frozenset({"hashed_password", "key_hash"})
SAMPLE = 200
"""Rows from which the widths of columns are taken."""
CAP = 24
"""Cells of a fixed column when a line must be cut."""
GAP = 2
UNITS = ("B", "kB", "MB", "GB", "TB")


# -- JSON -------------------------------------------------------------------------------------------------


def to_json(document: Any, *, indent: int | None = 2) -> str:
    """Return a document as JSON text that is safe on a terminal; times are UTC text."""
    return escaped(json.dumps(document, ensure_ascii=False, indent=indent, default=_plain, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return times.to_text(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def row_json(row: Row) -> dict[str, Any]:
    """Return the columns of a row; secrets and vectors are left out."""
    from localstore import tables

    names = [n for n in tables.columns(type(row)) if n not in SECRETS and n not in tables.blobs(type(row))]
    return {name: getattr(row, name) for name in names}


def emit(session: Session, document: Any) -> bool:
    """Write a document when JSON is asked for; tell whether it was."""
    if session.machine:
        write(to_json(document, indent=None if session.jsonl else 2))
    return session.machine


def write(text: str = "") -> None:
    """Write a line of data."""
    sys.stdout.write(text + "\n")


# -- lists ------------------------------------------------------------------------------------------------


class Listing(Generic[R]):
    """Rows of a keyset list, read block by block; ``next`` is the cursor once the limit was reached."""

    def __init__(self, fetch: Callable[[str | None, int], Page[R]], limit: int | None, after: str | None) -> None:
        self._fetch = fetch
        self._limit = limit
        self.next = after

    @classmethod
    def of(cls, rows: Iterable[R]) -> Listing[R]:
        """Wrap rows that are all there already."""
        from localstore.rows import Page

        return cls(lambda _, __: Page(list(rows), None), None, None)

    def __iter__(self) -> Iterator[R]:
        left = self._limit
        while left is None or left > 0:
            page = self._fetch(self.next, min(left or 500, 500))
            yield from page.rows
            left = None if left is None else left - len(page.rows)
            self.next = page.next
            if page.next is None:
                return


@dataclass(frozen=True)
class Column(Generic[R]):
    """A column: its title, what a row shows there, its style.

    An *elastic* one takes the room that is left; a *whole* one, the last, is never cut.
    """

    title: str
    value: Callable[[R], str]
    elastic: bool = False
    right: bool = False
    whole: bool = False
    style: dict[str, Any] | None = None


def emit_list(
    session: Session,
    listing: Listing[R],
    columns: Sequence[Column[R]],
    as_json: Callable[[R], Any],
    empty: str,
) -> None:
    """Write a list as the session asks: JSON document, JSON lines, or columns."""
    if session.jsonl:
        for row in listing:
            write(to_json(as_json(row), indent=None))
    elif session.json:
        items = [as_json(row) for row in listing]
        write(to_json({"items": items, "next": listing.next}))
    else:
        _write_columns(session, listing, columns, empty)


def _write_columns(session: Session, listing: Listing[R], columns: Sequence[Column[R]], empty: str) -> None:
    cells = ([one_line(column.value(row)) for column in columns] for row in listing)
    sample = list(islice(cells, SAMPLE))
    if not sample:
        session.say(empty)
        return
    widths = _widths(columns, sample, session.columns)
    if session.on_screen:
        titles = [column.title for column in columns]
        write(session.style(_line(columns, titles, widths, lambda text, _: text).rstrip(), dim=True))
    for row in chain(sample, cells):
        write(_line(columns, row, widths, lambda text, style: session.style(text, **style)).rstrip())
    if listing.next:
        import shlex

        session.say(f"More: --after {shlex.quote(listing.next)}")


def _widths(columns: Sequence[Column[Any]], rows: Sequence[Sequence[str]], room: int | None) -> list[int]:
    found = [max(width(row[at]) for row in rows) for at in range(len(columns))]
    if room is None:
        return [min(cells, 60) if column.elastic else cells for cells, column in zip(found, columns, strict=True)]
    found = [max(cells, width(column.title)) for cells, column in zip(found, columns, strict=True)]
    return found if sum(found) + GAP * (len(found) - 1) <= room else _squeezed(columns, found, room)


def _squeezed(columns: Sequence[Column[Any]], found: list[int], room: int) -> list[int]:
    """Make a line fit: what stands before the elastic cell is capped, what stands behind it gets a third."""
    at = next((at for at, column in enumerate(columns) if column.elastic), len(columns) - 1)
    before = [min(cells, CAP) for cells in found[:at]]
    rest = max(room - sum(before) - GAP * (len(found) - 1), 0)
    behind = [min(cells, rest // 3 // len(found[at + 1 :])) for cells in found[at + 1 :]]
    return [*before, min(found[at], rest - sum(behind)), *behind]


def _line(
    columns: Sequence[Column[Any]],
    cells: Sequence[str],
    widths: Sequence[int],
    style: Callable[[str, dict[str, Any]], str],
) -> str:
    """Lay cells out; on a terminal they are cut, in a pipe (where only the elastic one is limited) they are not."""
    parts = []
    for at, (column, text, cells_wide) in enumerate(zip(columns, cells, widths, strict=True)):
        last = at == len(columns) - 1
        shown = text if column.whole or not sys.stdout.isatty() else cut(text, cells_wide)
        padded = (
            shown if last and not column.right else fitted(shown, max(cells_wide, width(shown)), right=column.right)
        )
        parts.append(style(padded, column.style) if column.style else padded)
    return (" " * GAP).join(parts)


# -- one row ----------------------------------------------------------------------------------------------


def card(session: Session, pairs: Iterable[tuple[str, str | None]]) -> None:
    """Write names and values below each other; a value of several lines is indented."""
    kept = [(name, lines(value)) for name, value in pairs if value not in (None, "")]
    wide = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        write(f"{session.style(name.ljust(wide), dim=True)}  {value.replace(chr(10), chr(10) + ' ' * (wide + 2))}")


def moment(value: datetime | str | None) -> str:
    """Return a time as a person reads it: local, the clock for today, else the day."""
    if value is None:
        return "–"
    local = times.local(value)
    today = times.local(datetime.now(UTC)).date()
    return f"{local:%H:%M}" if local.date() == today else times.local_day(local)


def exact(value: datetime | str | None) -> str | None:
    """Return a time in full, local, with its zone."""
    if value is None:
        return None
    local = times.local(value)
    return f"{local.replace(tzinfo=None).isoformat(' ', 'seconds')} {local:%z}"


def size(count: int) -> str:
    """Return a number of bytes as a person reads it."""
    number, unit = float(count), 0
    while abs(number) >= 1000 and unit < len(UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.0f} {UNITS[unit]}" if not unit or number >= 100 else f"{number:.1f} {UNITS[unit]}"
