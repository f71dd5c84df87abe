"""Keys of the line above a list."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope(
    "filter", "Line above a list", 85, writes=True,
    about="Words and field:value; the list follows a moment after the last key. → takes the completion.",
)  # fmt: skip
register(
    Key("filter.list", ("enter", "down"), "screen.to_list", "To the list", "From the line to the list", "List"),
    Key("filter.clear", ("escape",), "screen.clear_filter", "Clear; when empty, leave", "Clear the line", "Clear"),
)
