"""Keys of the list of files, and of the form that attaches one."""

from __future__ import annotations

from tui.keys.key import Key, register, scope
from tui.registry import destination

scope(
    "files", "Files", 300, within=("list", "motion"),
    about="Files that items refer to: left where they lie, or kept as copies beside the store. V reads the bytes"
    " again and tells which are missing or changed.",
)  # fmt: skip
scope(
    "attach", "Attaching a file", 301, writes=True,
    about="The path of a file on this machine; → takes the completion. A copy stays with the store wherever it goes.",
)  # fmt: skip
register(
    Key("everywhere.files", ("4",), "app.visit(4)", "Files that items refer to", "Go to Files"),
    Key("files.new", ("n",), "screen.attach", "Attach a file to an item, or to none", "Attach a file", "Attach",
        writes=True),
    Key("files.edit", ("e",), "screen.edit", "Name, kind, item and metadata", "Edit the file's row", "Edit",
        writes=True),
    Key("files.delete", ("d",), "screen.delete", "Delete, after a preview; kept bytes stay", "Delete files", "Delete",
        writes=True),
    Key("files.item", ("o",), "screen.open_item", "Show the item it hangs on", "Open the file's item", "Item"),
    Key("files.copy", ("y",), "screen.copy_path", "Copy the path", "Copy the file's path"),
    Key("files.verify", ("V",), "screen.verify", "Read the bytes of all, or of the marked ones, and compare",
        "Verify files", "Verify"),
    Key("files.leftover", ("x",), "screen.leftover", "Kept bytes that no file refers to: list, remove",
        "Remove unreferenced bytes", "Unused bytes", writes=True),
    Key("files.sort", ("s",), "screen.sort", "By age, name, size, kind", "Sort the files", "Sort"),
    Key("files.refresh", ("r",), "screen.reload", "Read the list again", "Refresh the files"),
    Key("files.back", ("escape",), "screen.back", "Leave the pane, take marks off, clear the line, go back",
        "Back from files"),
    Key("attach.do", ("ctrl+s",), "screen.save", "Attach it", "Attach the file", "Attach", priority=True, writes=True),
    Key("attach.copy", ("f2",), "screen.toggle_copy", "Keep a copy of the bytes, or only refer to the file",
        "Copy or only refer", "Copy or refer"),
    Key("attach.item", ("f3",), "screen.choose_item", "Choose the item it hangs on", "Choose the file's item", "Item"),
    Key("attach.leave", ("escape",), "screen.cancel", "Attach nothing", "Leave the form", "Leave"),
)  # fmt: skip
destination(4, "Files", "Files that items refer to", "tui.screens.nouns.files:show")
