"""Keys for many items at once, and for import and export."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope("tree", "A tree of folders", 250)
scope("import", "Import and export", 240, writes=True)
register(
    Key("itemlist.move", ("m",), "screen.move_items", "Move to an organization, or to none", "Move items…",
        "Move", writes=True),
    Key("itemlist.type", ("T",), "screen.retype_items", "Give another type", "Change the type of items…", writes=True),
    Key("itemlist.import", ("I",), "screen.import_files", "Take in files, chats, vectors, another store", "Import…",
        writes=True),
    Key("items.export", ("x",), "screen.export_items", "Write to a file that other programs read", "Export…", "Export"),
    Key("items.embed", ("E",), "screen.embed_items", "Make the vectors that are missing or stale", "Embed items",
        writes=True),
    Key("import.go", ("ctrl+s",), "screen.go", "Go on with this", "Go on", "Go on", priority=True),
    Key("import.browse", ("f2",), "screen.browse", "Choose a file or folder in a tree", "Choose a file", "Browse"),
    Key("import.leave", ("escape",), "screen.cancel", "Leave; nothing happens", "Leave", "Leave"),
    Key("tree.folder", (".",), "screen.take_folder", "Take this folder, not a file in it", "Take this folder"),
    Key("tree.up", ("left",), "screen.up_folder", "Begin one folder higher", "One folder higher", letters=("h",)),
    Key("tree.down", ("j",), "cursor_down", "Down", "Down in the tree"),
    Key("tree.above", ("k",), "cursor_up", "Up", "Up in the tree"),
)  # fmt: skip
