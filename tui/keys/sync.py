"""Keys of the screens of sync."""

from __future__ import annotations

from tui.keys.key import MARKS, Key, register, scope
from tui.registry import destination

scope("sync", "Sync", 200, within=("list", "motion"), without=MARKS)
scope("conflicts", "Conflicts", 210, within=("list", "motion"))
scope("merge", "A conflict, field by field", 220, within=("list", "motion"), without=MARKS)
scope("row", "A row that waits", 230, within=("list", "motion"), without=MARKS)
scope("own", "A value of one's own", 240, writes=True)
register(
    Key("sync.now", ("s",), "screen.sync_now", "Carry changes both ways, now", "Sync now", "Sync", writes=True),
    Key("sync.stop", ("x",), "screen.stop", "Stop the round; what was carried stays", "Stop the round", "Stop"),
    Key("sync.conflicts", ("c",), "screen.conflicts", "Values and rows that wait for you", "Conflicts", "Conflicts"),
    Key("sync.interval", ("i",), "screen.interval", "By itself: off, every 1, 5, 15 or 60 minutes",
        "Sync at another interval", "Interval", writes=True),
    Key("sync.link", ("l",), "screen.link", "Link this store with a server", "Link the store", "Link", writes=True),
    Key("sync.unlink", ("L",), "screen.unlink", "Link no longer; nothing is deleted on either side",
        "Unlink from the server", writes=True),
    Key("sync.verify", ("v",), "screen.verify", "Compare every row with the server", "Verify against the server",
        "Verify"),
    Key("sync.refresh", ("r",), "screen.reload", "Count again", "Refresh the sync screen"),
    Key("sync.back", ("escape",), "screen.back", "Stop what runs; go back", "Back from sync"),
    Key("conflicts.mine", ("M",), "screen.all_mine", "Mine in all of them, or in the marked ones",
        "Mine in all conflicts", "All mine", writes=True),
    Key("conflicts.theirs", ("T",), "screen.all_theirs", "Theirs in all of them, or in the marked ones",
        "Theirs in all conflicts", "All theirs", writes=True),
    Key("conflicts.refresh", ("r",), "screen.reload", "Read the list again", "Refresh the conflicts"),
    Key("conflicts.back", ("escape",), "screen.back", "Stop what runs; take marks off; go back",
        "Back from the conflicts"),
    Key("merge.mine", ("m",), "screen.mine", "What was written here", "Take mine", "Mine"),
    Key("merge.theirs", ("t",), "screen.theirs", "What the server has", "Take theirs", "Theirs"),
    Key("merge.both", ("b",), "screen.both", "Both, theirs first", "Take both", "Both"),
    Key("merge.edit", ("e",), "screen.edit", "Write a value of your own", "Write the value", "Edit"),
    Key("merge.clear", ("backspace",), "screen.unchoose", "Choose again", "Take the choice back"),
    Key("merge.apply", ("y", "ctrl+s"), "screen.apply", "Apply, once every field is chosen", "Apply the choices",
        "Apply", writes=True),
    Key("merge.next", ("n",), "screen.next_open", "The next field without a choice", "Next open field", "Next"),
    Key("merge.back", ("escape",), "screen.back", "Leave; nothing is applied", "Back from the conflict"),
    Key("row.revive", ("v",), "screen.take('revive')", "Let it live again, here and on the server", "Revive the row",
        "Revive", writes=True),
    Key("row.retry", ("r",), "screen.take('retry')", "Try it again", "Try the row again", "Again", writes=True),
    Key("row.mine", ("m",), "screen.take('mine')", "Mine: as it is here", "Take my row", "Mine", writes=True),
    Key("row.theirs", ("t",), "screen.take('theirs')", "Theirs: as the server has it", "Take their row", "Theirs",
        writes=True),
    Key("row.value", ("e",), "screen.take('value')", "Write another value, where one is taken", "Write another value",
        writes=True),
    Key("row.back", ("escape",), "screen.back", "Leave it waiting", "Back from the row"),
    Key("own.save", ("ctrl+s",), "screen.save", "Take this value", "Take this value", "Take it", priority=True,
        writes=True),
    Key("own.external", ("ctrl+g",), "screen.external", "Write it in $EDITOR", "Write the value in $EDITOR",
        "$EDITOR"),
    Key("own.leave", ("escape",), "screen.cancel", "Leave; the choice stays as it was", "Leave the value", "Leave"),
)  # fmt: skip
destination(6, "Sync", "The server, rounds and conflicts", "tui.screens.sync.sync:show")
