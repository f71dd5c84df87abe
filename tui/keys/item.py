"""Keys of the screen of one item."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope("item", "One item", 71, within=("motion",))
scope("content", "Texts of an item", 72, within=("item", "motion"))
scope("texts", "Texts of an item", 73, within=("item", "content", "list", "motion"))
scope("reading", "Reading an item", 74, within=("item", "content", "motion"))
scope("about", "Metadata of an item", 75, within=("item", "motion"))
scope("attached", "Files of an item", 76, within=("item", "list", "motion"))
scope("itemevents", "History of an item", 77, within=("item", "list", "motion"))
scope("itemvectors", "Vectors of an item", 78, within=("item", "list", "motion"))
scope("itemfind", "Finding in an item", 79, writes=True)
register(
    Key("content.add", ("a",), "screen.add", "Add a text after the last", "Add a text", "Add", writes=True),
    Key("content.delete", ("d",), "screen.remove", "Delete the text, after a preview", "Delete the text", "Delete",
        writes=True),
    Key("content.down", ("J", "alt+down"), "screen.move(1)", "The text one place down", "Move the text down",
        "Move", writes=True),
    Key("content.up", ("K", "alt+up"), "screen.move(-1)", "The text one place up", "Move the text up", writes=True),
    Key("content.role", ("R",), "screen.role", "Another role for the text", "Change the role", "Role", writes=True),
    Key("content.raw", ("m",), "screen.raw", "Markdown as it reads, or as it is written", "Raw or rendered", "Raw"),
    Key("reading.open", ("enter",), "screen.edit", "Edit the text", "Edit the text here", writes=True),
    Key("about.open", ("enter",), "screen.edit", "Edit the metadata", "Edit the metadata", writes=True),
    Key("attached.add", ("a",), "screen.attach", "Attach a file", "Attach a file", "Attach", writes=True),
    Key("attached.detach", ("x",), "screen.detach", "Take the file off the item; its row stays", "Detach the file",
        "Detach", writes=True),
    Key("attached.delete", ("d",), "screen.remove", "Delete the file's row, after a preview", "Delete the file",
        "Delete", writes=True),
    Key("attached.verify", ("V",), "screen.verify", "Compare size and SHA-256 with what was noted",
        "Verify the item's files", "Verify"),
    Key("itemvectors.delete", ("d",), "screen.remove", "Delete the vector, after a preview", "Delete the vector",
        "Delete", writes=True),
    Key("item.edit", ("e",), "screen.edit", "Edit what is shown: the text, the metadata", "Edit what is shown",
        "Edit", writes=True),
    Key("item.form", ("E",), "screen.edit_item", "Title, type, tags, description, first text", "Edit the item",
        "Item", writes=True),
    Key("item.editor", ("o",), "screen.open_editor", "The text in $EDITOR", "Edit this text in $EDITOR", writes=True),
    Key("item.tag", ("t",), "screen.tag_items", "Put tags on, take tags off", "Tag the item", "Tag", writes=True),
    Key("item.embed", ("f5",), "screen.embed", "Make vectors of its texts now", "Embed the item", "Embed", writes=True),
    Key("item.similar", ("v",), "screen.similar", "Items whose vectors are nearest", "Similar to this item",
        "Similar"),
    Key("item.next", ("n",), "screen.found(1)", "The next place that was found", "Next place found"),
    Key("item.previous", ("N",), "screen.found(-1)", "The place found before", "Previous place found"),
    Key("item.copy", ("y",), "screen.copy_id", "Copy the item's id", "Copy the item's id"),
    Key("item.copytitle", ("Y",), "screen.copy_title", "Copy the item's title", "Copy the item's title"),
    Key("item.copytext", ("c",), "screen.copy_shown", "Copy the text, the metadata, the file's path",
        "Copy what is shown"),
    Key("item.organization", ("O",), "screen.organization", "Move it to another organization",
        "Move to another organization", writes=True),
    Key("item.owner", ("W",), "screen.owner", "Give it another owner", "Change the owner", writes=True),
    Key("item.delete", ("D",), "screen.delete_items", "Delete the item, after a preview", "Delete the item",
        writes=True),
    Key("item.refresh", ("r",), "screen.reload", "Read the item again", "Refresh the item"),
    Key("item.left", ("left", "["), "screen.step(-1)", "The tab before", "Previous part of the item"),
    Key("item.right", ("right", "]"), "screen.step(1)", "The next tab", "Next part of the item", "Tabs"),
    Key("item.back", ("escape",), "screen.back", "Stop finding; back to the list", "Back from the item"),
    Key("itemfind.next", ("enter", "down"), "screen.to_text", "To what was found", "To what was found", "Next"),
    Key("itemfind.leave", ("escape",), "screen.stop_finding", "Stop finding", "Stop finding", "Leave"),
)  # fmt: skip
