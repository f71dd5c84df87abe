"""Keys of the settings, of this machine's preferences, and of the form that sets a value."""

from __future__ import annotations

from tui.keys.key import Key, register, scope
from tui.registry import destination

scope(
    "settings", "Settings", 330, within=("list", "motion"),
    about="The value that holds for a person: their own, else their organization's, else everyone's, else the default."
    " p and t look through other eyes.",
)  # fmt: skip
scope(
    "machine", "This machine", 331, within=("list", "motion"),
    about="What this machine keeps for itself and never syncs; enter changes it.",
)  # fmt: skip
scope(
    "settingform", "A setting's value", 332, writes=True,
    about="A text or JSON, checked while it is typed; F2 chooses for whom it holds.",
)  # fmt: skip
register(
    Key("everywhere.settings", ("9",), "app.visit(9)", "Values for everyone, an organization, a person; this machine",
        "Go to Settings"),
    Key("settings.new", ("n",), "screen.new", "Set a key this program does not know", "New setting", "New",
        writes=True),
    Key("settings.edit", ("e",), "screen.edit", "Set the value, at a scope you choose", "Set the value", "Set",
        writes=True),
    Key("settings.unset", ("d",), "screen.unset", "Unset it at a scope; the next one's value holds", "Unset the value",
        "Unset", writes=True),
    Key("settings.person", ("p",), "screen.person", "See them as another person", "Settings of a person", "Person"),
    Key("settings.team", ("t",), "screen.team", "See them within another organization", "Settings of an organization",
        "Organization"),
    Key("settings.own", ("0",), "screen.own", "See them as yourself again", "Your own settings"),
    Key("settings.copy", ("y",), "screen.copy_value", "Copy the value that holds, as JSON", "Copy the setting's value"),
    Key("settings.refresh", ("r",), "screen.reload", "Read the list again", "Refresh the settings"),
    Key("settings.back", ("escape",), "screen.back", "Leave the pane, clear the line, go back", "Back from settings"),
    Key("machine.copy", ("y",), "screen.copy_machine", "Copy what stands there", "Copy this machine's value", "Copy"),
    Key("machine.back", ("escape",), "screen.to_list", "Back to the settings", "Back to the settings", "Back"),
    Key("settingform.save", ("ctrl+s",), "screen.save", "Set it", "Set the value", "Set", priority=True, writes=True),
    Key("settingform.scope", ("f2",), "screen.next_scope", "For everyone, the organization, or the person",
        "Set it at the next scope", "Scope"),
    Key("settingform.choice", ("f3",), "screen.next_choice", "The next of the values it takes", "The next value",
        "Next value"),
    Key("settingform.external", ("ctrl+g",), "screen.external", "Write the value in $EDITOR",
        "Write the setting in $EDITOR", "$EDITOR"),
    Key("settingform.leave", ("escape",), "screen.cancel", "Leave it as it is", "Leave the setting", "Leave"),
)  # fmt: skip
destination(
    9, "Settings", "Values for everyone, an organization, a person; this machine", "tui.screens.settings.settings:show"
)
