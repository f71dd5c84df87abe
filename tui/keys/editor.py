"""Keys of the form and of two versions side by side."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope("editor", "Editor", 90, writes=True)
scope("conflict", "Two versions", 120)
register(
    Key("editor.save", ("ctrl+s",), "screen.save", "Save", "Save", "Save", priority=True),
    Key("editor.leave", ("escape",), "screen.leave", "Leave; a draft is kept", "Leave", "Leave"),
    Key("editor.external", ("ctrl+g",), "screen.external", "The text in $EDITOR", "Edit text in $EDITOR", "$EDITOR"),
    Key("editor.format", ("f2",), "screen.format_json", "Format the metadata", "Format metadata", "Format JSON"),
    Key("editor.restart", ("ctrl+r",), "screen.discard_draft", "Drop the draft, start over", "Drop the draft"),
    Key("conflict.mine", ("m",), "screen.mine", "Save mine over theirs", "Keep mine"),
    Key("conflict.theirs", ("t",), "screen.theirs", "Take theirs into the form", "Take theirs"),
    Key("conflict.back", ("escape",), "screen.cancel", "Go on writing", "Go on writing"),
)  # fmt: skip
