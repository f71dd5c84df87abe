"""The list of events, and the list of their types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from localstore.events import SHOWN
from tui import glyphs, keymap
from tui.visible import line
from tui.widgets.items.item_table import moment
from tui.widgets.items.item_view import json_line
from tui.widgets.lists.page_source import PageSource
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.widgets.reading.reader import Line, Piece, Reader, plain

if TYPE_CHECKING:
    from localstore.events import EventRow
    from localstore.finding.event_filters import EventFilter
    from localstore.store import Store

WHEN, WIDE, FULL = 16, 56, 84
LONGEST = 200_000
"""Characters of a payload that the pane shows."""
_TELLING = ("label", "title", "name", "filename", "key", "columns", "tags", "role", "into", "before")


class EventSource(PageSource):
    """Events that a filter finds, newest first."""

    def __init__(self, store: Store, where: EventFilter) -> None:
        super().__init__(store.events.listing, where, "")
        self.store = store

    @property
    def sort(self) -> str:
        """By time, or by id when there are a great many; asked for once, on the reader thread."""
        if not self._sort:
            self._sort = self.store.events.newest()
        return self._sort

    @property
    def by_id(self) -> bool:
        """Whether the order is that of ids; False before it is known."""
        return self._sort == "-id"


class EventTable(VirtualTable):
    """When, type, item and what; who, where there is room."""

    SCOPE: ClassVar = "events"
    BINDINGS: ClassVar = keymap.bindings("events")

    def columns(self, width: int) -> list[Column]:
        """Give what is left to the item and to what happened."""
        if width < WIDE:
            kind = min(18, max(8, width // 3))
            return [Column("when", 11), Column("type", kind), Column("what", max(4, width - kind - 14))]
        fixed = [Column("when", WHEN), Column("type", 17)]
        if width >= FULL:
            fixed.append(Column("who", 20))
        room = width - sum(column.width + 1 for column in fixed) - 2
        return [*fixed, Column("item", room // 2), Column("what", room - room // 2)]

    def cells(self, row: EventRow, width: int) -> list[Cell]:
        """Show one event."""
        when, what = moment(row.created_at), Cell(summary(row.payload), "muted")
        kind = Cell(line(row.event_type, 100))
        if width < WIDE:
            return [Cell(when[5:], "muted"), kind, what]
        who = [Cell(line(row.actor or "–", 100), "muted")] if width >= FULL else []
        return [Cell(when, "muted"), kind, *who, Cell(line(row.item or "–", 300)), what]


def summary(payload: str) -> str:
    """Return in a few words what an event's payload says; of one that is cut, its start."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return line(payload, SHOWN)
    if not isinstance(document, dict):
        return line(payload, SHOWN)
    found = [document[name] for name in _TELLING if document.get(name) not in (None, "", [])]
    return line(" · ".join(_words(value) for value in found[:3]) or _rest(document), 400)


def _words(value: Any) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _rest(document: dict[str, Any]) -> str:
    rest = {name: value for name, value in document.items() if name != "id"}
    return json.dumps(rest, ensure_ascii=False) if rest else ""


class EventReader(Reader):
    """All of an event; the keys of events work here too."""

    SCOPE: ClassVar = "events"
    BINDINGS: ClassVar = keymap.bindings("events")


def event_lines(store: Store, row: EventRow) -> list[Line]:
    """Return what the pane tells of an event: who, where, and the whole payload."""
    found = store.events.all({"id": row.id})
    if not found:
        return [(Piece("This event is gone: r reads the list again.", "note"),)]
    event = found[0]
    model = event.ai_model.name if event.model_id and event.ai_model else ""
    facts = [("when", moment(row.created_at)), ("who", row.actor or "–"), ("item", row.item or "–")]
    facts += [("organization", row.organization or "–"), *([("model", str(model))] if model else []), ("id", row.id)]
    lines: list[Line] = [(Piece(line(str(event.event_type), 300), "title"),)]
    lines += [(Piece(f"{name:<13}", "note"), Piece(line(value, 400))) for name, value in facts]
    if row.item_id:
        lines.append((Piece("o opens the item", "note"),))
    document = json.dumps(event.payload, ensure_ascii=False, indent=2)
    lines += [(Piece(""),), *(json_line(each[0].text) for each in plain(document[:LONGEST]))]
    if len(document) > LONGEST:
        left = f"{glyphs.ELLIPSIS} cut after {LONGEST:,} of {len(document):,} characters: y copies all"
        lines.append((Piece(left, "note"),))
    return lines


class TypeCount(NamedTuple):
    """A type of events and how many there are; None when counting took too long."""

    name: str
    events: int | None
    chosen: bool = False


class TypeTable(VirtualTable):
    """The types of events and how many there are of each."""

    SCOPE: ClassVar = "eventtypes"
    BINDINGS: ClassVar = keymap.bindings("eventtypes")

    def columns(self, width: int) -> list[Column]:
        """Give the name what the number leaves."""
        return [Column("type", max(4, width - 11)), Column("events", 9, right=True)]

    def cells(self, row: TypeCount, width: int) -> list[Cell]:
        """Show one type."""
        sign = f"{glyphs.CHOSEN} " if row.chosen else ""
        count = f"{row.events:>9,}" if row.events is not None else f"{glyphs.ELLIPSIS:>9}"
        return [Cell(f"{sign}{line(row.name, 100)}", "mark" if row.chosen else "row"), Cell(count, "muted")]
