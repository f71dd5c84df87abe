"""What happened, newest first: filtered, counted by type, noted by hand, forgotten when it is old."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from localstore.errors import InvalidFilter
from localstore.finding.event_filters import FIELDS, EventFilter
from localstore.finding.tokens import quoted, split
from tui.lanes import Urgency
from tui.messages import Faceted, Loaded, OverBudget
from tui.screens.nouns.noun import NounScreen, show_noun
from tui.widgets.finding.filter_line import Values
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.nouns.event_table import EventReader, EventSource, EventTable, TypeCount, TypeTable, event_lines
from tui.widgets.reading.reader import Line

if TYPE_CHECKING:
    from localstore.events import EventRow
    from tui.app import LocalstoreApp

FACET_BUDGET = 1.0


class EventsScreen(NounScreen):
    """Every event, in pages; types beside it on request."""

    place: ClassVar = "events"
    hint: ClassVar = "events   words · type:item.* · who:ada · item:ID · org:lab · since:7d · until:2026-01-31"
    nothing: ClassVar = (
        "Nothing is noted yet",
        "Every action leaves an event here, unless the setting events.enabled is false.",
        "{key} notes one by hand",
    )
    DEFAULT_CSS = """
    EventsScreen #types { width: 30; display: none; border-right: vkey $border; }
    EventsScreen.-types #types { display: block; }
    EventsScreen.-narrow.-types #middle { display: none; }
    EventsScreen.-narrow.-types #types { width: 1fr; border-right: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[str, int | None] = {}

    def parse(self, line: str) -> EventFilter:
        """Read the line above the list."""
        return EventFilter.parse(line)

    def values(self) -> Values:
        """Complete the fields, and the types that were counted."""
        return {name: (lambda: self.counts) if name == "type" else tuple for name in FIELDS}

    def new_table(self) -> VirtualTable:
        """Return the list."""
        return EventTable(id="rows")

    def new_pane(self) -> EventReader:
        """Return the pane."""
        return EventReader(id="pane")

    def before(self) -> Sequence[Widget]:
        """Return the types."""
        return (TypeTable(id="types"),)

    def source(self) -> EventSource:
        """Return the events that the line finds."""
        return EventSource(self.localstore.store, self.where)

    def about(self, row: EventRow) -> Callable[[], list[Line]]:
        """Tell all of an event."""
        return partial(event_lines, self.localstore.store, row)

    def facts(self) -> list[tuple[str, str]]:
        """Say in which order they stand."""
        source = self.table.source
        by_id = isinstance(source, EventSource) and source.by_id
        return [("newest first, by id" if by_id else "newest first", "")]

    @property
    def row(self) -> EventRow | None:
        """The event under the cursor."""
        row: EventRow | None = self.table.row
        return row

    # -- types --------------------------------------------------------------------------------------------

    @property
    def types(self) -> TypeTable:
        """The types."""
        return self.query_one(TypeTable)

    def reread(self, *, follow: str | None = None, keep: bool = False) -> None:
        """Read the list and the counts of types anew."""
        super().reread(follow=follow, keep=keep)
        self._show_types()
        store, where = self.localstore.store, self.where.without_types()
        work = lambda: Faceted("types", dict(store.events.types(where)))  # noqa: E731
        self.localstore.reader.submit(self, work, key="types", urgency=Urgency.FACETS, budget=FACET_BUDGET)

    def on_faceted(self, message: Faceted) -> None:
        """Show the counts."""
        message.stop()
        self.counts = message.counts
        self._show_types()

    def on_over_budget(self, message: OverBudget) -> None:
        """Keep the names, without counts that would take too long."""
        message.stop()
        self.counts = dict.fromkeys(self.counts)
        self._show_types()

    def _show_types(self) -> None:
        known = dict(self.counts) | {
            name: 0 for name in self.where.types if name not in self.counts and "*" not in name
        }
        most = sorted(known, key=lambda name: (-(known[name] or 0), name))
        rows = [TypeCount(name, known[name], name in self.where.types) for name in most]
        self.types.empty = ("No events",)
        self.types.load(ListSource(rows, lambda row: row.name), follow=self.types.key, keep=True)

    def action_types(self) -> None:
        """Show the types and go to them, or hide them."""
        self.toggle_class("-types")
        (self.types if self.has_class("-types") else self.table).focus()

    def action_to_list(self) -> None:
        """Go to the list; where there is no room for both, hide the types."""
        if self.has_class("-narrow"):
            self.remove_class("-types")
        super().action_to_list()

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show all of the event; of a type, its events, or those of all types again."""
        message.stop()
        if message.row is None:
            return
        if message.table is self.table:
            self.show_pane()
        elif '"' in message.row.name:
            self.localstore.toast('A find line cannot hold the " of this type.', "warning")
        else:
            self.filter_line.put(toggled(self.filter_line.value, message.row.name))

    # -- item and payload ---------------------------------------------------------------------------------

    def action_open_item(self) -> None:
        """Show the item on a screen of its own."""
        from tui.screens.item.item import show_item

        if self.row is None or self.row.item_id is None:
            self.localstore.toast("This event tells of no item.", "warning")
        else:
            show_item(self.localstore, self.row.item_id, title=self.row.item or "")

    def action_copy_payload(self) -> None:
        """Read the whole payload, then copy it."""
        if self.row is not None:
            store, key = self.localstore.store, self.row.id
            work = lambda: Loaded("payload", store.events.get(key).payload)  # noqa: E731
            self.localstore.reader.submit(self, work, key="payload", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Copy the payload that was read, or show what was read of the row."""
        if message.key == "payload":
            message.stop()
            self.copy(json.dumps(message.value, ensure_ascii=False, indent=2), "Payload")

    # -- writing ------------------------------------------------------------------------------------------

    def action_new(self) -> None:
        """Note an event by hand."""
        self._write_in_form(None)

    def action_edit(self) -> None:
        """Change the event under the cursor."""
        if self.row is not None:
            self._write_in_form(self.row.id)

    def _write_in_form(self, key: str | None) -> None:
        from tui.screens.records.form import RecordForm

        if self.writable:
            given = {} if key else {"actor_id": self.localstore.store.local_user_id}
            self.app.push_screen(RecordForm("events", key, given))

    def action_delete(self) -> None:
        """Show what a deletion would take, and ask."""
        row = self.row
        if row is None or not self.writable:
            return
        self.delete_chosen(f"the event {row.event_type}", self.localstore.store.events, {"events": "to Trash"})

    def action_prune(self) -> None:
        """Ask before which day events are forgotten."""
        from tui.screens.nouns.event_prune import ask_prune

        if self.writable:
            ask_prune(self.localstore)


def toggled(line: str, name: str) -> str:
    """Return a find line with a type put in, or taken out when it was there."""
    try:
        tokens = list(split(line))
    except InvalidFilter:
        tokens = []
    same = [token for token in tokens if token.kind == "field" and (token.key, token.value) == ("type", name)]
    kept = [token.text for token in tokens if token not in same]
    return " ".join(kept if same else [*kept, f"type:{quoted(name)}"])


def show(app: LocalstoreApp) -> None:
    """Go to the events."""
    show_noun(app, "events", EventsScreen)
