"""Keys of dialogs, prompts and the first screen."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope("dialog", "Dialogs", 100, about="A question. Enter does what the chosen button says, and that is the safe one.")
scope("prompt", "Prompts and help", 110, about="Something to answer or to read. Esc leaves, and nothing has changed.")
scope("answer", "Something to write", 111, writes=True, about="A line to write. Esc leaves, and nothing has changed.")
scope(
    "first",
    "First run",
    130,
    about="No store yet, or an empty one: here are the ways to begin. Nothing is made until you choose.",
)
scope(
    "jump",
    "Jump overlay",
    131,
    writes=True,
    about="Each letter stands on something that can be reached. Type it to go there.",
)
scope(
    "lost",
    "A store that is gone",
    132,
    about="The file was taken away while it was open. What was open can be kept"
    " as a copy; nothing is written in its place until you choose.",
)
register(
    Key("dialog.yes", ("y",), "screen.confirm", "Do it", "Do it", "Do it"),
    Key("dialog.no", ("n", "escape"), "screen.cancel", "Cancel", "Cancel", "Cancel"),
    Key("prompt.leave", ("escape",), "screen.cancel", "Leave", "Leave", "Leave"),
    Key("answer.take", ("enter",), "screen.take", "Do it with what is written", "Do it with what is written", "Do it"),
    Key("answer.leave", ("escape",), "screen.cancel", "Leave; nothing has changed", "Leave the line", "Leave"),
    Key("first.create", ("c",), "screen.create", "Start with an empty store", "Create an empty store", "Create"),
    Key("first.demo", ("d",), "screen.demo", "Look around in the demo store", "Load the demo", "Demo"),
    Key("first.open", ("o",), "screen.open_file", "Open another file", "Open a file", "Open"),
    Key("jump.leave", ("escape",), "screen.cancel", "Go nowhere", "Leave the jump overlay", "Leave"),
    Key("lost.again", ("r",), "screen.again", "Open what is at this path now", "Open the store again", "Open again"),
    Key("lost.copy", ("c",), "screen.copy", "Keep what was open in a file beside it", "Keep a copy of what was open",
        "Keep a copy"),
    Key("lost.other", ("o",), "screen.other", "Open another file", "Open another store", "Open another"),
    Key("first.link", ("l",), "screen.link", "Start with what a server has", "Link with a server", "Link"),
)  # fmt: skip
