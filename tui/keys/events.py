"""Keys of the list of events, of their types, and of the form that notes one."""

from __future__ import annotations

from tui.keys.key import Key, register, scope
from tui.registry import destination

scope(
    "events", "Events", 320, within=("list", "motion"),
    about="What happened, newest first: each action leaves one event. Above 50,000 they stand in the order of their"
    " ids, which rise with time.",
)  # fmt: skip
scope(
    "eventtypes", "Types of events", 321, within=("list", "motion"),
    about="The types within the other conditions of the line; enter filters by one, or no longer.",
)  # fmt: skip
register(
    Key("everywhere.events", ("7",), "app.visit(7)", "What happened, newest first", "Go to Events"),
    Key("events.new", ("n",), "screen.new", "Note an event by hand", "Note an event", "Note", writes=True),
    Key("events.edit", ("e",), "screen.edit", "Change type, item or payload", "Edit the event", "Edit", writes=True),
    Key("events.delete", ("d",), "screen.delete", "Delete, after a preview", "Delete events", "Delete", writes=True),
    Key("events.item", ("o",), "screen.open_item", "Show the item it tells of", "Open the event's item", "Item"),
    Key("events.types", ("f",), "screen.types", "Show or hide the types and their numbers", "Types of events", "Types"),
    Key("events.prune", ("P",), "screen.prune", "Forget the events before a day, for good", "Forget old events",
        "Prune", writes=True),
    Key("events.copy", ("y",), "screen.copy_payload", "Copy the payload as JSON", "Copy the event's payload"),
    Key("events.refresh", ("r",), "screen.reload", "Read the list again", "Refresh the events"),
    Key("events.back", ("escape",), "screen.back", "Leave the pane, take marks off, clear the line, go back",
        "Back from events"),
    Key("eventtypes.hide", ("f",), "screen.types", "Hide the types", "Hide the types", "Hide"),
    Key("eventtypes.back", ("escape",), "screen.to_list", "Back to the events", "Back to the events", "Back"),
)  # fmt: skip
destination(7, "Events", "What happened, newest first", "tui.screens.nouns.events:show")
