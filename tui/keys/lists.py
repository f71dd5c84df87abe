"""Keys of lists, texts and the find line."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope("motion", "Moving in lists and texts", 20)
scope("list", "Lists", 30, within=("motion",))
scope("find", "Find line", 80, writes=True)
register(
    Key("motion.down", ("down",), "down", "Down", "Move down", letters=("j",)),
    Key("motion.up", ("up",), "up", "Up", "Move up", letters=("k",)),
    Key("motion.pagedown", ("pagedown", "ctrl+d"), "page_down", "A page down", "Move a page down"),
    Key("motion.pageup", ("pageup", "ctrl+u"), "page_up", "A page up", "Move a page up"),
    Key("motion.top", ("home",), "top", "To the first", "Move to the first", letters=("g",)),
    Key("motion.bottom", ("end",), "bottom", "To the last", "Move to the last", letters=("G",)),
    Key("list.open", ("enter",), "open", "Open", "Open"),
    Key("list.mark", ("space",), "mark", "Mark, or take the mark off", "Mark this row"),
    Key("list.all", ("*",), "mark_all", "Mark all in the filter, or none", "Mark all in the filter", "All"),
    Key("find.list", ("enter",), "offer_take", "To the list; takes a chosen completion",
        "From the find line to the list", "List"),
    Key("find.next", ("down",), "offer_next", "The next completion, or to the list", "Next completion"),
    Key("find.before", ("up",), "offer_before", "The completion before", "Previous completion"),
    Key("find.complete", ("tab",), "offer_complete", "Complete the word", "Complete the word", "Complete"),
    Key("find.clear", ("escape",), "offer_leave", "Close the completions; clear; when empty, leave",
        "Clear the filter", "Clear"),
    Key("find.save", ("ctrl+s",), "screen.save_search", "Save this search", "Save this search", "Save search",
        writes=True),
)  # fmt: skip
