"""Keys of items: the list, its rail, the item beside it."""

from __future__ import annotations

from tui.keys.key import Key, register, scope
from tui.registry import destination

scope("items", "Items", 40, within=("motion",))
scope("itemlist", "The list of items", 50, within=("items", "list", "motion"), extends="items")
scope("rail", "Facets: types, tags and saved searches", 60, within=("motion",))
scope("detail", "Item", 70, within=("items", "motion"))
register(
    Key("items.new", ("n",), "screen.new_item", "New item", "New item", "New", writes=True),
    Key("items.edit", ("e",), "screen.edit_item", "Edit the item", "Edit item", "Edit", writes=True),
    Key("items.editor", ("o",), "screen.open_editor", "Edit its text in $EDITOR", "Edit text in $EDITOR", writes=True),
    Key("items.tag", ("t",), "screen.tag_items", "Put tags on, take tags off", "Tag items", "Tag", writes=True),
    Key("items.similar", ("v",), "screen.similar", "Items whose vectors are nearest", "Similar items", "Similar"),
    Key("items.copy", ("y",), "screen.copy_id", "Copy the id", "Copy id"),
    Key("items.copytitle", ("Y",), "screen.copy_title", "Copy the title", "Copy title"),
    Key("items.delete", ("d",), "screen.delete_items", "Delete, after a preview", "Delete items", "Delete",
        writes=True),
    Key("items.refresh", ("r",), "screen.reload", "Read the list again", "Refresh"),
    Key("items.back", ("escape",), "screen.back", "Take marks off, clear the filter, go back", "Back"),
    Key("itemlist.sort", ("s",), "screen.sort", "Choose a column and a way", "Sort by…", "Sort"),
    Key("itemlist.rail", ("f",), "screen.rail", "Show or hide types, tags and searches", "Show or hide the facets",
        "Facets"),
    Key("rail.toggle", ("enter", "space"), "choose", "Filter by this, or no longer", "Filter by this", "Filter"),
    Key("rail.forget", ("d", "delete"), "forget", "Forget this saved search", "Forget saved search", writes=True),
    Key("rail.rename", ("e",), "rename", "Another name for this saved search", "Rename saved search", writes=True),
    Key("rail.clear", ("D",), "clear_recent", "Forget all searches used before", "Clear the recent searches",
        writes=True),
    Key("rail.hide", ("f",), "screen.rail", "Hide the facets", "Hide the facets"),
    Key("rail.back", ("escape",), "screen.to_list", "Back to the list", "Back to the list"),
    Key("detail.left", ("left", "["), "previous_tab", "The tab before", "Previous tab"),
    Key("detail.right", ("right", "]"), "next_tab", "The next tab", "Next tab", "Tabs"),
    Key("detail.card", ("enter",), "open_card", "To its vectors; there, all about the chosen one",
        "Vectors of the item"),
)  # fmt: skip
destination(1, "Items", "The list of items", "tui.screens.items.items:show")
