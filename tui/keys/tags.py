"""Keys of the list of tags."""

from __future__ import annotations

from tui.keys.key import Key, register, scope
from tui.registry import destination

scope(
    "tags", "Tags", 310, within=("list", "motion"),
    about="Every tag with its colour and the items that carry it; enter shows these. Tags of one name, which other"
    " programs may make, are marked and can be merged.",
)  # fmt: skip
register(
    Key("everywhere.tags", ("5",), "app.visit(5)", "All tags: rename, colour, merge", "Go to Tags"),
    Key("tags.new", ("n",), "screen.new", "New tag", "New tag", "New", writes=True),
    Key("tags.edit", ("e",), "screen.rename", "Rename the tag", "Rename the tag", "Rename", writes=True),
    Key("tags.colour", ("c",), "screen.colour", "Give it a colour, or none", "Colour the tag", "Colour", writes=True),
    Key("tags.merge", ("m",), "screen.merge", "Merge it, or the marked ones, into another", "Merge tags", "Merge",
        writes=True),
    Key("tags.doubles", ("D",), "screen.doubles", "Merge tags of one name, whatever the case", "Merge double tags",
        writes=True),
    Key("tags.delete", ("d",), "screen.delete", "Delete, after a preview; the items stay", "Delete tags", "Delete",
        writes=True),
    Key("tags.copy", ("y",), "screen.copy_name", "Copy the name", "Copy the tag's name"),
    Key("tags.sort", ("s",), "screen.sort", "By name, by number of items, by age", "Sort the tags", "Sort"),
    Key("tags.refresh", ("r",), "screen.reload", "Read the list again", "Refresh the tags"),
    Key("tags.back", ("escape",), "screen.back", "Take marks off, clear the line, go back", "Back from tags"),
)  # fmt: skip
destination(5, "Tags", "All tags: rename, colour, merge", "tui.screens.nouns.tags:show")
