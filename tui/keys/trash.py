"""Keys of the trash."""

from __future__ import annotations

from tui.keys.key import Key, register, scope
from tui.registry import destination

scope("trash", "Trash", 390, within=("list", "motion"))
register(
    Key("trash.restore", ("b",), "screen.restore", "Bring back all that went with it", "Restore the deletion",
        "Bring back", writes=True),
    Key("trash.empty", ("E",), "screen.empty", "Forget deletions for good, after a preview", "Empty the trash…",
        "Empty", writes=True),
    Key("trash.refresh", ("r",), "screen.reload", "Read the list again", "Refresh the trash"),
    Key("trash.back", ("escape",), "screen.back", "Take marks off; go back", "Back from the trash"),
)  # fmt: skip
destination(12, "Undo history", "What was done, and what u takes back next", "tui.screens.work.history:show")
destination(10, "Trash", "What was deleted and can be brought back", "tui.screens.work.trash:show")
