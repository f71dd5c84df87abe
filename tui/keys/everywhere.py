"""Keys that hold everywhere."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope("everywhere", "Everywhere", 10)
register(
    Key("everywhere.palette", ("ctrl+p",), "app.command_palette", "All actions, by name", "Palette", "palette"),
    Key("everywhere.go", (":",), "app.go", "Go to a screen or action by name", "Go to…"),
    Key("everywhere.find", ("/",), "app.find", "Write in the find line", "Find", "Find"),
    Key("everywhere.jump", ("ctrl+o",), "app.jump", "A letter on everything that can be reached: type it to go there",
        "Jump to something on the screen"),
    Key("everywhere.help", ("?", "f1"), "app.help", "What this place is, and its keys; F1 while writing",
        "Help: this place and its keys", "Help"),
    Key("everywhere.undo", ("u",), "app.undo", "Take the last action back", "Undo", "Undo", writes=True),
    Key("everywhere.redo", ("U",), "app.redo", "Do it again after all", "Redo", writes=True),
    Key("everywhere.items", ("1",), "app.visit(1)", "The list of items", "Go to Items"),
    Key("everywhere.vectors", ("2",), "app.visit(2)", "Models, statistics and a map of vectors", "Go to Vectors"),
    Key("everywhere.sync", ("6",), "app.visit(6)", "The server, rounds and conflicts", "Go to Sync"),
    Key("everywhere.suspend", ("ctrl+z",), "app.suspend_process", "To the shell; fg comes back",
        "To the shell, and back with fg"),
    Key("everywhere.quit", ("q",), "app.leave", "Quit; asks when something is unsaved", "Quit"),
    Key("everywhere.leave", ("ctrl+q",), "app.leave", "Quit, also while writing; asks when something is unsaved",
        "Quit, also while writing", priority=True),
)  # fmt: skip
