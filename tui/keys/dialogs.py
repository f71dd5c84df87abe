"""Keys of dialogs, prompts and the first screen."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope("dialog", "Dialogs", 100)
scope("prompt", "Prompts and help", 110)
scope("first", "First run", 130)
register(
    Key("dialog.yes", ("y",), "screen.confirm", "Do it", "Do it"),
    Key("dialog.no", ("n", "escape"), "screen.cancel", "Cancel", "Cancel"),
    Key("prompt.leave", ("escape",), "screen.cancel", "Leave", "Leave"),
    Key("first.create", ("c",), "screen.create", "Start with an empty store", "Create an empty store", "Create"),
    Key("first.demo", ("d",), "screen.demo", "Look around in the demo store", "Load the demo", "Demo"),
    Key("first.open", ("o",), "screen.open_file", "Open another file", "Open a file", "Open"),
    Key("first.link", ("l",), "screen.link", "Start with what a server has", "Link with a server", "Link"),
)  # fmt: skip
