"""Keys of the forms and of versions side by side."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope("editor", "Editor", 90, writes=True)
scope("conflict", "Versions side by side", 120, within=("list", "motion"))
register(
    Key("editor.save", ("ctrl+s",), "screen.save", "Save", "Save", "Save", priority=True, writes=True),
    Key("editor.leave", ("escape",), "screen.leave", "Leave; a draft is kept", "Leave", "Leave"),
    Key("editor.external", ("ctrl+g",), "screen.external", "The text in $EDITOR", "Edit text in $EDITOR", "$EDITOR"),
    Key("editor.format", ("f2",), "screen.format_json", "Format the metadata", "Format metadata", "Format JSON"),
    Key("editor.preview", ("f3",), "screen.preview", "The text as Markdown reads, or the editor", "Preview the text",
        "Preview"),
    Key("editor.embed", ("f5",), "screen.save_and_embed", "Save, and make vectors of the texts now", "Save and embed",
        writes=True),
    Key("editor.restart", ("ctrl+r",), "screen.discard_draft", "Drop the draft, start over", "Drop the draft"),
    Key("conflict.mine", ("m",), "screen.choose('mine')", "Mine in this field", "Take mine", "Mine"),
    Key("conflict.theirs", ("t",), "screen.choose('theirs')", "Theirs in this field", "Take theirs", "Theirs"),
    Key("conflict.allmine", ("M",), "screen.choose_all('mine')", "Mine in every field", "Take mine everywhere"),
    Key("conflict.alltheirs", ("T",), "screen.choose_all('theirs')", "Theirs in every field",
        "Take theirs everywhere"),
    Key("conflict.apply", ("y", "ctrl+s"), "screen.apply", "Save what was chosen, once every field is",
        "Save the choices", "Save"),
    Key("conflict.back", ("escape",), "screen.cancel", "Go on writing; nothing is saved", "Go on writing", "Back"),
)  # fmt: skip
