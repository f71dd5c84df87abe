"""Keys of the rows of any table: their list, their form, what is chosen in it, and what some tables have besides."""

from __future__ import annotations

from tui.keys.key import Key, register, scope
from tui.registry import destination

scope(
    "records",
    "Rows of a table",
    300,
    within=("list", "motion"),
    about="Every row of one table, foreign keys by name. Type / to filter by words or by column=value; enter opens the"
    " row's form.",
)
scope(
    "people",
    "Users",
    301,
    within=("records", "list", "motion"),
    about="People and agents. A password is written blind and only its hash is kept.",
)
scope(
    "orgs",
    "Organizations",
    302,
    within=("records", "list", "motion"),
    about="Teams that share items. New items go to the default one, if there is one.",
)
scope(
    "members",
    "Members",
    303,
    within=("records", "list", "motion"),
    about="Who belongs to which organization. Roles rank owner, admin, member, viewer.",
)
scope(
    "apikeys",
    "API keys",
    304,
    within=("records", "list", "motion"),
    about="Keys with which programs act as a user. A key is shown once, when it is made; revoking is for good.",
)
scope(
    "tables",
    "Tables",
    305,
    within=("motion",),
    about="The thirteen tables and how many rows each has. Enter goes to the rows.",
)
scope(
    "recordfind",
    "Find line of a table",
    310,
    writes=True,
    about='Words that a row has in its texts, or column=value, != < > ~; null and "two words" are values too.',
)
scope(
    "recordform",
    "Form of a row",
    320,
    writes=True,
    about="One row, a field for each column. What is wrong is said below the field as you write; a draft is kept.",
)
scope("recordchoice", "A choice in a form", 321, within=("recordform",), writes=True)
scope(
    "recordlink",
    "Another row, chosen in a form",
    322,
    within=("recordform",),
    writes=True,
    about="Points to another row. Enter, or the first letters of its name, searches for one.",
)
scope("picker", "Choosing a row", 330, writes=True, about="Type a part of the name, or the end of an id.")
scope("secret", "A secret, shown once", 340, about="Copy it now: only its hash is kept.")
scope(
    "deletion",
    "Deleting rows",
    350,
    within=("dialog",),
    about="What goes, and what stays but loses its link to it, in numbers. Nothing happens before y.",
)
register(
    Key("everywhere.admin", ("8",), "app.visit(8)", "Users, organizations, members, models, keys; every table",
        "Go to Admin"),
    Key("records.new", ("n",), "screen.new_record", "New row", "New row", "New", writes=True),
    Key("records.edit", ("e",), "screen.edit_record", "Edit the row", "Edit the row", "Edit", writes=True),
    Key("records.copy", ("y",), "screen.copy_key", "Copy the id", "Copy the id of the row"),
    Key("records.delete", ("d",), "screen.delete_records", "Delete, after a preview", "Delete rows", "Delete",
        writes=True),
    Key("records.sort", ("s",), "screen.sort", "By the next column", "Sort by the next column", "Sort"),
    Key("records.turn", ("S",), "screen.turn", "The other way round", "Sort the other way round"),
    Key("records.refresh", ("r",), "screen.reload", "Read the list again", "Refresh the rows"),
    Key("records.back", ("escape",), "screen.back", "Take marks off, clear the filter, go back", "Back from the rows"),
    Key("people.password", ("p",), "screen.set_password", "Set a password", "Set the user's password",
        "Password", writes=True),
    Key("people.nopassword", ("P",), "screen.remove_password", "Take the password away, after a question",
        "Take the user's password away"),
    Key("people.active", ("a",), "screen.toggle_active", "Let them log in, or no longer",
        "Activate or deactivate the user", "Active", writes=True),
    Key("orgs.default", ("o",), "screen.set_default", "New items go to this one, or to none",
        "Make the organization the default", "Default", writes=True),
    Key("orgs.members", ("m",), "screen.members_of", "Who belongs to it", "Members of the organization", "Members"),
    Key("members.role", ("c",), "screen.set_role", "Give another role", "Give another role", "Role", writes=True),
    Key("apikeys.revoke", ("x",), "screen.revoke", "End the key at once and for good", "Revoke the API key", "Revoke",
        writes=True),
    Key("apikeys.verify", ("v",), "screen.verify", "Tell whose a key is, and what it may do", "Verify an API key",
        "Verify"),
    Key("records.rail", ("left",), "screen.to_rail", "Back to the tables", "Back to the tables"),
    Key("tables.open", ("enter", "right"), "screen.to_list", "To its rows", "To the rows of the table", "Rows"),
    Key("tables.new", ("n",), "screen.new_record", "New row of the table", "New row of the table", "New", writes=True),
    Key("tables.refresh", ("r",), "screen.reload", "Count again", "Count the tables again"),
    Key("tables.back", ("escape",), "screen.leave", "Go back", "Back from the tables"),
    Key("recordfind.list", ("enter", "down"), "screen.to_list", "To the list", "From the filter to the rows", "List"),
    Key("recordfind.clear", ("escape",), "screen.clear_filter", "Clear; when empty, leave", "Clear the filter of rows",
        "Clear"),
    Key("recordform.save", ("ctrl+s",), "screen.save", "Save", "Save the row", "Save", priority=True, writes=True),
    Key("recordform.leave", ("escape",), "screen.leave", "Leave; a draft is kept", "Leave the form", "Leave"),
    Key("recordform.external", ("ctrl+g",), "screen.external", "The field in $EDITOR", "Edit the field in $EDITOR",
        "$EDITOR"),
    Key("recordform.format", ("f2",), "screen.format_json", "Format the JSON", "Format the JSON of the field",
        "Format JSON"),
    Key("recordform.pick", ("f3",), "screen.pick", "Choose from what there is", "Choose a value", "Choose"),
    Key("recordform.restart", ("ctrl+r",), "screen.discard_draft", "Drop the draft, start over",
        "Drop the draft of the row"),
    Key("recordform.down", ("down",), "app.focus_next", "The next field", "Next field"),
    Key("recordform.up", ("up",), "app.focus_previous", "The field before", "Previous field"),
    Key("recordchoice.next", ("right", "space"), "next_choice", "The next one", "Next choice", "Next"),
    Key("recordchoice.previous", ("left",), "previous_choice", "The one before", "Previous choice"),
    Key("recordlink.pick", ("enter",), "screen.pick", "Choose a row", "Choose the row", "Choose"),
    Key("recordlink.clear", ("delete", "backspace"), "clear", "None, where that may be", "Choose no row", "None"),
    Key("picker.down", ("down",), "screen.down", "The next one", "Next of the rows to choose"),
    Key("picker.up", ("up",), "screen.up", "The one before", "Previous of the rows to choose"),
    Key("picker.pagedown", ("pagedown",), "screen.page_down", "A page down", "A page of the rows to choose on"),
    Key("picker.pageup", ("pageup",), "screen.page_up", "A page up", "A page of the rows to choose back"),
    Key("picker.leave", ("escape",), "screen.cancel", "Choose nothing", "Leave without choosing", "Leave"),
    Key("secret.copy", ("c", "y"), "screen.copy", "Copy it", "Copy the secret", "Copy"),
    Key("secret.leave", ("escape", "enter"), "screen.cancel", "It is never shown again", "Close the secret", "Close"),
    Key("deletion.more", ("i",), "screen.toggle_more", "Keep what would only lose its link, or delete it too",
        "Delete what hangs on it, too"),
)  # fmt: skip
destination(
    8, "Admin", "Users, organizations, members, AI models, API keys; every table", "tui.screens.records.admin:show"
)
